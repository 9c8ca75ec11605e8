package forms_test

import "testing"

func TestChoice(t *testing.T) {
	checkKind(t, "kind: choice, options: [新系统上线发布, 日常发布, 紧急发布], required: true", []accepted{
		{"one", "日常发布", "日常发布", nil},
		{"another word", "周末发布", nil, []string{"x bad_option"}},
		{"list", []any{"日常发布"}, nil, []string{"x wrong_type"}},
		{"absent", nil, nil, []string{"x required"}},
	})
	checkKind(t, "kind: choice, options: [甲, 乙, 丙], multi: true", []accepted{
		{"printed order, each once", []any{"丙", "甲", "丙"}, []any{"甲", "丙"}, nil},
		{"another word", []any{"甲", "丁"}, nil, []string{"x bad_option"}},
		{"not a text", []any{1.0}, nil, []string{"x bad_option"}},
		{"not a list", "甲", nil, []string{"x wrong_type"}},
		{"empty list", []any{}, nil, nil},
	})
	checkPrinted(t, "kind: choice, options: [支持, 不 支持]", "不 支持")
	checkPrinted(t, "kind: choice, options: [甲, 乙, 丙], multi: true", []any{"甲", "丙"})
	checkPrinted(t, "kind: choice, options: [甲, 乙]", nil)
}
