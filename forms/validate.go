package forms

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// Values are filled-in fields in the shape of JSON: strings, float64, bool,
// []any and map[string]any, by field key. Empty fields are absent.
type Values map[string]any

// Mode says how strict validation is.
type Mode int

const (
	// Draft checks only what is there: types, formats, lengths, unknown fields.
	Draft Mode = iota
	// Submit also demands what is required, holds the rules and looks up persons and tickets.
	Submit
)

// Env is what validation needs to know from outside. The zero value works: it
// checks no lookups, counts no attachments and takes China's time zone.
type Env struct {
	// Now is the time of the submit; zero switches the rules about the past off.
	Now time.Time
	// Location is the zone in which times are stored; nil means China.
	Location *time.Location
	// Attachments counts the uploaded files per attachment field.
	Attachments map[string]int
	// PersonExists looks an active person up by id; nil accepts every id.
	PersonExists func(id string) bool
	// TicketExists looks a ticket up by process and number; nil accepts every number.
	TicketExists func(process, number string) bool
}

// FieldProblem is one reason why values are not accepted.
type FieldProblem struct {
	// Field is the place, e.g. rollback_steps[1].owner (rows count from 0).
	Field string `json:"field"`
	// Code is stable: required, wrong_type, too_long, bad_character, bad_option, unknown_field, ...
	Code string `json:"code"`
	// Message says in Chinese what to do.
	Message string `json:"message"`
}

// Validate checks the values and returns them normalised: line ends, trimmed
// texts, times to the minute in one zone, options in printed order, no empty
// fields. The result belongs into storage only when there are no problems;
// otherwise it holds the fields that are in order. The input is not changed.
func (d *Definition) Validate(v Values, mode Mode, env Env) (Values, []FieldProblem) {
	if env.Location == nil {
		env.Location = China
	}
	c := &checker{mode: mode, env: env}
	out := Values(c.level(d.Fields, v, spot{}))
	if mode == Submit {
		for _, r := range d.Rules {
			r.check(c, d, out)
		}
	}
	d.sortProblems(c.problems)
	return out, c.problems
}

// checker collects the problems of one validation.
type checker struct {
	mode     Mode
	env      Env
	problems []FieldProblem
}

func (c *checker) report(path, code, message string) {
	c.problems = append(c.problems, FieldProblem{Field: path, Code: code, Message: message})
}

// spot is a place in the values: its path for programs and its name for people.
type spot struct{ path, label string }

func (s spot) field(f *Field) spot {
	if s.path == "" {
		return spot{path: f.Key, label: "“" + f.Label + "”"}
	}
	return spot{path: s.path + "." + f.Key, label: s.label + "“" + f.Label + "”"}
}

func (s spot) row(i int) spot {
	return spot{path: fmt.Sprintf("%s[%d]", s.path, i), label: fmt.Sprintf("%s第 %d 行", s.label, i+1)}
}

// level checks fields that stand side by side: the form itself or one row.
func (c *checker) level(fields []*Field, v map[string]any, at spot) map[string]any {
	for _, key := range sortedKeys(v) {
		if findField(fields, key) == nil {
			path := key
			if at.path != "" {
				path = at.path + "." + key
			}
			c.report(path, "unknown_field", fmt.Sprintf("没有名为“%s”的字段，请删除。", shorten(key)))
		}
	}
	out := map[string]any{}
	refused := map[string]bool{}
	for _, f := range fields {
		raw := v[f.Key]
		if empty(raw) {
			continue
		}
		before := len(c.problems)
		if value := f.kind.accept(c, f, at.field(f), raw); !empty(value) {
			out[f.Key] = value
		}
		refused[f.Key] = len(c.problems) > before
	}
	if c.mode == Submit {
		for _, f := range fields {
			if empty(out[f.Key]) && !refused[f.Key] {
				f.kind.absent(c, f, at.field(f), f.Required || f.RequiredWhen.holds(out))
			}
		}
	}
	return out
}

// holds says whether the condition is met by the values of its level.
func (c *Condition) holds(v map[string]any) bool {
	if c == nil {
		return false
	}
	if list, ok := v[c.Field].([]any); ok {
		return slices.Contains(list, c.Equals)
	}
	return v[c.Field] == c.Equals
}

// empty says whether a value counts as not filled in. false and 0 are filled in.
func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(x) == ""
	case []any:
		return len(x) == 0
	case map[string]any:
		return len(x) == 0
	}
	return false
}

// sortProblems puts problems into the order of the form, so that a screen can
// lead the person from top to bottom.
func (d *Definition) sortProblems(problems []FieldProblem) {
	order := map[string]int{}
	for i, f := range d.Fields {
		order[f.Key] = i - len(d.Fields) // unknown keys (0) come last
	}
	top := func(path string) string {
		if i := strings.IndexAny(path, "[."); i >= 0 {
			return path[:i]
		}
		return path
	}
	sort.SliceStable(problems, func(i, j int) bool {
		return order[top(problems[i].Field)] < order[top(problems[j].Field)]
	})
}

// shorten keeps a foreign text from filling a message.
func shorten(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
