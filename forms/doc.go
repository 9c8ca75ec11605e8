// Package forms is the form engine: it reads form definitions, checks filled-in
// values against them, turns values into the canonical bytes that people sign,
// fills Word templates and reads filled Word forms back.
//
// It owns the words field, kind, definition, section and template. It knows no
// process, no ticket state and no database: workflows and the API hand it
// values and get values, problems or document bytes.
//
// Callers are the process folders (their form.yaml and template.docx), the API
// (JSON Schema, layout, drafts) and the document activity (Fill). What comes
// next after Fill is the PDF renderer and the signatures, both elsewhere; the
// Word mechanics underneath stand in forms/ooxml, the program that writes the
// first template of a form in forms/builder.
//
// A new sort of field is one file kind_<name>.go with its test, plus one line
// in the list of kind.go.
package forms
