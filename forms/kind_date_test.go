package forms_test

import (
	"testing"
	"time"

	"countersign/forms"
)

func TestDate(t *testing.T) {
	checkKind(t, "kind: date", []accepted{
		{"day", "2026-11-23", "2026-11-23", nil},
		{"leap day", "2028-02-29", "2028-02-29", nil},
		{"no leap year", "2026-02-29", nil, []string{"x bad_date"}},
		{"time of day", "2026-11-23T00:00:00Z", nil, []string{"x bad_date"}},
		{"typing slip", "0026-11-23", nil, []string{"x bad_date"}},
		{"short", "2026-1-2", nil, []string{"x bad_date"}},
		{"number", 20261123.0, nil, []string{"x wrong_type"}},
	})
	checkPrinted(t, "kind: date", "2026-01-02")
	checkPrinted(t, "kind: date", nil)
}

func TestPrintDate(t *testing.T) {
	late := time.Date(2026, 11, 22, 17, 5, 0, 0, time.UTC) // already the 23rd in China
	if got := forms.PrintDate(late); got != "2026年11月23日" {
		t.Errorf("date %s", got)
	}
	if got := forms.PrintTime(late); got != "2026年11月23日 01:05" {
		t.Errorf("time %s", got)
	}
}
