// Package auditlog owns the arithmetic of the hash-chained audit log: how an entry is hashed, how a chain is
// extended and how it is checked. The store extends chains, the evidence pack and its verifier check them;
// nothing here touches a database.
package auditlog
