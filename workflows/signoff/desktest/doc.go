// Package desktest runs a process's workflow in Temporal's test environment, with time skipped, for the tests of the kit
// and of every process: it sends commands at given times and keeps every transition that was applied.
package desktest
