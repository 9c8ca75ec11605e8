// Package blob owns the bytes of files: a folder in which every content lies once, under its SHA-256. Attachments,
// rendered documents, templates and evidence packs are kept here; the database and the signed statements name them by
// digest. The api writes uploads, internal/filing what it renders, both read by digest.
//
// A stored blob never changes and is on disk, folder entry included, before Put returns. What a crash leaves behind are
// files in the folder tmp, which the next Open removes.
package blob
