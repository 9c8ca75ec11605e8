package calendar

import (
	"fmt"
	"time"

	"countersign"
)

// Due turns a clock that starts at from into its deadline (D-67). Natural clocks count hours; working-day clocks run to the
// end of the n-th whole working day after the day of from. Where the calendar does not cover the year, a soft clock still must ring: weekends alone
// are then left out.
func (c *Calendar) Due(clock countersign.Clock, from time.Time) (time.Time, error) {
	switch clock.Calendar {
	case "natural":
		return from.Add(time.Duration(clock.Amount) * time.Hour), nil
	case "working_day":
		due, err := c.EarliestStart(from, clock.Amount)
		if err != nil {
			due = afterWeekdays(from.In(c.loc), clock.Amount)
		}
		return due, nil
	}
	return time.Time{}, fmt.Errorf("clock %s: unknown calendar %q", clock.Name, clock.Calendar)
}

// afterWeekdays is the midnight after n whole weekdays.
func afterWeekdays(t time.Time, n int) time.Time {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if d := day.Weekday(); d != time.Saturday && d != time.Sunday {
			n--
		}
	}
	return day.AddDate(0, 0, 1)
}
