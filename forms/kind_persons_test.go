package forms_test

import "testing"

func TestPersons(t *testing.T) {
	checkKind(t, "kind: persons, min_count: 2", []accepted{
		{"two, order kept", []any{"P002", "P001"}, []any{"P002", "P001"}, nil},
		{"one", []any{"P001"}, nil, []string{"x too_few"}},
		{"none", nil, nil, []string{"x required"}},
		{"twice the same", []any{"P001", "P001"}, nil, []string{"x duplicate"}},
		{"unknown", []any{"P001", "P404"}, nil, []string{"x unknown_person"}},
		{"not a list", "P001", nil, []string{"x wrong_type"}},
		{"not an id", []any{"P001", true}, nil, []string{"x wrong_type"}},
	})
	checkPrinted(t, "kind: persons", []any{"P002", "P001", "P003"})
	checkPrinted(t, "kind: persons", nil)
}
