// Package container owns the one form of zip file that evidence packs and sealed Word files are written in: entries
// sorted by name, stored without compression, sizes before the data, a fixed date, no extra fields, no comments.
//
// A reader can therefore rebuild every byte that is not file content, so that a change anywhere in the file is found,
// and a stored file cannot be a decompression bomb. A zip that somebody packed again can still be read, within limits,
// so that the verifier can name the files that were changed. internal/evidence and internal/evidence/opc use it.
package container
