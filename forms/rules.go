package forms

import (
	"fmt"
	"time"
)

// Rule is a condition between fields of one level. There are few kinds on
// purpose: whatever needs more belongs to the process, in Go.
type Rule struct {
	// Kind is not_before (Field is not earlier than Other) or not_past (Field is not earlier than now).
	Kind string `json:"kind"`
	// Field gets the problem when the rule is broken.
	Field string `json:"field"`
	// Other is the second field of not_before.
	Other string `json:"other,omitempty"`
	// Message replaces the built-in Chinese sentence.
	Message string `json:"message,omitempty"`

	line int
}

// define reports what is wrong with the rule in its definition.
func (r Rule) define(d *Definition) (problems []string) {
	timeField := func(key string) {
		if f := d.Field(key); f == nil {
			problems = append(problems, fmt.Sprintf("there is no field %q", key))
		} else if f.Kind != kindDate && f.Kind != kindDateTime {
			problems = append(problems, fmt.Sprintf("field %s is no date or datetime", key))
		}
	}
	switch r.Kind {
	case "not_before":
		timeField(r.Field)
		timeField(r.Other)
	case "not_past":
		timeField(r.Field)
		if r.Other != "" {
			problems = append(problems, "other is not used")
		}
	default:
		problems = append(problems, "known kinds are not_before and not_past")
	}
	return problems
}

// check adds a problem when the values break the rule. A missing or unreadable
// value breaks no rule: its own field has already been reported.
func (r Rule) check(c *checker, d *Definition, v Values) {
	field := d.Field(r.Field)
	at, ok := timeOf(field, v[r.Field], c.env)
	if !ok {
		return
	}
	switch r.Kind {
	case "not_before":
		other := d.Field(r.Other)
		limit, ok := timeOf(other, v[r.Other], c.env)
		if ok && at.Before(limit) {
			c.ruleProblem(r, "too_early", fmt.Sprintf("“%s”不能早于“%s”，请修改。", field.Label, other.Label))
		}
	case "not_past":
		if field.Kind == kindDate {
			at = at.AddDate(0, 0, 1) // a day is past when it has ended
		}
		if !c.env.Now.IsZero() && at.Before(c.env.Now) {
			c.ruleProblem(r, "in_the_past", fmt.Sprintf("“%s”已经过去，请填写将来的时间。", field.Label))
		}
	}
}

func (c *checker) ruleProblem(r Rule, code, message string) {
	if r.Message != "" {
		message = r.Message
	}
	c.report(r.Field, code, message)
}

// timeOf reads a date or datetime value; a date counts from its first minute.
func timeOf(f *Field, value any, env Env) (time.Time, bool) {
	s, ok := value.(string)
	if !ok {
		return time.Time{}, false
	}
	if f.Kind == kindDate {
		t, err := time.ParseInLocation(dateLayout, s, env.Location)
		return t, err == nil
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}
