// Package activities holds the side effects of workflows, one file per effect, and the ports they need. Every activity is
// idempotent and takes digests and keys, never file contents or names. internal/* implements the ports, worker registers
// the activities, workflows/signoff calls them by name.
package activities
