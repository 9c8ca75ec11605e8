package forms_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"countersign/forms"
	"countersign/forms/builder"
)

// accepted is one input of a field and what validation must make of it: a
// value, or problems as "field code".
type accepted struct {
	name     string
	in, want any
	problems []string
}

// checkKind validates inputs of a single field x at submit.
func checkKind(t *testing.T, options string, tests []accepted) {
	t.Helper()
	d := one(t, options)
	env := forms.Env{
		PersonExists: func(id string) bool { return id != "P404" },
		TicketExists: func(process, number string) bool { return process == "requirement" && number != "REQ-2026-000404" },
		Now:          time.Date(2026, 11, 23, 12, 0, 0, 0, forms.China),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := d.Validate(forms.Values{"x": tt.in}, forms.Submit, env)
			if !slices.Equal(codes(problems), tt.problems) {
				t.Fatalf("problems %q, want %q", codes(problems), tt.problems)
			}
			if !reflect.DeepEqual(got["x"], tt.want) {
				t.Errorf("value %#v, want %#v", got["x"], tt.want)
			}
		})
	}
}

// checkPrinted fills a one-field template with the value and expects it back.
func checkPrinted(t *testing.T, options string, value any) {
	t.Helper()
	form := "form: f\ntitle: 表\nfields:\n  - {key: x, label: 项目, " + options + "}\n" +
		"print:\n  - {title: 表, grid: [2000, 6000], rows: [{cells: [{field: x, label: 1, value: 1}]}]}\n"
	docx, err := builder.Build([]byte(form))
	if err != nil {
		t.Fatal(err)
	}
	d := one(t, options)
	tmpl, err := forms.OpenTemplate(docx)
	if err != nil {
		t.Fatal(err)
	}
	want := forms.Values{}
	if value != nil {
		want["x"] = value
	}
	filled, err := tmpl.Fill(d, forms.Document{Values: want, Names: name})
	if err != nil {
		t.Fatal(err)
	}
	got, problems, err := forms.ReadBack(filled, d)
	if err != nil || len(problems) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("read back %#v, %v, %v; want %#v", got, problems, err, want)
	}
}

func TestKindNames(t *testing.T) {
	want := []string{"attachment", "choice", "date", "datetime", "long_text", "number", "person", "persons", "rows", "text", "ticket_ref", "yes_no"}
	if got := forms.KindNames(); !slices.Equal(got, want) {
		t.Errorf("kinds %v", got)
	}
}
