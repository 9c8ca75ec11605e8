package forms_test

import "testing"

func TestYesNo(t *testing.T) {
	checkKind(t, "kind: yes_no, required: true", []accepted{
		{"yes", true, true, nil},
		{"no", false, false, nil},
		{"text", "是", nil, []string{"x wrong_type"}},
		{"number", 1.0, nil, []string{"x wrong_type"}},
		{"absent", nil, nil, []string{"x required"}},
	})
	for _, v := range []any{true, false, nil} {
		checkPrinted(t, "kind: yes_no", v)
	}
}
