package api

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"countersign"
	"countersign/forms"
)

// freeText trims a text that is signed and shown, and refuses the characters that the long texts of forms refuse: whoever
// reads it must see all of it, in the order in which it was written.
func freeText(field, text string) (string, error) {
	text = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
	if _, bad := forms.Unprintable(text); bad {
		return "", countersign.ErrMalformed.With(countersign.FieldError{
			Field: field, Code: "bad_character", Message: "含有不可见或不允许的字符，请删除后重填。",
		})
	}
	return text, nil
}

// printable makes a text of a stranger fit for the audit trail, where refusing it would lose the attempt.
func printable(text string) string {
	return strings.Map(func(r rune) rune { // which also turns broken bytes into U+FFFD
		if _, bad := forms.Unprintable(string(r)); bad && r != utf8.RuneError {
			return '?'
		}
		return r
	}, text)
}

// unambiguous reports whether a JSON body says one thing only. The decoder would replace broken bytes and lone surrogates
// by U+FFFD and let the last of two equal keys win, in whatever case they are written; then somebody would sign what they
// did not write (RFC 8259, sections 4 and 8; RFC 7493). What is no JSON at all is left to the handler, which refuses it.
func unambiguous(body []byte) bool {
	return utf8.Valid(body) && !loneSurrogate(body) && !repeatedKey(body)
}

// loneSurrogate finds a \u escape that is half a character. Backslashes stand in strings only.
func loneSurrogate(body []byte) bool {
	for i := bytes.IndexByte(body, '\\'); i >= 0 && i+1 < len(body); {
		switch unit := escaped(body[i:]); {
		case unit >= 0xD800 && unit < 0xDC00:
			if low := escaped(body[i+6:]); low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 12
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return true
		default: // the second byte is part of the escape, be it a backslash
			i += 2
		}
		next := bytes.IndexByte(body[min(i, len(body)):], '\\')
		if next < 0 {
			return false
		}
		i += next
	}
	return false
}

// escaped returns the UTF-16 unit of a \u escape at the beginning of b, -1 when there is none.
func escaped(b []byte) int {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return int(unit)
}

// repeatedKey finds an object that has a key twice, also in another case.
func repeatedKey(body []byte) bool {
	type level struct {
		keys map[string]bool // nil for a list
		key  bool            // a key comes next
	}
	var open []level
	for d := json.NewDecoder(bytes.NewReader(body)); ; {
		token, err := d.Token()
		if err != nil { // the end, or no JSON
			return false
		}
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			open = open[:len(open)-1]
			continue
		}
		if n := len(open) - 1; n >= 0 && open[n].keys != nil {
			name, _ := token.(string)
			name = strings.ToLower(strings.ToUpper(name))
			if open[n].key && open[n].keys[name] {
				return true
			}
			if open[n].key {
				open[n].keys[name] = true
			}
			open[n].key = !open[n].key
		}
		switch token {
		case json.Delim('{'):
			open = append(open, level{keys: map[string]bool{}, key: true})
		case json.Delim('['):
			open = append(open, level{})
		}
	}
}
