package contract

import (
	"slices"
	"strconv"
	"time"

	"countersign/internal/calendar"
)

// calendarReader checks one calendar file while it reads it: every listed day is remembered with its line.
type calendarReader struct {
	holidays map[calendar.Date]int
	workdays map[calendar.Date]int
}

func (b *builder) readCalendar(o *object) {
	r := &calendarReader{holidays: map[calendar.Date]int{}, workdays: map[calendar.Date]int{}}
	var years []calendar.Year
	lines := map[int]int{}
	for _, item := range o.objects("years", true) {
		y := calendar.Year{Year: item.number("year", 2000, 2100)}
		item.text("notice")
		if first, twice := lines[y.Year]; twice {
			item.add(item.lineOf("year"), CodeDuplicate, kind{"year", "年份"}, strconv.Itoa(y.Year), first)
		} else {
			lines[y.Year] = item.lineOf("year")
		}
		for _, h := range item.objects("holidays", true) {
			if holiday, ok := r.holiday(h, y.Year); ok {
				y.Holidays = append(y.Holidays, holiday)
			}
		}
		for _, w := range item.objects("workdays", true) {
			if d, ok := r.workday(w, y.Year); ok {
				y.Workdays = append(y.Workdays, d)
			}
		}
		item.done()
		years = append(years, y)
	}
	b.checkYears(o, years, lines)
	b.pack.calendar = calendar.New(b.location, years)
}

// holiday reads one run of free days.
func (r *calendarReader) holiday(o *object, year int) (calendar.Holiday, bool) {
	h := calendar.Holiday{Name: o.text("name")}
	var fromOK, toOK bool
	h.From, fromOK = o.date("from")
	h.To, toOK = o.date("to")
	days := o.number("days", 1, 31)
	r.weekday(o, "from_weekday", h.From, fromOK)
	r.weekday(o, "to_weekday", h.To, toOK)
	o.done()
	if !fromOK || !toOK || days < 1 || days > 31 {
		return h, false
	}
	if real := h.From.DaysUntil(h.To) + 1; real != days {
		o.add(o.lineOf("days"), CodeCalendarDays, h.From, h.To, real, days)
		return h, false
	}
	r.inYear(o, "from", h.From, year)
	r.inYear(o, "to", h.To, year)
	effect := false
	for d := h.From; !h.To.Before(d); d = d.AddDays(1) {
		r.once(o, "from", d, r.holidays)
		effect = effect || !weekend(d)
	}
	if !effect {
		o.add(o.lineOf("from"), CodeCalendarIdle, h.From, "Sat/Sun")
	}
	return h, true
}

// workday reads one make-up workday, which must be a Saturday or Sunday to have any effect.
func (r *calendarReader) workday(o *object, year int) (calendar.Date, bool) {
	d, ok := o.date("date")
	r.weekday(o, "weekday", d, ok)
	o.text("for")
	o.done()
	if !ok {
		return d, false
	}
	r.inYear(o, "date", d, year)
	r.once(o, "date", d, r.workdays)
	if !weekend(d) {
		o.add(o.lineOf("date"), CodeCalendarIdle, d, "Mon-Fri")
	}
	return d, true
}

// once reports a day that is already listed, as holiday or as workday, and remembers it in list.
func (r *calendarReader) once(o *object, field string, d calendar.Date, list map[calendar.Date]int) {
	line := r.holidays[d]
	if line == 0 {
		line = r.workdays[d]
	}
	if line != 0 {
		o.add(o.lineOf(field), CodeCalendarOverlap, d, line)
		return
	}
	list[d] = o.lineOf(field)
}

// weekday compares the weekday that the notice prints with the date: a slip in either is found.
func (r *calendarReader) weekday(o *object, field string, d calendar.Date, ok bool) {
	printed := o.text(field)
	if printed == "" {
		return
	}
	day, known := calendar.ParseWeekday(printed)
	switch {
	case !known:
		o.add(o.lineOf(field), CodeFormat, field, printed, "周一")
	case ok && day != d.Weekday():
		o.add(o.lineOf(field), CodeCalendarWeekday, d, d.Weekday(), day)
	}
}

// inYear accepts the December before, into which the notices of some years reach for 元旦.
func (r *calendarReader) inYear(o *object, field string, d calendar.Date, year int) {
	if d.Year != year && (d.Year != year-1 || d.Month != time.December) {
		o.add(o.lineOf(field), CodeCalendarYear, d, year)
	}
}

// checkYears reports years missing between others and years of the term that are missing.
func (b *builder) checkYears(o *object, years []calendar.Year, lines map[int]int) {
	have := make([]int, 0, len(lines))
	for year := range lines {
		have = append(have, year)
	}
	slices.Sort(have)
	for i := 1; i < len(have); i++ {
		if have[i] != have[i-1]+1 {
			o.add(lines[have[i]], CodeCalendarGap, have[i-1], have[i])
		}
	}
	if len(years) == 0 || b.pack.Info.From.Year == 0 {
		return
	}
	for year := b.pack.Info.From.Year; year <= b.pack.Info.To.Year; year++ {
		if lines[year] == 0 && (year < have[0] || year > have[len(have)-1]) {
			o.add(o.lineOf("years"), CodeCalendarTerm, year)
		}
	}
}

func weekend(d calendar.Date) bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}
