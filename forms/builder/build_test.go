package builder

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"countersign/forms"
	"countersign/forms/internal/docxtest"
)

func form(t *testing.T, folder string) []byte {
	t.Helper()
	b, err := os.ReadFile(folder + "/form.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTemplatesAreBuilt holds the committed templates against the builder. When
// a template has been edited in Word on purpose, take its folder off the list.
func TestTemplatesAreBuilt(t *testing.T) {
	for _, folder := range []string{"../../workflows/upgrade", "../../workflows/requirement"} {
		built, err := Build(form(t, folder))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Build(form(t, folder))
		if err != nil || !bytes.Equal(built, again) {
			t.Errorf("%s: two builds differ, %v", folder, err)
		}
		committed, err := os.ReadFile(folder + "/template.docx")
		if err != nil {
			t.Fatal(err)
		}
		want, got := docxtest.Unzip(t, built), docxtest.Unzip(t, committed)
		for name, data := range want {
			if !bytes.Equal(got[name], data) {
				t.Errorf("%s: part %s differs from what the builder writes; run go generate ./forms", folder, name)
			}
		}
	}
}

func TestBuildBraces(t *testing.T) {
	docx, err := BuildBraces(form(t, "../../workflows/upgrade"))
	if err != nil {
		t.Fatal(err)
	}
	text := docxtest.Text(t, docx)
	for _, want := range []string{"系统名称 | {system_name}", "{release_level:日常发布} 日常发布", "{#rollback_steps}", "{/rollback_steps}", "{doc.number}"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
	if _, err := forms.OpenTemplate(docx); err != nil {
		t.Error(err)
	}
}

func TestBuildProblems(t *testing.T) {
	const head = "form: f\ntitle: 表\nfields:\n  - {key: x, label: 项目, kind: text}\n  - {key: r, label: 行, kind: rows, columns: [{key: a, label: 甲, kind: text}]}\n" +
		"signoffs: [{label: 意见, blocks: [{step: s, party: client, label: 客户}]}]\nprint:\n"
	const rest = "{table: r}, {signoffs: [s], label: 0, party: 1}"
	tests := map[string]string{
		"- {grid: [10, 10], rows: [{cells: [{field: x, label: 1, value: 1}]}, " + rest + "]}":       "table r has 1 columns, its grid 2",
		"- {grid: [10, 10], rows: [{cells: [{field: x, label: 1, value: 2}]}]}":                     "fills 3 of 2 grid columns",
		"- {grid: [10, 10], rows: [{cells: [{field: y, label: 1, value: 1}]}]}":                     `names the field "y"`,
		"- {grid: [10, 10], rows: [{cells: [{field: z.y, label: 1, value: 1}]}]}":                   `names the field "z.y"`,
		"- {grid: [10, 10], rows: [{table: q}]}":                                                    `names the field "q"`,
		"- {grid: [10, 10], rows: [{signoffs: [boss], party: 1}]}":                                  `names the sign-off "boss"`,
		"- {grid: [10, 10], rows: [{colour: red}]}":                                                 "colour",
		"- {grid: [10, 10], rows: [{signoffs: [s], party: 1}]}\n- {grid: [10], rows: [{table: r}]}": "missing x",
	}
	for spec, want := range tests {
		if _, err := Build([]byte(head + spec + "\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
	for _, broken := range []string{"{", "form: f\n"} {
		if _, err := Build([]byte(broken)); err == nil {
			t.Errorf("%q was built", broken)
		}
		if _, err := BuildBraces([]byte(broken)); err == nil {
			t.Errorf("%q was built with braces", broken)
		}
	}
}
