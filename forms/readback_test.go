package forms_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/forms"
	"countersign/forms/internal/docxtest"
)

func filled(t testing.TB) []byte {
	t.Helper()
	d, tmpl := upgrade(t)
	docx, err := tmpl.Fill(d, upgradeDocument(t))
	if err != nil {
		t.Fatal(err)
	}
	return docx
}

// TestReadEditedForm changes a filled form as a clerk would and reads it back.
func TestReadEditedForm(t *testing.T) {
	d, _ := upgrade(t)
	original := filled(t)
	tests := []struct {
		name     string
		change   func(string) string
		field    string
		want     any
		problems []string
	}{
		{"another text", replace("V3.2.1<", "V3.2.2<"), "release_version", "V3.2.2", nil},
		{"typed text in two runs", replace("V3.2.1</w:t>", `V3.2</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:t>.9</w:t>`), "release_version", "V3.2.9", nil},
		{"tracked changes", replace("V3.2.1</w:t></w:r>", `V</w:t></w:r><w:del><w:r><w:delText>3</w:delText><w:t>x</w:t></w:r></w:del><w:ins><w:r><w:t>4</w:t></w:r></w:ins>`), "release_version", "V4", nil},
		{"another box", func(xml string) string {
			for tag, v := range map[string]string{"日常发布": "0", "紧急发布": "1"} {
				c := control(xml, "release_level:"+tag)
				xml = strings.Replace(xml, c, strings.Replace(strings.Replace(c, `w14:checked w14:val="0"`, `w14:checked w14:val="`+v+`"`, 1), `w14:checked w14:val="1"`, `w14:checked w14:val="`+v+`"`, 1), 1)
			}
			return xml
		}, "release_level", "紧急发布", nil},
		{"two boxes", func(xml string) string {
			c := control(xml, "release_level:紧急发布")
			return strings.Replace(xml, c, strings.Replace(c, `w14:checked w14:val="0"`, `w14:checked w14:val="1"`, 1), 1)
		}, "release_level", nil, []string{"release_level too_many"}},
		{"date as typed", replace("2026年11月23日 22:00", "2026-11-24 8：05"), "expected_done_at", "2026-11-24T08:05:00+08:00", nil},
		{"slashes", replace("2026年11月23日 22:00", "2026/11/24 08:05"), "expected_done_at", "2026-11-24T08:05:00+08:00", nil},
		{"no such day", replace("2026年11月23日 22:00", "2026年2月30日 8:00"), "expected_done_at", nil, []string{"expected_done_at bad_time"}},
		{"no time of day", replace("2026年11月23日 22:00", "2026年11月23日"), "expected_done_at", nil, []string{"expected_done_at bad_time"}},
		{"words for a date", replace("2026年11月23日 22:00", "明天"), "expected_done_at", nil, []string{"expected_done_at bad_time"}},
		{"number with unit", replace(">60<", "> 90 分钟 <"), "confirm_limit_minutes", 90.0, nil},
		{"words for a number", replace(">60<", ">一小时<"), "confirm_limit_minutes", nil, []string{"confirm_limit_minutes wrong_type"}},
		{"a person the system does not know", replace("赵明远、钱立秋", "赵明远、路人甲"), "operators", []any{"P001"}, []string{"operators unknown_person"}},
		{"fewer persons", replace("赵明远、钱立秋", "钱立秋"), "operators", []any{"P002"}, nil},
		{"neither yes nor no", func(xml string) string {
			c := control(xml, "virtualized")
			return strings.Replace(xml, c, strings.Replace(c, ">是<", ">部分<", 1), 1)
		}, "virtualized", nil, []string{"virtualized wrong_type"}},
		{"a control was deleted", func(xml string) string { return strings.Replace(xml, control(xml, "ports"), "", 1) }, "ports", nil, []string{"ports missing_control"}},
		{"a copy that says something else", func(xml string) string {
			c := control(xml, "ports")
			return strings.Replace(xml, c, c+strings.Replace(c, "443", "444", 1), 1)
		}, "ports", "443、8443 <内部>", []string{"ports conflict"}},
		{"a wrong cell in a row", replace(">10<", ">十<"), "ports", "443、8443 <内部>", []string{"rollback_steps[0].limit_minutes wrong_type"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, problems, err := forms.ReadBack(edit(t, original, tt.change), d)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(codes(problems), tt.problems) {
				t.Errorf("problems %q, want %q", codes(problems), tt.problems)
			}
			if !reflect.DeepEqual(v[tt.field], tt.want) {
				t.Errorf("%s = %#v, want %#v", tt.field, v[tt.field], tt.want)
			}
		})
	}
}

func TestReadRowsAddedInWord(t *testing.T) {
	d, _ := upgrade(t)
	docx := edit(t, filled(t), func(xml string) string {
		end := strings.Index(xml, "恢复数据库快照")
		start := strings.LastIndex(xml[:end], "<w:sdt><w:sdtPr><w:id ")
		item := xml[start : start+strings.Index(xml[start:], "</w:tr></w:sdtContent></w:sdt>")+len("</w:tr></w:sdtContent></w:sdt>")]
		return strings.Replace(xml, item, item+strings.Replace(item, "恢复数据库快照", "通知业务处室", 1), 1)
	})
	v, problems, err := forms.ReadBack(docx, d)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	steps := v["rollback_steps"].([]any)
	if len(steps) != 4 || steps[3].(map[string]any)["action"] != "通知业务处室" {
		t.Errorf("steps %v", steps)
	}
}

func TestReadForeignFile(t *testing.T) {
	d, _ := upgrade(t)
	v, problems, err := forms.ReadBack(docxtest.Docx(t, `<w:p><w:sdt><w:sdtPr><w:tag w:val="secret"/></w:sdtPr><w:sdtContent><w:r><w:t>x</w:t></w:r></w:sdtContent></w:sdt></w:p>`), d)
	if err != nil || len(v) != 0 {
		t.Fatal(v, err)
	}
	got := codes(problems)
	if !slices.Contains(got, "system_name missing_control") || !slices.Contains(got, "secret unknown_field") {
		t.Errorf("problems %q", got)
	}
	_, _, err = forms.ReadBack([]byte("%PDF-1.7"), d)
	var refused *forms.FileError
	if !errors.As(err, &refused) || refused.Code != "not_a_docx" {
		t.Errorf("got %v", err)
	}
}

// TestReadByTitle reads a file whose tags were lost but whose titles are there.
func TestReadByTitle(t *testing.T) {
	d, _ := upgrade(t)
	docx := edit(t, filled(t), func(xml string) string { return regexp.MustCompile(`<w:tag [^>]*/>`).ReplaceAllString(xml, "") })
	v, problems, err := forms.ReadBack(docx, d)
	if err != nil || len(problems) > 0 || !reflect.DeepEqual(v, upgradeValues()) {
		t.Errorf("read back %v, %v, %v", v, problems, err)
	}
}

// TestReadAfterLibreOffice: LibreOffice 7.4 drops tags and most titles when it
// saves. What can still be read must be right, everything else must be named.
func TestReadAfterLibreOffice(t *testing.T) {
	d, _ := upgrade(t)
	dir := t.TempDir()
	in := filepath.Join(dir, "in.docx")
	if err := os.WriteFile(in, filled(t), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	convert(t, "docx", out, in)
	v, problems, err := forms.ReadBack(readFile(t, filepath.Join(out, "in.docx")), d)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range upgradeValues() {
		named := slices.ContainsFunc(problems, func(p forms.FieldProblem) bool { return strings.HasPrefix(p.Field, key) })
		if !reflect.DeepEqual(v[key], want) && !named {
			t.Errorf("%s = %#v without a word, want %#v", key, v[key], want)
		}
	}
}

// convert runs LibreOffice with a profile of its own.
func convert(t *testing.T, format, dir string, files ...string) {
	t.Helper()
	tool, err := exec.LookPath("soffice")
	if err != nil {
		t.Fatal("soffice is missing: install the Debian package libreoffice-writer-nogui")
	}
	args := append([]string{"--headless", "-env:UserInstallation=file://" + t.TempDir(), "--convert-to", format, "--outdir", dir}, files...)
	if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v: %s", err, out)
	}
}
