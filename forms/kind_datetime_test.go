package forms_test

import (
	"testing"
	"time"

	"countersign/forms"
)

func TestDateTime(t *testing.T) {
	checkKind(t, "kind: datetime", []accepted{
		{"China", "2026-11-23T14:30:00+08:00", "2026-11-23T14:30:00+08:00", nil},
		{"elsewhere", "2026-11-22T16:30:00Z", "2026-11-23T00:30:00+08:00", nil},
		{"seconds are cut", "2026-11-23T14:30:59.9+08:00", "2026-11-23T14:30:00+08:00", nil},
		{"no zone", "2026-11-23T14:30:00", nil, []string{"x bad_time"}},
		{"only a day", "2026-11-23", nil, []string{"x bad_time"}},
		{"no such hour", "2026-11-23T24:30:00+08:00", nil, []string{"x bad_time"}},
		{"typing slip", "0026-11-23T14:30:00+08:00", nil, []string{"x bad_time"}},
		{"number", 1.0, nil, []string{"x wrong_type"}},
	})
	checkPrinted(t, "kind: datetime", "2026-11-23T00:05:00+08:00")
	checkPrinted(t, "kind: datetime", nil)
}

func TestDateTimeInAnotherZone(t *testing.T) {
	env := forms.Env{Location: time.FixedZone("UTC+3", 3*60*60)}
	got, _ := one(t, "kind: datetime").Validate(forms.Values{"x": "2026-11-23T14:30:00+08:00"}, forms.Draft, env)
	if got["x"] != "2026-11-23T09:30:00+03:00" {
		t.Errorf("stored %v", got["x"])
	}
}
