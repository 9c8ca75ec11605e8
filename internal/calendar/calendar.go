package calendar

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"countersign"
)

// Year is what one yearly notice of the State Council says. The dates may reach into the December before.
type Year struct {
	Year     int
	Holidays []Holiday
	Workdays []Date // Saturdays and Sundays on which people work to make up for a holiday
}

// Holiday is a run of free days, From and To included.
type Holiday struct {
	Name     string
	From, To Date
}

// Calendar knows which days are working days in the years it covers. It is immutable and safe for concurrent use.
type Calendar struct {
	loc      *time.Location
	years    map[int]bool
	free     map[Date]bool
	makeUp   map[Date]bool
	coverage []int
}

// New returns a calendar of the given years. Every instant handed to the calendar is read as a day in loc
// (Asia/Shanghai for the contract). The dates are taken as they are: internal/contract checks them. Should a day be
// listed both as holiday and as workday, it is a workday.
func New(loc *time.Location, years []Year) *Calendar {
	c := &Calendar{loc: loc, years: map[int]bool{}, free: map[Date]bool{}, makeUp: map[Date]bool{}}
	for _, y := range years {
		c.years[y.Year] = true
		for _, h := range y.Holidays {
			for d := h.From; !h.To.Before(d); d = d.AddDays(1) {
				c.free[d] = true
			}
		}
		for _, d := range y.Workdays {
			c.makeUp[d] = true
		}
	}
	c.coverage = slices.Sorted(maps.Keys(c.years))
	return c
}

// NotCoveredError says that working days were asked for in a year whose notice the calendar does not have. The
// calendar never guesses. It unwraps to countersign.ErrCalendar.
type NotCoveredError struct {
	Year    int   // the year that is missing
	Covered []int // the years that are there, ascending
}

// Error names the missing year and the years that are covered.
func (e *NotCoveredError) Error() string {
	return fmt.Sprintf("the working-day calendar does not cover %d (it covers %v)", e.Year, e.Covered)
}

// Unwrap returns countersign.ErrCalendar, whose message is safe to show.
func (e *NotCoveredError) Unwrap() error { return countersign.ErrCalendar }

// Location returns the zone in which the calendar reads instants as days.
func (c *Calendar) Location() *time.Location { return c.loc }

// Years returns the covered years, ascending.
func (c *Calendar) Years() []int { return slices.Clone(c.coverage) }

// IsWorkday reports whether the day of t is a working day. The error is a *NotCoveredError.
func (c *Calendar) IsWorkday(t time.Time) (bool, error) { return c.workday(c.day(t)) }

// AddWorkdays returns the same time of day on the n-th working day after the day of t; the day of t itself does not
// count, whether it is a working day or not. A negative n counts back. For n = 0 it returns t unchanged, even on a
// holiday. The error is a *NotCoveredError.
func (c *Calendar) AddWorkdays(t time.Time, n int) (time.Time, error) {
	if n == 0 {
		return t, nil
	}
	d, err := c.step(c.day(t), n)
	if err != nil {
		return time.Time{}, err
	}
	h, m, s := t.In(c.loc).Clock()
	return time.Date(d.Year, d.Month, d.Day, h, m, s, t.Nanosecond(), c.loc), nil
}

// WorkdaysBetween counts the working days after the day of a, up to and including the day of b; it is negative when b
// lies on an earlier day and 0 within one day. So WorkdaysBetween(t, AddWorkdays(t, n)) is n for n >= 0. The error is
// a *NotCoveredError.
func (c *Calendar) WorkdaysBetween(a, b time.Time) (int, error) {
	from, to, sign := c.day(a), c.day(b), 1
	if to.Before(from) {
		from, to, sign = to, from, -1
	}
	count := 0
	for d := from; d.Before(to); {
		d = d.AddDays(1)
		work, err := c.workday(d)
		if err != nil {
			return 0, err
		}
		if work {
			count++
		}
	}
	return sign * count, nil
}

// EarliestStart returns the first instant at which work may start that must be applied for n working days before
// (提前 n 个工作日, clause 附6-二-16.5.1.1, D-22).
//
// The day of submission does not count, at whatever hour; then n whole working days must pass; the period ends with
// the last of them at 24:00. This is how the Civil Code counts days (articles 201 and 203), and it is the stricter of
// the two common readings: an application of Wednesday with n = 2 leaves Thursday and Friday whole to the reader, so
// the work may start on Saturday at 00:00, while the looser reading ("Wednesday plus two") would already let it start
// within Friday. The start itself need not be on a working day: upgrades are done at night and at weekends.
//
// After an application on a day off the next working day is the first that counts. For n = 0 no notice is due and submitted is returned. n must not be negative. The error is a
// *NotCoveredError, or says that n is negative.
func (c *Calendar) EarliestStart(submitted time.Time, n int) (time.Time, error) {
	switch {
	case n < 0:
		return time.Time{}, fmt.Errorf("notice of %d working days: must not be negative", n)
	case n == 0:
		return submitted, nil
	}
	last, err := c.step(c.day(submitted), n)
	if err != nil {
		return time.Time{}, err
	}
	return last.AddDays(1).in(c.loc), nil
}

// step returns the n-th working day after d, or before it when n is negative; n is not 0.
func (c *Calendar) step(d Date, n int) (Date, error) {
	direction := 1
	if n < 0 {
		direction, n = -1, -n
	}
	for n > 0 {
		d = d.AddDays(direction)
		work, err := c.workday(d)
		if err != nil {
			return Date{}, err
		}
		if work {
			n--
		}
	}
	return d, nil
}

func (c *Calendar) workday(d Date) (bool, error) {
	if !c.years[d.Year] {
		return false, &NotCoveredError{Year: d.Year, Covered: c.Years()}
	}
	if c.makeUp[d] {
		return true, nil
	}
	weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
	return !weekend && !c.free[d], nil
}

func (c *Calendar) day(t time.Time) Date { return dateOf(t.In(c.loc)) }
