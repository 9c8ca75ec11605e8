package ooxml

import "bytes"

// Data is what goes into a document.
type Data struct {
	// Controls holds the value of each control outside of repeated rows, by tag.
	Controls map[string]Value
	// Rows holds the repeated rows by the tag of their table; the controls of a
	// row by their full tag. A table without rows prints one blank row.
	Rows map[string][]map[string]Value
}

// Value is the content of one control.
type Value struct {
	// Text is shown; \n starts a new line. A picture control shows it when there is no picture.
	Text string
	// FullDate is the machine-readable date of a date control (2026-11-23T14:30:00Z, local time as Word writes it).
	FullDate string
	// Checked is the state of a check box.
	Checked bool
	// Picture is a PNG for a picture control.
	Picture []byte
	// Choices are kept in the control beside the text, as a combo box keeps them.
	Choices []Choice
}

// Choice is an entry of a combo box: what is shown and what it stands for.
type Choice struct{ Display, Value string }

// Allowed says whether XML 1.0 can hold the character. Word refuses a file with any other.
func Allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// escape writes text so that it can stand between tags and in attributes.
// Characters that XML forbids are dropped.
func escape(b *bytes.Buffer, s string) {
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case !Allowed(r) || r == '\r':
		default:
			b.WriteRune(r)
		}
	}
}
