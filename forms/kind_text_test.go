package forms_test

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	checkKind(t, "kind: text, max_length: 5", []accepted{
		{"plain", "甲乙", "甲乙", nil},
		{"trimmed", " 甲 乙\n", "甲 乙", nil},
		{"five characters", "一二三四五", "一二三四五", nil},
		{"six characters", "一二三四五六", nil, []string{"x too_long"}},
		{"two lines", "a\nb", nil, []string{"x bad_character"}},
		{"tab", "a\tb", nil, []string{"x bad_character"}},
		{"number", 5.0, nil, []string{"x wrong_type"}},
		{"list", []any{"a"}, nil, []string{"x wrong_type"}},
		{"absent", nil, nil, nil},
		{"blank", " 　 ", nil, nil},
		{"NUL", "a\x00", nil, []string{"x bad_character"}},
		{"not UTF-8", "a\xff", nil, []string{"x bad_character"}},
		{"direction override", "a\u202eb", nil, []string{"x bad_character"}},
		{"Arabic letter mark", "a\u061cb", nil, []string{"x bad_character"}},
		{"soft hyphen", "a\u00adb", nil, []string{"x bad_character"}},
		{"zero width", "a\u200bb", nil, []string{"x bad_character"}},
		{"not a character of XML", "a\ufffe", nil, []string{"x bad_character"}},
		{"outside the first plane", "𠮷😀", "𠮷😀", nil},
	})
	checkKind(t, "kind: text, required: true", []accepted{
		{"default length", strings.Repeat("长", 500), strings.Repeat("长", 500), nil},
		{"beyond it", strings.Repeat("长", 501), nil, []string{"x too_long"}},
		{"required", "", nil, []string{"x required"}},
	})
	checkPrinted(t, "kind: text", `甲 "乙" <丙> & {丁}`)
	checkPrinted(t, "kind: text", nil)
}
