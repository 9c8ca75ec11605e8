package calendar_test

import (
	"testing"
	"time"

	"countersign"
)

func TestDue(t *testing.T) {
	cal := official(t)
	from := at(t, "2026-02-13 17:00")
	due, err := cal.Due(countersign.Clock{Name: "escalate", Calendar: "natural", Amount: 72}, from)
	if err != nil || !due.Equal(from.Add(72*time.Hour)) {
		t.Errorf("72 natural hours over the Spring Festival: %v, %v", due, err)
	}
	due, err = cal.Due(countersign.Clock{Name: "x", Calendar: "working_day", Amount: 2}, at(t, "2026-11-25 14:30"))
	if err != nil || due.Format(time.DateTime) != "2026-11-28 00:00:00" {
		t.Errorf("two working days after a Wednesday: %v, %v", due, err)
	}
	if _, err := cal.Due(countersign.Clock{Name: "x", Calendar: "lunar", Amount: 1}, from); err == nil {
		t.Error("a clock on an unknown calendar was accepted")
	}
	// A soft clock rings even in a year without a notice: asked for on Thursday, Friday and Monday pass whole.
	late := at(t, "2026-12-31 09:00")
	due, err = cal.Due(countersign.Clock{Name: "x", Calendar: "working_day", Amount: 2}, late)
	if err != nil || due.Format(time.DateOnly) != "2027-01-05" {
		t.Errorf("two working days after the end of the calendar: %v, %v", due, err)
	}
}
