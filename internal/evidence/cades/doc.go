// Package cades writes and verifies CAdES-B signatures (ETSI EN 319 122): detached CMS SignedData (RFC 5652) with
// the signed attributes content-type, message-digest, signing-time and signing-certificate-v2 (RFC 5035).
//
// The writer has exactly one way to encode a signature and the verifier accepts nothing else: it takes a signature
// apart, encodes it again and compares the bytes, so that a change anywhere is found, not only in what is signed.
// The API signs statements with it, internal/evidence packs and verifies them. Anything that adds unsigned
// attributes, such as a signature timestamp, extends signerInfo in encode.go.
package cades
