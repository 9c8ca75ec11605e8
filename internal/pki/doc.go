// Package pki owns keys and certificates: the built-in certificate authority (root, issuing CA, the system's own
// signers, people's certificates, revocation list) and the keys of people, each sealed under a PIN.
//
// The API process opens an [Authority] and a [Keyring] at start; the keyring turns a PIN into a signer for one
// statement, which internal/evidence/cades then signs. Storage is behind [KeyStore]: [FileStore] keeps blobs in a
// folder, the database adapter keeps them in a table. Every blob that leaves this package is sealed under the
// server secret ([Master]), so that a stolen database holds no usable key.
//
// Counting wrong PINs and locking a key (D-58) belongs to the store of people, which must be asked before
// [Keyring.Unlock] and told after it.
package pki
