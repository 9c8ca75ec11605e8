package forms

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/forms/ooxml"
)

const (
	defaultTextLength     = 500
	defaultLongTextLength = 10000
)

// textKind is a single line of text.
type textKind struct{ scalarKind }

func (textKind) name() string      { return "text" }
func (textKind) options() []string { return []string{"max_length"} }

func (textKind) define(f *Field) []string {
	if f.MaxLength == 0 {
		f.MaxLength = defaultTextLength
	}
	return nil
}

func (textKind) accept(c *checker, f *Field, at spot, v any) any {
	s, ok := c.text(f, at, v)
	if !ok {
		return nil
	}
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "\n\t") {
		c.report(at.path, "bad_character", at.label+"只能填写一行，请去掉换行和制表符。")
		return nil
	}
	return s
}

func (textKind) schema(f *Field) map[string]any {
	return map[string]any{"type": "string", "maxLength": f.MaxLength}
}

func (textKind) print(p *printer, _ *Field, tag string, v any) { p.text(tag, v) }

func (textKind) read(r *reader, _ *Field, tag string, _ spot) any {
	return emptyAsNil(strings.TrimSpace(r.text(tag)))
}

// text checks what every text must fulfil: it is a string, short enough, and
// holds nothing that paper or screen would show differently from what is signed.
func (c *checker) text(f *Field, at spot, v any) (string, bool) {
	s, ok := v.(string)
	if !ok {
		c.report(at.path, "wrong_type", at.label+"应为文字。")
		return "", false
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	if bad, found := Unprintable(s); found {
		c.report(at.path, "bad_character", fmt.Sprintf("%s含有不可见的字符（U+%04X），请删除后重填。", at.label, bad))
		return "", false
	}
	if n := utf8.RuneCountInString(s); n > f.MaxLength {
		c.report(at.path, "too_long", fmt.Sprintf("%s最多 %d 字，现有 %d 字，请缩短。", at.label, f.MaxLength, n))
		return "", false
	}
	return s, true
}

// Unprintable finds the first character that XML 1.0 forbids, that is invisible
// or that changes how the text around it is shown: control and format characters
// (zero width, direction overrides) and the line separators of Unicode. A broken
// byte shows up as U+FFFD and is refused as well.
func Unprintable(s string) (rune, bool) {
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
		case r == utf8.RuneError, !ooxml.Allowed(r), unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return r, true
		}
	}
	return 0, false
}

// emptyAsNil turns the empty string into "no value".
func emptyAsNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
