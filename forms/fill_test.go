package forms_test

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"countersign/forms"
	"countersign/forms/internal/docxtest"
)

var update = flag.Bool("update", false, "write the golden texts anew")

// golden compares text with a file of a process folder.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := string(readFile(t, file))
	if got != want {
		t.Errorf("text differs from %s (run with -update after a wanted change)\n got:\n%s\nwant:\n%s", file, got, want)
	}
}

func TestFilledText(t *testing.T) {
	d, tmpl := upgrade(t)
	requirement, requirementTemplate := load(t, "../workflows/requirement")
	rolledBack := upgradeDocument(t)
	rolledBack.Sections = map[string]any{
		"execution": map[string]any{"started_by": "P001", "started_at": "2026-11-23T20:05:00+08:00", "outcome": "升级未成功，已按回退方案回退"},
		"results":   map[string]any{"functional": "不通过", "performance": "通过", "security": "通过"},
		"rollback": map[string]any{
			"reason": "升级后测试不通过", "started_at": "2026-11-23T21:30:00+08:00",
			"steps": []any{
				map[string]any{"action": "停止应用服务", "done_by": "P001", "done_at": "2026-11-23T21:33:00+08:00", "confirmed_by": "P002", "confirmed_at": "2026-11-23T21:35:00+08:00"},
				map[string]any{"action": "恢复 V3.2.0 安装包", "done_by": "P002"},
			},
		},
	}
	rolledBack.SignOffs = rolledBack.SignOffs[:3]
	tests := []struct {
		name, file string
		form       *forms.Definition
		template   *forms.Template
		doc        forms.Document
	}{
		{"success", "../workflows/upgrade/testdata/golden/success.txt", d, tmpl, upgradeDocument(t)},
		{"rolled back", "../workflows/upgrade/testdata/golden/rolled_back.txt", d, tmpl, rolledBack},
		{"blank", "../workflows/upgrade/testdata/golden/blank.txt", d, tmpl, forms.Document{}},
		{"requirement", "../workflows/requirement/testdata/golden/estimated.txt", requirement, requirementTemplate, requirementDocument()},
		{"requirement blank", "../workflows/requirement/testdata/golden/blank.txt", requirement, requirementTemplate, forms.Document{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			docx, err := tt.template.Fill(tt.form, tt.doc)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, tt.file, docxtest.Text(t, docx))
		})
	}
}

func requirementDocument() forms.Document {
	return forms.Document{
		Values: forms.Values{
			"requirement_name": "补贴发放批次核对", "business_office": "养老工作处", "requester": "P004",
			"expected_date": "2026-12-31", "description": "一、发放前核对批次总额。\n二、差异标红并可导出。",
		},
		Text: map[string]string{"number": "REQ-2026-000012", "revision": "第 1 版", "short_code": "77AA-0C1D-93EE"}, Names: name,
		Attachments: map[string][]string{"attachments": {"需求说明.docx"}},
		SignOffs:    []forms.SignOff{{Party: "client", Step: "requester", Name: "李成栋", Date: "2026年11月2日"}},
		Sections:    map[string]any{"estimate": forms.Values{"completion_date": "2026-12-20", "note": "约 8 人日"}},
	}
}

func TestFillIsDeterministic(t *testing.T) {
	d, _ := upgrade(t)
	var first []byte
	for range 3 {
		_, tmpl := upgrade(t) // a fresh template each time: nothing may depend on what was filled before
		for range 2 {
			docx, err := tmpl.Fill(d, upgradeDocument(t))
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = docx
			}
			if !bytes.Equal(first, docx) {
				t.Fatal("the same document gave different bytes")
			}
		}
	}
}

// TestFillAtTheSameTime fills one template from several goroutines, the first of which compile it.
func TestFillAtTheSameTime(t *testing.T) {
	d, tmpl := upgrade(t)
	results := make(chan []byte)
	for range 8 {
		go func() {
			docx, err := tmpl.Fill(d, upgradeDocument(t))
			if err != nil {
				t.Error(err)
			}
			results <- docx
		}()
	}
	first := <-results
	for range 7 {
		if !bytes.Equal(<-results, first) {
			t.Error("two goroutines got different bytes")
		}
	}
}

func TestFillRefusesWhatHasNoPlace(t *testing.T) {
	d, tmpl := upgrade(t)
	tests := []struct {
		name string
		doc  forms.Document
		want string
	}{
		{"unknown value", forms.Document{Values: forms.Values{"colour": "red"}}, `no field "colour"`},
		{"unknown header text", forms.Document{Text: map[string]string{"motto": "x"}}, `no header text "motto"`},
		{"unknown section", forms.Document{Sections: map[string]any{"party": map[string]any{}}}, `section "party"`},
		{"section without values", forms.Document{Sections: map[string]any{"report": "done"}}, `section "report"`},
		{"unknown field of a section", forms.Document{Sections: map[string]any{"report": map[string]any{"x": "y"}}}, `no field "x"`},
		{"unknown step", forms.Document{SignOffs: []forms.SignOff{{Party: "auditor"}}}, `sign-off "auditor"`},
		{"two sign-offs in one place", forms.Document{SignOffs: []forms.SignOff{{Party: "client"}, {Party: "client"}}}, `sign-off "client"`},
		{"attachments of no field", forms.Document{Attachments: map[string][]string{"system_name": {"a.pdf"}}}, `attachment field "system_name"`},
		{"broken picture", forms.Document{SignOffs: []forms.SignOff{{Party: "client", Picture: []byte("GIF89a")}}}, "bad_picture"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tmpl.Fill(d, tt.doc)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestRoundTrip(t *testing.T) {
	d, tmpl := upgrade(t)
	full := upgradeDocument(t)
	tests := map[string]func(v forms.Values){
		"complete": func(forms.Values) {},
		"optional fields empty": func(v forms.Values) {
			delete(v, "remarks")
			delete(v, "requirement_no")
			delete(v, "notice_waiver_requested")
		},
		"one step": func(v forms.Values) { v["rollback_steps"] = v["rollback_steps"].([]any)[:1] },
		"no steps": func(v forms.Values) { delete(v, "rollback_steps") },
		"no level": func(v forms.Values) { delete(v, "release_level") },
		"hostile texts": func(v forms.Values) {
			v["system_name"] = `<w:t>&amp;"'</w:t> ]]> {tag} %s`
			v["release_details"] = "  缩进\n\n\t制表\n" + strings.Repeat("长", 3000) + "\n末行 😀 𠮷"
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			values := upgradeValues()
			change(values)
			doc := full
			doc.Values = values
			docx, err := tmpl.Fill(d, doc)
			if err != nil {
				t.Fatal(err)
			}
			got, problems, err := forms.ReadBack(docx, d)
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			if !reflect.DeepEqual(got, values) {
				t.Errorf("read back differs\n got %v\nwant %v", got, values)
			}
		})
	}
}

func TestPersonsOfOneName(t *testing.T) {
	d, tmpl := upgrade(t)
	values := upgradeValues()
	values["operators"] = []any{"P009", "P008"}
	docx, err := tmpl.Fill(d, forms.Document{Values: values, Names: func(string) string { return "王伟" }})
	if err != nil {
		t.Fatal(err)
	}
	got, problems, err := forms.ReadBack(docx, d)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	if !reflect.DeepEqual(got["operators"], values["operators"]) {
		t.Errorf("operators %v, want %v", got["operators"], values["operators"])
	}
}
