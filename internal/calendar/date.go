package calendar

import (
	"fmt"
	"time"
)

// Date is a day of the civil calendar, without a time of day or a zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads a date written as 2026-02-14 and refuses days that do not exist.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q is not of the form 2006-01-02: %w", s, err)
	}
	return dateOf(t), nil
}

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// String writes d as 2026-02-14.
func (d Date) String() string { return d.in(time.UTC).Format(time.DateOnly) }

// Weekday returns the day of the week of d.
func (d Date) Weekday() time.Weekday { return d.in(time.UTC).Weekday() }

// AddDays returns the date n days after d, or before it when n is negative.
func (d Date) AddDays(n int) Date {
	return dateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC))
}

// Before reports whether d is earlier than other.
func (d Date) Before(other Date) bool { return d.in(time.UTC).Before(other.in(time.UTC)) }

// DaysUntil returns the number of days from d to other, negative when other is earlier.
func (d Date) DaysUntil(other Date) int {
	return int(other.in(time.UTC).Sub(d.in(time.UTC)) / (24 * time.Hour))
}

// in returns the first instant of d in loc.
func (d Date) in(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}
