package calendar

import (
	"fmt"
	"time"

	"countersign"
)

// Due turns a clock that starts at from into its deadline (D-67). Natural clocks count hours; working-day clocks run to the
// end of the last working day. Where the calendar does not cover the year, a soft clock still must ring: weekends alone
// are then left out.
func (c *Calendar) Due(clock countersign.Clock, from time.Time) (time.Time, error) {
	switch clock.Calendar {
	case "natural":
		return from.Add(time.Duration(clock.Amount) * time.Hour), nil
	case "working_day":
		due, err := c.AddWorkdays(from, clock.Amount)
		if err != nil {
			due = addWeekdays(from.In(c.loc), clock.Amount)
		}
		return due, nil
	}
	return time.Time{}, fmt.Errorf("clock %s: unknown calendar %q", clock.Name, clock.Calendar)
}

func addWeekdays(t time.Time, n int) time.Time {
	for n > 0 {
		t = t.AddDate(0, 0, 1)
		if d := t.Weekday(); d != time.Saturday && d != time.Sunday {
			n--
		}
	}
	return t
}
