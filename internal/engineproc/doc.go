// Package engineproc owns the life of the embedded Temporal server: it finds the binary that the nested module engine/
// builds, starts it as a child process on a data folder, starts it again when it dies, and takes it down with us.
// `countersign serve` and integration tests call it; next, clients and workers dial Engine.Address like any Temporal
// cluster. With a Temporal server of its own (TEMPORAL_ADDRESS) an installation does not use this package.
package engineproc
