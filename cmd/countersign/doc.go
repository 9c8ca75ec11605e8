// Command countersign runs the tri-party sign-off system. This package is wiring only: it reads the configuration, opens
// the parts in order, hands them to each other and closes them in reverse. Every rule lives in the packages it wires.
package main
