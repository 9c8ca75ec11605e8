// Package password hashes and checks the passwords of accounts with argon2id (RFC 9106). It owns the format of the
// stored hash; the API checks with it, `countersign user` and the demo set passwords with it.
package password
