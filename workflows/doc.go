// Package workflows is the one list of the contract's processes. Each stands in a folder of its own; worker registers
// what the list holds, api serves it, and a test demands that every process brings all of its parts.
package workflows
