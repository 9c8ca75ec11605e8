// Package demo plays real example tickets through the REST API, as the people of the demo contract pack: `countersign demo`
// files what it leaves, `serve --demo` shows one, the end-to-end tests and the benchmark use its client. It knows nothing
// that a script outside could not know.
package demo
