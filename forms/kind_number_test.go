package forms_test

import (
	"encoding/json"
	"math"
	"testing"
)

func TestNumber(t *testing.T) {
	checkKind(t, "kind: number, integer: true, min: 0, max: 1440, unit: 分钟, required: true", []accepted{
		{"least", 0.0, 0.0, nil},
		{"most", 1440.0, 1440.0, nil},
		{"Go integer", 7, 7.0, nil},
		{"json.Number", json.Number("30"), 30.0, nil},
		{"below", -1.0, nil, []string{"x too_small"}},
		{"above", 1441.0, nil, []string{"x too_large"}},
		{"fraction", 1.5, nil, []string{"x not_integer"}},
		{"text", "30", nil, []string{"x wrong_type"}},
		{"no number", json.Number("x"), nil, []string{"x wrong_type"}},
		{"not a number", math.NaN(), nil, []string{"x wrong_type"}},
		{"infinite", math.Inf(1), nil, []string{"x wrong_type"}},
		{"yes", true, nil, []string{"x wrong_type"}},
		{"absent", nil, nil, []string{"x required"}},
	})
	checkKind(t, "kind: number", []accepted{
		{"fraction", -2.25, -2.25, nil},
		{"no longer exact", float64(1 << 60), nil, []string{"x too_large"}},
	})
	checkPrinted(t, "kind: number", 1234567.25)
	checkPrinted(t, "kind: number, unit: 分钟", 0.0)
}
