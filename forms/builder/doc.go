// Package builder writes the first Word template of a form: from a definition
// and the print part of its form.yaml it makes a .docx with content controls,
// the same bytes every time. A clerk may edit the result in Word afterwards.
//
// It owns the look of built templates and the print notation. Its callers are
// the command forms/mktemplate and the benchmark, which asks for the same
// content in the notation of docxtemplater. Package forms opens and fills the
// result.
package builder
