package forms_test

import (
	"reflect"
	"testing"

	"countersign/forms"
	"countersign/forms/builder"
)

const itemColumns = "columns: [{key: a, label: 甲, kind: text}, {key: n, label: 数, kind: number, required: true}]"

func row(a string, n any) map[string]any {
	r := map[string]any{}
	if a != "" {
		r["a"] = a
	}
	if n != nil {
		r["n"] = n
	}
	return r
}

func TestRows(t *testing.T) {
	checkKind(t, "kind: rows, min_rows: 2, max_rows: 3, "+itemColumns, []accepted{
		{"two", []any{row("一", 1.0), row("", 2.0)}, []any{row("一", 1.0), row("", 2.0)}, nil},
		{"blank rows go", []any{row("一", 1.0), map[string]any{"a": " "}, row("", 2.0)}, []any{row("一", 1.0), row("", 2.0)}, nil},
		{"too few", []any{row("一", 1.0)}, []any{row("一", 1.0)}, []string{"x too_few_rows"}},
		{"none", nil, nil, []string{"x too_few_rows"}},
		{"too many", []any{row("", 1.0), row("", 2.0), row("", 3.0), row("", 4.0)}, nil, []string{"x too_many_rows"}},
		{"a column is missing", []any{row("一", nil), row("", 2.0)}, []any{row("一", nil), row("", 2.0)}, []string{"x[0].n required"}},
		{"a column is wrong", []any{row("", 1.0), map[string]any{"a": 5.0, "n": 2.0, "z": 1.0}}, []any{row("", 1.0), row("", 2.0)},
			[]string{"x[1].z unknown_field", "x[1].a wrong_type"}},
		{"not a row", []any{"x", row("", 2.0), row("", 3.0)}, []any{row("", 2.0), row("", 3.0)}, []string{"x[0] wrong_type"}},
		{"not a list", "x", nil, []string{"x wrong_type"}},
	})
}

func TestPresetRows(t *testing.T) {
	options := "kind: rows, columns: [{key: a, label: 检查项目, kind: text}, {key: n, label: 结果, kind: number}], presets: [{a: CPU}, {a: 磁盘}]"
	full := []any{row("CPU", 1.0), row("磁盘", 2.0)}
	checkKind(t, options, []accepted{
		{"only the results", []any{row("", 1.0), row("", 2.0)}, full, nil},
		{"with the printed texts", full, full, nil},
		{"the second row not yet", []any{row("", 1.0)}, []any{row("CPU", 1.0), row("磁盘", nil)}, nil},
		{"a printed text changed", []any{row("GPU", 1.0)}, []any{row("CPU", 1.0), row("磁盘", nil)}, []string{"x[0].a preset_changed"}},
		{"more rows than printed", append(append([]any{}, full...), row("内存", 3.0)), nil, []string{"x too_many_rows"}},
	})
}

func TestPrintRows(t *testing.T) {
	form := []byte("form: f\ntitle: 表\nfields:\n  - {key: x, label: 明细, kind: rows, " + itemColumns + "}\n" +
		"print:\n  - {grid: [3000, 3000], rows: [{table: x}]}\n")
	docx, err := builder.Build(form)
	if err != nil {
		t.Fatal(err)
	}
	d, problems := parse(t, string(form))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	tmpl, err := forms.OpenTemplate(docx)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []forms.Values{{}, {"x": []any{row("一", 1.0)}}, {"x": []any{row("一", 1.0), row("", 2.5), row("三", 3.0)}}} {
		filled, err := tmpl.Fill(d, forms.Document{Values: want})
		if err != nil {
			t.Fatal(err)
		}
		got, problems, err := forms.ReadBack(filled, d)
		if err != nil || len(problems) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("read back %v, %v, %v; want %v", got, problems, err, want)
		}
	}
}
