// Package api is the HTTP side of Countersign: Fiber routes described by huma (OpenAPI from the Go types), one file per
// resource. It owns sessions, permissions at the edge, the checks before a signature, the signature itself (the PIN stays
// here), idempotent requests, and the audit entry of every refused attempt before it is answered.
//
// cmd/countersign builds it from the adapters; browsers and scripts call it. It hands commands to a ticket's workflow
// through [Engine] and lets [Documents] render the page that signers see; what happens next is decided by the workflow.
//
// A handler is a method (ctx, *call, *Input) (*Output, error) that is registered with its line in rbac.Routes. Errors
// are countersign errors; problem.go turns them into RFC 9457 answers in one place.
package api
