package calendar

import (
	"fmt"
	"slices"
	"time"
)

var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// WeekdayName returns the short Chinese name of a day of the week, such as 周一.
func WeekdayName(d time.Weekday) string { return weekdays[d] }

// ParseWeekday reads a name that WeekdayName writes; ok is false for any other text.
func ParseWeekday(name string) (d time.Weekday, ok bool) {
	i := slices.Index(weekdays[:], name)
	return time.Weekday(max(i, 0)), i >= 0
}

// soon is the distance within which hours say more than days, also across midnight.
const soon = 12 * time.Hour

// Describe says in Chinese when t is, as seen at now, and how far away: "周三 14:30，还有 1 个工作日".
// Days of this week go by name, of the next as 下周三, others by date. The distance is in hours or minutes within one
// day or half a day, in working days otherwise, and in plain days when no working day lies between. Where the calendar does not
// cover the time between, only the date is given: a hint must not fail a page.
func (c *Calendar) Describe(now, t time.Time) string {
	now, t = now.In(c.loc), t.In(c.loc)
	when := dayWord(now, t) + t.Format(" 15:04")
	word := "还有"
	if t.Before(now) {
		word = "已超过"
	}
	if c.day(now) == c.day(t) || t.Sub(now).Abs() < soon {
		return when + "，" + word + " " + clockWord(t.Sub(now).Abs())
	}
	n, err := c.WorkdaysBetween(now, t)
	if err != nil {
		return when
	}
	if n == 0 {
		return fmt.Sprintf("%s，%s %d 天", when, word, abs(c.day(now).DaysUntil(c.day(t))))
	}
	return fmt.Sprintf("%s，%s %d 个工作日", when, word, abs(n))
}

func dayWord(now, t time.Time) string {
	today, day := dateOf(now), dateOf(t)
	name := WeekdayName(t.Weekday())
	// Weeks run from Monday to Sunday.
	monday := today.AddDays(-(int(now.Weekday()) + 6) % 7)
	switch weeks := monday.DaysUntil(day); {
	case day == today:
		return "今天"
	case weeks >= 0 && weeks < 7:
		return name
	case weeks >= 7 && weeks < 14:
		return "下" + name
	case day.Year == today.Year:
		return fmt.Sprintf("%d月%d日（%s）", day.Month, day.Day, name)
	}
	return fmt.Sprintf("%d年%d月%d日（%s）", day.Year, day.Month, day.Day, name)
}

// clockWord rounds down: a person who is told "2 小时" must not have less.
func clockWord(d time.Duration) string {
	if d >= time.Hour {
		return fmt.Sprintf("%d 小时", int(d/time.Hour))
	}
	return fmt.Sprintf("%d 分钟", int(d/time.Minute))
}

func abs(n int) int { return max(n, -n) }
