package forms_test

import "testing"

func TestTicketRef(t *testing.T) {
	checkKind(t, "kind: ticket_ref, process: requirement", []accepted{
		{"known", " REQ-2026-000012 ", "REQ-2026-000012", nil},
		{"unknown", "REQ-2026-000404", nil, []string{"x unknown_ticket"}},
		{"lower case", "req-2026-000012", nil, []string{"x bad_number"}},
		{"a name", "补贴核对", nil, []string{"x bad_number"}},
		{"number", 12.0, nil, []string{"x wrong_type"}},
		{"absent", nil, nil, nil},
	})
	checkPrinted(t, "kind: ticket_ref, process: requirement", "REQ-2026-000012")
}
