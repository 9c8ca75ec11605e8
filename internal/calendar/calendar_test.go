package calendar_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign"
	"countersign/contracts"
	"countersign/internal/calendar"
	"countersign/internal/contract"
)

// official returns the calendar of the built-in pack: the tables below are the notices of the State Council as a clerk reads
// them, so they judge the data as well as the arithmetic.
func official(t testing.TB) *calendar.Calendar {
	t.Helper()
	pack, problems, err := contract.Load(contracts.FS, contracts.Default)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return pack.Calendar()
}

// at reads a Beijing time such as "2026-02-13 17:30".
func at(t testing.TB, s string) time.Time {
	t.Helper()
	beijing := time.FixedZone("CST", 8*60*60)
	v, err := time.ParseInLocation("2006-01-02 15:04", s, beijing)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryHolidayAndMakeUpDay(t *testing.T) {
	cal := official(t)
	// Days off that fall on Monday to Friday, and weekends that are worked, for three years.
	off := []string{
		"2024-01-01",
		"2024-02-12", "2024-02-13", "2024-02-14", "2024-02-15", "2024-02-16",
		"2024-04-04", "2024-04-05",
		"2024-05-01", "2024-05-02", "2024-05-03",
		"2024-06-10",
		"2024-09-16", "2024-09-17",
		"2024-10-01", "2024-10-02", "2024-10-03", "2024-10-04", "2024-10-07",
		"2025-01-01",
		"2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31", "2025-02-03", "2025-02-04",
		"2025-04-04",
		"2025-05-01", "2025-05-02", "2025-05-05",
		"2025-06-02",
		"2025-10-01", "2025-10-02", "2025-10-03", "2025-10-06", "2025-10-07", "2025-10-08",
		"2026-01-01", "2026-01-02",
		"2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23",
		"2026-04-06",
		"2026-05-01", "2026-05-04", "2026-05-05",
		"2026-06-19",
		"2026-09-25",
		"2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07",
	}
	worked := []string{
		"2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
		"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
		"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
	}
	exception := map[string]bool{}
	for _, d := range off {
		exception[d] = true
	}
	for _, d := range worked {
		exception[d] = true
	}
	perYear := map[int]int{}
	for d := at(t, "2024-01-01 12:00"); d.Year() < 2027; d = d.AddDate(0, 0, 1) {
		weekday := d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
		want := weekday != exception[d.Format(time.DateOnly)]
		got, err := cal.IsWorkday(d)
		if err != nil || got != want {
			t.Errorf("%s (%s): workday %v, %v, want %v", d.Format(time.DateOnly), d.Weekday(), got, err, want)
		}
		if got {
			perYear[d.Year()]++
		}
	}
	// Weekdays of the year less the statutory holidays: 11 days in 2024, 13 since 2025.
	for year, want := range map[int]int{2024: 262 - 11, 2025: 261 - 13, 2026: 261 - 13} {
		if perYear[year] != want {
			t.Errorf("%d has %d working days, want %d", year, perYear[year], want)
		}
	}
}

func TestEarliestStart(t *testing.T) {
	cal := official(t)
	for _, c := range []struct {
		name, submitted string
		n               int
		want            string
	}{
		{"Monday morning: Tuesday and Wednesday pass", "2026-03-09 08:00", 2, "2026-03-12 00:00"},
		{"Monday at its last minute counts as Monday", "2026-03-09 23:59", 2, "2026-03-12 00:00"},
		{"Monday at midnight counts as Monday", "2026-03-09 00:00", 2, "2026-03-12 00:00"},
		{"Wednesday: Thursday and Friday pass, Saturday night is free", "2026-03-11 15:00", 2, "2026-03-14 00:00"},
		{"Thursday: Friday and Monday pass", "2026-03-12 15:00", 2, "2026-03-17 00:00"},
		{"Friday evening: Monday and Tuesday pass", "2026-03-13 20:00", 2, "2026-03-18 00:00"},
		{"Saturday: as on Friday", "2026-03-14 10:00", 2, "2026-03-18 00:00"},
		{"Sunday: as on Friday", "2026-03-15 23:59", 2, "2026-03-18 00:00"},
		{"one working day", "2026-03-09 08:00", 1, "2026-03-11 00:00"},
		{"no notice due", "2026-03-09 08:00", 0, "2026-03-09 08:00"},
		{"before the Spring Festival: worked Saturday 14th, then 24th", "2026-02-13 17:00", 2, "2026-02-25 00:00"},
		{"on the worked Saturday", "2026-02-14 09:00", 2, "2026-02-26 00:00"},
		{"inside the Spring Festival", "2026-02-18 09:00", 2, "2026-02-26 00:00"},
		{"Thursday before a worked Saturday", "2026-02-26 09:00", 2, "2026-03-01 00:00"},
		{"Thursday before Labour Day, worked Saturday the 9th", "2026-05-06 09:00", 3, "2026-05-10 00:00"},
		{"National Day 2025: worked Sunday 28th and Monday", "2025-09-26 09:00", 2, "2025-09-30 00:00"},
		{"across National Day 2025", "2025-09-29 09:00", 2, "2025-10-10 00:00"},
		{"over New Year 2025/26: Wednesday, then Sunday the 4th", "2025-12-30 09:00", 2, "2026-01-05 00:00"},
		{"New Year's Eve 2024: Thursday, Friday", "2024-12-31 18:00", 2, "2025-01-04 00:00"},
		{"the last two days that the calendar knows", "2026-12-29 09:00", 2, "2027-01-01 00:00"},
		{"leap day", "2024-02-28 09:00", 1, "2024-03-01 00:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := cal.EarliestStart(at(t, c.submitted), c.n)
			if err != nil {
				t.Fatal(err)
			}
			if want := at(t, c.want); !got.Equal(want) {
				t.Errorf("submitted %s: earliest %s, want %s", c.submitted, got.Format("2006-01-02 15:04"), c.want)
			}
		})
	}
}

func TestEarliestStartReadsTheDayInBeijing(t *testing.T) {
	// 17:00 UTC on Monday is 01:00 on Tuesday in Beijing: Wednesday and Thursday must pass.
	got, err := official(t).EarliestStart(time.Date(2026, 3, 9, 17, 0, 0, 0, time.UTC), 2)
	if want := at(t, "2026-03-13 00:00"); err != nil || !got.Equal(want) {
		t.Errorf("earliest %v, %v, want %v", got, err, want)
	}
}

func TestNotCovered(t *testing.T) {
	cal := official(t)
	for _, c := range []struct {
		name string
		year int
		call func() error
	}{
		{"a day after the calendar", 2027, func() error { _, err := cal.IsWorkday(at(t, "2027-01-01 09:00")); return err }},
		{"a day before it", 2023, func() error { _, err := cal.IsWorkday(at(t, "2023-12-31 23:59")); return err }},
		{"notice that runs out of it", 2027, func() error { _, err := cal.EarliestStart(at(t, "2026-12-30 09:00"), 2); return err }},
		{"adding days out of it", 2027, func() error { _, err := cal.AddWorkdays(at(t, "2026-12-31 09:00"), 1); return err }},
		{"adding very many days", 2027, func() error { _, err := cal.AddWorkdays(at(t, "2024-01-01 09:00"), 1<<40); return err }},
		{"going back out of it", 2023, func() error { _, err := cal.AddWorkdays(at(t, "2024-01-01 09:00"), -1); return err }},
		{"counting into it", 2023, func() error {
			_, err := cal.WorkdaysBetween(at(t, "2023-12-01 09:00"), at(t, "2024-01-05 09:00"))
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.call()
			var missing *calendar.NotCoveredError
			if !errors.As(err, &missing) || missing.Year != c.year || len(missing.Covered) != 3 {
				t.Errorf("error %v, want that %d is not covered", err, c.year)
			}
			if !errors.Is(err, countersign.ErrCalendar) {
				t.Errorf("error %v has no message for users", err)
			}
		})
	}
	if _, err := cal.EarliestStart(at(t, "2026-03-09 08:00"), -1); err == nil {
		t.Error("a negative notice was accepted")
	}
}

func TestAddWorkdaysAndBetween(t *testing.T) {
	cal := official(t)
	for _, c := range []struct {
		from string
		n    int
		to   string
	}{
		{"2026-03-13 16:30", 1, "2026-03-16 16:30"},
		{"2026-03-14 16:30", 1, "2026-03-16 16:30"},
		{"2026-02-13 16:30", 2, "2026-02-24 16:30"},
		{"2024-07-17 00:00", 15, "2024-08-07 00:00"}, // first payment, clause 5.2.2
		{"2026-03-16 09:00", -1, "2026-03-13 09:00"},
		{"2026-02-24 09:00", -1, "2026-02-14 09:00"},
		{"2026-03-14 16:30", 0, "2026-03-14 16:30"},
	} {
		got, err := cal.AddWorkdays(at(t, c.from), c.n)
		if err != nil || !got.Equal(at(t, c.to)) {
			t.Errorf("%s and %d working days: %v, %v, want %s", c.from, c.n, got, err, c.to)
		}
		if c.n < 0 {
			continue
		}
		if n, err := cal.WorkdaysBetween(at(t, c.from), at(t, c.to)); n != c.n || err != nil {
			t.Errorf("from %s to %s: %d working days, %v, want %d", c.from, c.to, n, err, c.n)
		}
	}
}

func TestLawsOfCounting(t *testing.T) {
	cal := official(t)
	first, last := at(t, "2024-01-02 00:00"), at(t, "2026-11-30 00:00")
	rapid.Check(t, func(r *rapid.T) {
		a := first.Add(time.Duration(rapid.Int64Range(0, int64(last.Sub(first)/time.Minute)).Draw(r, "minute")) * time.Minute)
		n := rapid.IntRange(1, 15).Draw(r, "n")
		b, err := cal.AddWorkdays(a, n)
		if err != nil {
			r.Fatal(err)
		}
		if work, err := cal.IsWorkday(b); err != nil || !work {
			r.Fatalf("%v is no working day, %v", b, err)
		}
		there, err1 := cal.WorkdaysBetween(a, b)
		back, err2 := cal.WorkdaysBetween(b, a)
		if errors.Join(err1, err2) != nil || there != n || back != -n {
			r.Fatalf("%d there, %d back, want %d", there, back, n)
		}
		start, err := cal.EarliestStart(a, n)
		if err != nil {
			r.Fatal(err)
		}
		// The instant before the start still lies in the n-th whole working day; the start lies after it.
		if inside, err := cal.WorkdaysBetween(a, start.Add(-time.Nanosecond)); err != nil || inside != n {
			r.Fatalf("only %d whole working days before %v, %v", inside, start, err)
		}
		if !start.After(b) || start.Sub(b) > 24*time.Hour {
			r.Fatalf("start %v does not follow on the working day %v", start, b)
		}
	})
}
