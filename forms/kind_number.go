package forms

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxExact is the largest whole number that JSON readers keep exactly (RFC 7493).
const maxExact = 1<<53 - 1

// numberKind is a number, stored as a JSON number.
type numberKind struct{ scalarKind }

func (numberKind) name() string      { return "number" }
func (numberKind) options() []string { return []string{"unit", "min", "max", "integer"} }

func (numberKind) define(f *Field) []string {
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		return []string{"min is larger than max"}
	}
	return nil
}

func (numberKind) accept(c *checker, f *Field, at spot, v any) any {
	n, ok := asNumber(v)
	if !ok {
		c.report(at.path, "wrong_type", at.label+"应为数字。")
		return nil
	}
	switch {
	case f.Integer && n != math.Trunc(n):
		c.report(at.path, "not_integer", at.label+"应为整数。")
	case f.Min != nil && n < *f.Min:
		c.report(at.path, "too_small", fmt.Sprintf("%s不能小于 %s%s。", at.label, printNumber(*f.Min), f.Unit))
	case f.Max != nil && n > *f.Max:
		c.report(at.path, "too_large", fmt.Sprintf("%s不能大于 %s%s。", at.label, printNumber(*f.Max), f.Unit))
	case math.Abs(n) > maxExact:
		c.report(at.path, "too_large", at.label+"的数值过大，请检查。")
	default:
		return n
	}
	return nil
}

func (numberKind) schema(f *Field) map[string]any {
	s := map[string]any{"type": "number"}
	if f.Integer {
		s["type"] = "integer"
	}
	if f.Min != nil {
		s["minimum"] = *f.Min
	}
	if f.Max != nil {
		s["maximum"] = *f.Max
	}
	return s
}

func (numberKind) print(p *printer, _ *Field, tag string, v any) {
	if n, ok := asNumber(v); ok {
		p.text(tag, printNumber(n))
	}
}

func (numberKind) read(r *reader, f *Field, tag string, at spot) any {
	s := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(r.text(tag)), f.Unit))
	if s == "" {
		return nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		r.report(at.path, "wrong_type", at.label+"应为数字。")
		return nil
	}
	return n
}

// asNumber takes a JSON number in any of the shapes Go gives it.
func asNumber(v any) (float64, bool) {
	var n float64
	switch x := v.(type) {
	case float64:
		n = x
	case int:
		n = float64(x)
	case json.Number:
		parsed, err := x.Float64()
		if err != nil {
			return 0, false
		}
		n = parsed
	default:
		return 0, false
	}
	return n, !math.IsNaN(n) && !math.IsInf(n, 0)
}

func printNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
