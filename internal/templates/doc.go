// Package templates finds the Word template of a process: the last one that an operator uploaded, else a file
// <process>.docx in the override folder, else the one that came with the program. It keeps the bytes of every template that
// was ever in force in the blob store, so that a ticket's frozen template can still be had by its digest.
//
// The API installs and shows templates, internal/filing fills them.
package templates
