package forms

import (
	"strings"
	"time"

	"countersign/forms/ooxml"
)

// dateTimeKind is a point in time to the minute: RFC 3339 in, stored in the
// zone of Env, printed 2026年11月23日 14:30. Seconds are cut off, because the
// form prints none and what is signed must be what is printed.
type dateTimeKind struct{ scalarKind }

func (dateTimeKind) name() string { return kindDateTime }

func (dateTimeKind) accept(c *checker, _ *Field, at spot, v any) any {
	s, ok := v.(string)
	if !ok {
		c.report(at.path, "wrong_type", at.label+"应为日期和时间"+timeFormatAdvice+"。")
		return nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !sensibleYear(t) {
		c.report(at.path, "bad_time", at.label+"不是有效的时间，请填写年、月、日、时、分"+timeFormatAdvice+"。")
		return nil
	}
	return storeTime(t, c.env.Location)
}

func (dateTimeKind) schema(*Field) map[string]any {
	return map[string]any{"type": "string", "format": "date-time"}
}

func (dateTimeKind) slots(f *Field, tag, label string) []slot {
	return []slot{{tag: tag, alias: label, kinds: dateControls, needed: f.Printed}}
}

func (dateTimeKind) print(p *printer, _ *Field, tag string, v any) {
	s, ok := v.(string)
	if !ok {
		return
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		t = t.In(China)
		p.set(tag, ooxml.Value{Text: t.Format(printedTime), FullDate: t.Format(wordDateTime)})
		return
	}
	p.text(tag, s)
}

func (dateTimeKind) read(r *reader, _ *Field, tag string, at spot) any {
	s := strings.TrimSpace(r.text(tag))
	if s == "" {
		return nil
	}
	t, clock, ok := parsePrinted(s)
	if !ok || !clock {
		r.report(at.path, "bad_time", at.label+"不是有效的时间，请填写年、月、日、时、分"+timeFormatAdvice+"。")
		return nil
	}
	return storeTime(t, China)
}

// storeTime is the one spelling of a point in time in stored values.
func storeTime(t time.Time, zone *time.Location) string {
	return t.In(zone).Truncate(time.Minute).Format(minuteLayout)
}
