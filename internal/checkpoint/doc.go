// Package checkpoint signs the heads of audit chains with the audit key of the built-in CA: on a schedule and on request for
// all chains that grew, and for the one chain of a ticket when it is filed. The store keeps what it makes, the evidence
// verifier checks it.
package checkpoint
