package forms_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/forms"
	"countersign/forms/internal/docxtest"
)

// edit changes the main part of a .docx as a clerk in Word would.
func edit(t testing.TB, docx []byte, change func(xml string) string) []byte {
	t.Helper()
	var parts []docxtest.Part
	for name, data := range docxtest.Unzip(t, docx) {
		text := string(data)
		if name == "word/document.xml" {
			text = change(text)
		}
		parts = append(parts, docxtest.Part{Name: name, Data: text})
	}
	return docxtest.Zip(t, parts...)
}

func replace(old, new string) func(string) string {
	return func(xml string) string { return strings.Replace(xml, old, new, 1) }
}

// control finds the run-level control with a tag.
func control(xml, tag string) string {
	return regexp.MustCompile(`<w:sdt><w:sdtPr>(?:<w:rPr>[^/]*/>[^/]*/></w:rPr>)?<w:alias w:val="[^"]*"/><w:tag w:val="` + regexp.QuoteMeta(tag) + `"/>.*?</w:sdt>`).FindString(xml)
}

// templateEdit is a change of the template and the problems that it must give.
type templateEdit struct {
	name   string
	change func(string) string
	want   []string
}

func templateEdits() []templateEdit {
	without := func(tag string) func(string) string {
		return func(xml string) string { return strings.Replace(xml, control(xml, tag), "", 1) }
	}
	return []templateEdit{
		{"as built", func(xml string) string { return xml }, nil},
		{"a control was deleted", without("release_version"), []string{"missing release_version"}},
		{"an optional one was deleted", without("detail_documents"), nil},
		{"a tag was mistyped", replace(`"release_version"`, `"release-version"`), []string{"missing release_version", "unknown release-version"}},
		{"a control was copied", func(xml string) string { c := control(xml, "ports"); return strings.Replace(xml, c, c+c, 1) }, []string{"doubled ports"}},
		{"one check box was deleted", without("release_level:紧急发布"), []string{"missing release_level:紧急发布"}},
		{"text instead of check boxes", func(xml string) string {
			for _, o := range []string{"新系统上线发布", "日常发布"} {
				xml = without("release_level:" + o)(xml)
			}
			return strings.Replace(xml, control(xml, "release_level:紧急发布"), strings.ReplaceAll(control(xml, "ports"), `"ports"`, `"release_level"`), 1)
		}, nil},
		{"a date where a check box belongs", func(xml string) string {
			return strings.Replace(xml, control(xml, "results.functional:通过"), strings.ReplaceAll(control(xml, "window_end"), `"window_end"`, `"results.functional:通过"`), 1)
		}, []string{"wrong_kind results.functional:通过"}},
		{"a check box where text belongs", func(xml string) string {
			return strings.Replace(xml, control(xml, "ports"), strings.ReplaceAll(control(xml, "results.functional:通过"), `"results.functional:通过"`, `"ports"`), 1)
		}, []string{"wrong_kind ports"}},
		{"a picture lost its frame", func(xml string) string {
			c := control(xml, "signoff.client.signature")
			return strings.Replace(xml, c, regexp.MustCompile(`<w:drawing>.*</w:drawing>`).ReplaceAllString(c, ""), 1)
		}, []string{"not_fillable signoff.client.signature"}},
		{"a control inside another", func(xml string) string {
			inner, outer := control(xml, "ports"), control(xml, "system_ip")
			xml = strings.Replace(xml, inner, "", 1)
			return strings.Replace(xml, outer, strings.Replace(outer, "<w:sdtContent>", "<w:sdtContent>"+inner, 1), 1)
		}, []string{"nested ports"}},
		{"a column moved out of its row", func(xml string) string {
			c := control(xml, "rollback_steps.owner")
			xml = strings.Replace(xml, c, "", 1)
			return strings.Replace(xml, control(xml, "operators"), control(xml, "operators")+c, 1)
		}, []string{"split_row rollback_steps"}},
		{"a column outside of any table", func(xml string) string {
			c := control(xml, "rollback_steps.owner")
			xml = strings.Replace(xml, c, "", 1)
			return strings.Replace(xml, "<w:body>", "<w:body><w:p>"+c+"</w:p>", 1)
		}, []string{"not_fillable rollback_steps.owner"}},
		{"the wrapper of the rows is gone", func(xml string) string {
			return strings.Replace(xml, `<w15:repeatingSection/>`, ``, 1)
		}, []string{"wrong_kind rollback_steps"}},
	}
}

func TestTemplateCheck(t *testing.T) {
	d, _ := upgrade(t)
	original := readFile(t, "../workflows/upgrade/template.docx")
	for _, tt := range templateEdits() {
		t.Run(tt.name, func(t *testing.T) {
			tmpl, err := forms.OpenTemplate(edit(t, original, tt.change))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range tmpl.Check(d) {
				got = append(got, p.Code+" "+p.Tag)
				if !strings.Contains(p.Message, p.Tag) {
					t.Errorf("the message does not name the control: %s", p.Message)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			_, err = tmpl.Fill(d, upgradeDocument(t))
			var unfit *forms.TemplateError
			if errors.As(err, &unfit) != (tt.want != nil) || tt.want == nil && err != nil {
				t.Errorf("fill: %v", err)
			}
		})
	}
}

func TestTemplateOfAnotherForm(t *testing.T) {
	d, _ := upgrade(t)
	_, other := load(t, "../workflows/requirement")
	problems := other.Check(d)
	for _, want := range []string{"system_name", "rollback_steps.action", "signoff.client.opinion", "requester"} {
		if !slices.ContainsFunc(problems, func(p forms.TemplateProblem) bool { return p.Tag == want }) {
			t.Errorf("%s is not named", want)
		}
	}
}

func TestOpenTemplateRefuses(t *testing.T) {
	macro := docxtest.Docx(t, "<w:p/>", docxtest.Part{Name: "word/vbaProject.bin", Data: "x"})
	for code, docx := range map[string][]byte{"not_a_docx": []byte("PK"), "active_content": macro} {
		_, err := forms.OpenTemplate(docx)
		var refused *forms.FileError
		if !errors.As(err, &refused) || refused.Code != code || refused.Message == "" || refused.Unwrap() == nil {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}

func TestTemplateDigest(t *testing.T) {
	docx := readFile(t, "../workflows/upgrade/template.docx")
	_, tmpl := upgrade(t)
	if tmpl.Digest() != forms.Digest(docx) || string(tmpl.Bytes()) != string(docx) {
		t.Error("digest or bytes are not those of the file")
	}
}
