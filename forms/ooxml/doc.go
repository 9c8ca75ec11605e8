// Package ooxml does the Word mechanics of the form engine: it opens .docx
// files that may be hostile, finds their tagged content controls (w:sdt with
// w:tag, ECMA-376 part 1, 17.5.2), compiles a template once into byte segments
// and fills it many times, and reads the contents of controls back.
//
// It knows nothing about fields or forms: tags are plain names, and the only
// thing a caller tells it is which tags are tables whose rows repeat. Package
// forms, its only caller, maps values to tags. LibreOffice or Word come next.
package ooxml
