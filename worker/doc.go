// Package worker runs the workflows and activities of every process: one task queue, its limits, registration, graceful
// stop. cmd starts it; the replay tests use the same Register, so that what is replayed is what runs.
package worker
