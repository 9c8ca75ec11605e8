// Package evidence owns what remains of a ticket when our server is gone: the evidence pack (evidence.zip), the seal in
// the filed Word form, and the verifier of both, which works offline.
//
// The filing activity calls [Write] and [SealDocx]; "countersign verify" calls [VerifyFile]. The verifier trusts
// nothing that the server wrote down as a conclusion: who signed for which party, in which order and under which
// separation is recomputed in rules.go from the signed statements alone. Signatures themselves are in the folder
// cades, the signed form of a Word file in the folder opc, keys and certificates in internal/pki.
//
// Every byte of a pack counts: file contents are listed with their digests in MANIFEST.json, the manifest is signed,
// and the zip container has one canonical form (the folder container), so that nothing can hide between the files either.
package evidence
