// Package store owns the application database: tickets and their transitions, signatures, people, keys, the audit
// chains, the command outbox and request keys, on PostgreSQL (production) and SQLite (embedded default) behind GORM.
//
// The api, the activities and the reconciler call it; it calls nobody. Methods take and return the words of the root
// package; the row structs beside them stay inside. What must not fall apart is one database transaction: above all
// Apply, which writes a whole step of a ticket with its audit entries. Bytes of files are not here but in
// internal/blob, named by their SHA-256.
//
// Conventions: times are columns of Unix milliseconds (UTC) on both databases; a missing thing is
// countersign.ErrNotFound, a second one countersign.ErrDuplicate, a lost race countersign.ErrConflict, a database that
// cannot be reached countersign.ErrUnavailable; lists that grow are paged by opaque cursors, lists of one ticket are
// whole. Migrations only go forward. The conformance suite (conformance_test.go) runs every test on both databases.
package store
