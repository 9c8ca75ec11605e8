package forms_test

import "testing"

func TestPerson(t *testing.T) {
	checkKind(t, "kind: person, required: true", []accepted{
		{"known", "P001", "P001", nil},
		{"unknown", "P404", nil, []string{"x unknown_person"}},
		{"a name is no id", "赵明远", nil, []string{"x wrong_type"}},
		{"blanks", "P 1", nil, []string{"x wrong_type"}},
		{"number", 1.0, nil, []string{"x wrong_type"}},
		{"absent", nil, nil, []string{"x required"}},
	})
	checkPrinted(t, "kind: person", "P001")
	checkPrinted(t, "kind: person", "P999") // nobody of that id: the id itself is printed
	checkPrinted(t, "kind: person", nil)
}
