package forms_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/forms"
)

func TestJSONSchema(t *testing.T) {
	d, _ := upgrade(t)
	b, err := json.Marshal(d.JSONSchema())
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Title                string
		AdditionalProperties bool
		Required             []string
		Properties           map[string]struct {
			Type, Format, Title string
			Enum                []string
			Minimum, Maximum    *float64
			Items               *struct {
				Required             []string
				AdditionalProperties *bool
				Properties           map[string]any
			}
		}
	}
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	if s.Title != d.Title || s.AdditionalProperties {
		t.Errorf("title %q, additionalProperties %v", s.Title, s.AdditionalProperties)
	}
	if !slices.Contains(s.Required, "rollback_steps") || slices.Contains(s.Required, "remarks") || slices.Contains(s.Required, "test_report") {
		t.Errorf("required %v", s.Required)
	}
	if _, ok := s.Properties["test_report"]; ok {
		t.Error("an attachment is no value")
	}
	if p := s.Properties["release_level"]; p.Type != "string" || !slices.Contains(p.Enum, "紧急发布") || p.Title != "发布级别" {
		t.Errorf("release_level %+v", p)
	}
	if p := s.Properties["upgrade_at"]; p.Format != "date-time" {
		t.Errorf("upgrade_at %+v", p)
	}
	if p := s.Properties["confirm_limit_minutes"]; p.Type != "integer" || *p.Minimum != 0 || *p.Maximum != 1440 {
		t.Errorf("confirm_limit_minutes %+v", p)
	}
	steps := s.Properties["rollback_steps"]
	if steps.Items == nil || *steps.Items.AdditionalProperties || len(steps.Items.Properties) != 4 || len(steps.Items.Required) != 4 {
		t.Errorf("rollback_steps %+v", steps)
	}
	// Every kind says what its values look like.
	for _, key := range []string{"operators", "requirement_no", "virtualized", "remarks"} {
		if s.Properties[key].Type == "" {
			t.Errorf("%s has no type", key)
		}
	}
}

func TestLayout(t *testing.T) {
	d, _ := upgrade(t)
	b, err := json.Marshal(d.Layout())
	if err != nil {
		t.Fatal(err)
	}
	var l struct {
		Form, Version string
		Groups        []struct {
			Key, Title string
			Fields     []struct{ Key, Label, Kind, Hint, Width string }
		}
		Rules    []forms.Rule
		SignOffs []forms.SignOffPart
		Sections []struct{ Form, Title string }
	}
	if err := json.Unmarshal(b, &l); err != nil {
		t.Fatal(err)
	}
	if l.Form != "upgrade_application" || l.Version != d.Version() || len(l.Groups) != 3 || len(l.Rules) != 3 || len(l.SignOffs) != 2 {
		t.Errorf("layout %s", b)
	}
	n := 0
	for _, g := range l.Groups {
		n += len(g.Fields)
		if g.Title == "" {
			t.Errorf("group %s has no title", g.Key)
		}
	}
	if n != len(d.Fields) || l.Groups[0].Fields[2].Width != "third" || l.Groups[1].Fields[0].Hint == "" {
		t.Errorf("%d of %d fields are laid out: %s", n, len(d.Fields), b)
	}
	if !slices.ContainsFunc(l.Sections, func(s struct{ Form, Title string }) bool { return s.Form == "report" && s.Title == "升级报告" }) {
		t.Errorf("sections %v", l.Sections)
	}
	plain, err := json.Marshal(one(t, "kind: text").Layout())
	if err != nil || strings.Contains(string(plain), "null") {
		t.Errorf("a form without groups: %s, %v", plain, err)
	}
}

func TestDiff(t *testing.T) {
	d, _ := upgrade(t)
	old, changed := upgradeValues(), upgradeValues()
	if got := forms.Diff(d, old, changed); len(got) > 0 {
		t.Errorf("equal values differ: %v", got)
	}
	delete(changed, "remarks")
	changed["virtualized"] = false
	changed["rollback_steps"] = append(changed["rollback_steps"].([]any), map[string]any{"action": "通知"})
	changed["rollback_steps"].([]any)[1].(map[string]any)["owner"] = "P003"
	changed["operators"] = []any{"P001"}
	want := []string{"virtualized “是否虚拟化” yes_no true false", "remarks “备注” long_text 升级期间由运维值守。 <nil>",
		"operators “操作人员” persons [P001 P002] [P001]", "rollback_steps[1].owner “回退步骤”第 2 行“责任人” person P002 P003",
		"rollback_steps[3].action “回退步骤”第 4 行“操作” text <nil> 通知"}
	got := changeLines(forms.Diff(d, old, changed))
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if back := forms.Diff(d, changed, old); len(back) != len(want) {
		t.Errorf("backwards %d changes", len(back))
	}
}

func changeLines(changes []forms.Change) (lines []string) {
	for _, c := range changes {
		lines = append(lines, fmt.Sprintf("%s %s %s %v %v", c.Field, c.Label, c.Kind, c.Old, c.New))
	}
	return lines
}
