package forms

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"countersign/forms/ooxml"
)

const (
	kindDate     = "date"
	kindDateTime = "datetime"

	dateLayout       = "2006-01-02"
	minuteLayout     = "2006-01-02T15:04:05-07:00"
	printedDate      = "2006年1月2日"
	printedTime      = "2006年1月2日 15:04"
	wordDateTime     = "2006-01-02T15:04:05Z" // what Word writes into w:fullDate: local time marked Z
	dateFormatAdvice = "，例如 2026年11月23日"
	timeFormatAdvice = "，例如 2026年11月23日 14:30"
)

// China is the time zone of every printed date: Asia/Shanghai, without daylight saving.
var China = time.FixedZone("Asia/Shanghai", 8*60*60)

var dateControls = append([]ooxml.Kind{ooxml.Date}, textControls...)

// dateKind is a calendar day, stored as 2026-11-23 and printed 2026年11月23日.
type dateKind struct{ scalarKind }

func (dateKind) name() string { return kindDate }

func (dateKind) accept(c *checker, _ *Field, at spot, v any) any {
	s, ok := v.(string)
	if !ok {
		c.report(at.path, "wrong_type", at.label+"应为日期"+dateFormatAdvice+"。")
		return nil
	}
	t, err := time.Parse(dateLayout, s)
	if err != nil || !sensibleYear(t) {
		c.report(at.path, "bad_date", at.label+"不是有效的日期，请填写年、月、日"+dateFormatAdvice+"。")
		return nil
	}
	return s
}

func (dateKind) schema(*Field) map[string]any {
	return map[string]any{"type": "string", "format": "date"}
}

func (dateKind) slots(f *Field, tag, label string) []slot {
	return []slot{{tag: tag, alias: label, kinds: dateControls, needed: f.Printed}}
}

func (dateKind) print(p *printer, _ *Field, tag string, v any) {
	s, ok := v.(string)
	if !ok {
		return
	}
	if t, err := time.Parse(dateLayout, s); err == nil {
		p.set(tag, ooxml.Value{Text: t.Format(printedDate), FullDate: t.Format(wordDateTime)})
		return
	}
	p.text(tag, s)
}

func (dateKind) read(r *reader, _ *Field, tag string, at spot) any {
	s := strings.TrimSpace(r.text(tag))
	if s == "" {
		return nil
	}
	t, _, ok := parsePrinted(s)
	if !ok {
		r.report(at.path, "bad_date", at.label+"不是有效的日期，请填写年、月、日"+dateFormatAdvice+"。")
		return nil
	}
	return t.Format(dateLayout)
}

// PrintDate writes the day of t in China as a sign-off row shows it: 2026年11月23日.
func PrintDate(t time.Time) string { return t.In(China).Format(printedDate) }

// PrintTime writes t in China to the minute: 2026年11月23日 14:30.
func PrintTime(t time.Time) string { return t.In(China).Format(printedTime) }

var printedPattern = regexp.MustCompile(
	`^(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?(?:[\sT]*(\d{1,2})\s*[:：时]\s*(\d{1,2})\s*分?)?$`)

// parsePrinted reads a date as clerks write it: 2026年11月23日, 2026-11-23,
// 2026/11/23, with or without a time of day. clock says whether a time was given.
func parsePrinted(s string) (t time.Time, clock, ok bool) {
	m := printedPattern.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false, false
	}
	var n [5]int
	for i := range n {
		if m[i+1] == "" {
			continue
		}
		v, err := strconv.Atoi(m[i+1])
		if err != nil {
			return time.Time{}, false, false
		}
		n[i] = v
	}
	t = time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], 0, 0, China)
	// time.Date turns 2月30日 into 3月2日; a date that moved was never valid.
	same := t.Month() == time.Month(n[1]) && t.Day() == n[2] && t.Hour() == n[3] && t.Minute() == n[4]
	return t, m[4] != "", same && sensibleYear(t)
}

// sensibleYear keeps typing slips like 0026 out.
func sensibleYear(t time.Time) bool { return t.Year() >= 1900 && t.Year() <= 2999 }
