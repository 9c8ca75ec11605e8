package forms

import "strings"

// longTextKind is text of several lines; lines end with \n.
type longTextKind struct{ scalarKind }

func (longTextKind) name() string      { return "long_text" }
func (longTextKind) options() []string { return []string{"max_length"} }

func (longTextKind) define(f *Field) []string {
	if f.MaxLength == 0 {
		f.MaxLength = defaultLongTextLength
	}
	return nil
}

func (longTextKind) accept(c *checker, f *Field, at spot, v any) any {
	s, ok := c.text(f, at, v)
	if !ok {
		return nil
	}
	return trimLong(s)
}

func (longTextKind) schema(f *Field) map[string]any {
	return map[string]any{"type": "string", "maxLength": f.MaxLength}
}

func (longTextKind) print(p *printer, _ *Field, tag string, v any) { p.text(tag, v) }

func (longTextKind) read(r *reader, _ *Field, tag string, _ spot) any {
	return emptyAsNil(trimLong(r.text(tag)))
}

// trimLong cuts blank lines at both ends and blanks at the end, so that a text
// is the same before and after it went through Word. An indent of the first
// line stays.
func trimLong(s string) string {
	s = strings.TrimRight(s, " \t\n　")
	for {
		line, rest, more := strings.Cut(s, "\n")
		if !more || strings.Trim(line, " \t　") != "" {
			return s
		}
		s = rest
	}
}
