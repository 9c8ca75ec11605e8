package forms_test

import "testing"

func TestLongText(t *testing.T) {
	checkKind(t, "kind: long_text, max_length: 12", []accepted{
		{"lines", "一\n二\n\n三", "一\n二\n\n三", nil},
		{"Windows and old Mac line ends", "一\r\n二\r三", "一\n二\n三", nil},
		{"blank lines around", " \n\n  一\n二 \n　\n", "  一\n二", nil},
		{"tab", "a\tb", "a\tb", nil},
		{"too long", "一二三四五六七八九十一二三", nil, []string{"x too_long"}},
		{"bell", "a\x07", nil, []string{"x bad_character"}},
		{"line separator", "a\u2028b", nil, []string{"x bad_character"}},
		{"object", map[string]any{"a": 1.0}, nil, []string{"x wrong_type"}},
	})
	checkPrinted(t, "kind: long_text", "  一、\n\t二\n\n末")
	checkPrinted(t, "kind: long_text", nil)
}
