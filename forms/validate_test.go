package forms_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/forms"
)

var submitEnv = forms.Env{Attachments: map[string]int{"test_report": 1}, Now: time.Date(2026, 11, 18, 9, 0, 0, 0, forms.China)}

// codes writes problems as "field code".
func codes(problems []forms.FieldProblem) []string {
	var list []string
	for _, p := range problems {
		list = append(list, p.Field+" "+p.Code)
	}
	return list
}

// submits are changes of the complete application and the problems they must give.
var submits = []struct {
	name   string
	change func(v forms.Values, env *forms.Env)
	want   []string
}{
	{"complete", func(forms.Values, *forms.Env) {}, nil},
	{"empty", func(v forms.Values, _ *forms.Env) { clear(v) }, []string{
		"system_name required", "deploy_location required", "virtualized required", "data_backup_state required",
		"release_level required", "release_version required", "system_ip required", "ports required",
		"applicant_unit required", "business_office required", "applicant required", "contact required",
		"upgrade_at required", "expected_done_at required", "release_details required", "rollback_plan required",
		"verification_result required", "business_affected required", "window_end required",
		"confirm_limit_minutes required", "operators required", "backup_statement required", "rollback_steps too_few_rows"}},
	{"no test report", func(_ forms.Values, e *forms.Env) { e.Attachments = nil }, []string{"test_report too_few_files"}},
	{"no optional fields", func(v forms.Values, _ *forms.Env) {
		for _, key := range []string{"requirement_name", "requirement_no", "remarks", "notice_waiver_requested"} {
			delete(v, key)
		}
	}, nil},
	{"blanks are not a value", func(v forms.Values, _ *forms.Env) { v["ports"] = " 　\n" }, []string{"ports required"}},
	{"false and zero are values", func(v forms.Values, _ *forms.Env) {
		v["virtualized"], v["confirm_limit_minutes"] = false, float64(0)
	}, nil},
	{"steps without parts", func(v forms.Values, _ *forms.Env) {
		v["rollback_steps"] = []any{map[string]any{"action": "停"}, map[string]any{"action": "恢复", "check": "看", "owner": "P001", "limit_minutes": float64(0)}}
	}, []string{"rollback_steps[0].check required", "rollback_steps[0].owner required", "rollback_steps[0].limit_minutes required", "rollback_steps[1].limit_minutes too_small"}},
	{"only blank steps", func(v forms.Values, _ *forms.Env) {
		v["rollback_steps"] = []any{map[string]any{}, map[string]any{"action": " "}}
	}, []string{"rollback_steps too_few_rows"}},
	{"unknown fields", func(v forms.Values, _ *forms.Env) {
		v["colour"] = "red"
		v["rollback_steps"].([]any)[0].(map[string]any)["extra"] = 1.0
	}, []string{"rollback_steps[0].extra unknown_field", "colour unknown_field"}},
	{"attachment as value", func(v forms.Values, _ *forms.Env) { v["test_report"] = "a.pdf" }, []string{"test_report not_a_value"}},
	{"window ends too early", func(v forms.Values, _ *forms.Env) { v["window_end"] = "2026-11-23T21:00:00+08:00" }, []string{"window_end too_early"}},
	{"done before it begins", func(v forms.Values, _ *forms.Env) { v["expected_done_at"] = "2026-11-23T19:00:00+08:00" }, []string{"expected_done_at too_early"}},
	{"all in one moment", func(v forms.Values, _ *forms.Env) {
		v["expected_done_at"], v["window_end"] = v["upgrade_at"], v["upgrade_at"]
	}, nil},
	{"window has passed", func(_ forms.Values, e *forms.Env) { e.Now = time.Date(2026, 11, 24, 0, 0, 0, 0, forms.China) }, []string{"window_end in_the_past"}},
	{"unknown persons and ticket", func(_ forms.Values, e *forms.Env) {
		e.PersonExists = func(id string) bool { return id == "P001" }
		e.TicketExists = func(process, number string) bool { return process != "requirement" || number != "REQ-2026-000012" }
	}, []string{"requirement_no unknown_ticket", "operators unknown_person", "rollback_steps[1].owner unknown_person", "rollback_steps[2].owner unknown_person"}},
}

func TestSubmitUpgrade(t *testing.T) {
	d, _ := upgrade(t)
	for _, tt := range submits {
		t.Run(tt.name, func(t *testing.T) {
			v, env := upgradeValues(), submitEnv
			tt.change(v, &env)
			_, problems := d.Validate(v, forms.Submit, env)
			if got := codes(problems); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			for _, p := range problems {
				if !strings.ContainsRune(p.Message, '。') {
					t.Errorf("%s has no sentence for people: %q", p.Field, p.Message)
				}
			}
		})
	}
}

func TestDraft(t *testing.T) {
	d, _ := upgrade(t)
	got, problems := d.Validate(forms.Values{}, forms.Draft, forms.Env{})
	if len(problems) > 0 || len(got) > 0 {
		t.Errorf("an empty draft has problems %v", problems)
	}
	got, problems = d.Validate(forms.Values{"ports": 443.0, "system_name": " 甲 ", "remarks": "a\r\nb\n\n", "rollback_steps": []any{map[string]any{"action": "停"}, "x"}}, forms.Draft, forms.Env{})
	if want := []string{"ports wrong_type", "rollback_steps[1] wrong_type"}; !slices.Equal(codes(problems), want) {
		t.Errorf("got %q, want %q", codes(problems), want)
	}
	want := forms.Values{"system_name": "甲", "remarks": "a\nb", "rollback_steps": []any{map[string]any{"action": "停"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("normalised %v, want %v", got, want)
	}
}

func TestRequiredWhen(t *testing.T) {
	d, problems := parseField(t, `  - {key: fixed, label: 是否整改, kind: yes_no}
  - {key: reason, label: 原因, kind: text, required_when: {field: fixed, equals: false}}
  - {key: parts, label: 部分, kind: choice, multi: true, options: [甲, 乙]}
  - {key: detail, label: 说明, kind: text, required_when: {field: parts, equals: 乙}}
  - {key: n, label: 数, kind: number}
  - {key: more, label: 更多, kind: text, required_when: {field: n, equals: 2}}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	tests := []struct {
		v    forms.Values
		want []string
	}{
		{forms.Values{}, nil},
		{forms.Values{"fixed": true, "parts": []any{"甲"}, "n": 3.0}, nil},
		{forms.Values{"fixed": false}, []string{"reason required"}},
		{forms.Values{"parts": []any{"乙", "甲"}, "n": 2.0}, []string{"detail required", "more required"}},
		{forms.Values{"fixed": false, "reason": "无补丁"}, nil},
	}
	for _, tt := range tests {
		_, got := d.Validate(tt.v, forms.Submit, forms.Env{})
		if !slices.Equal(codes(got), tt.want) {
			t.Errorf("%v: got %q, want %q", tt.v, codes(got), tt.want)
		}
	}
}

func TestSections(t *testing.T) {
	d, _ := upgrade(t)
	_, problems := d.Section("results").Validate(forms.Values{"functional": "通过", "security": "还行"}, forms.Submit, forms.Env{})
	if want := []string{"performance required", "security bad_option"}; !slices.Equal(codes(problems), want) {
		t.Errorf("got %q, want %q", codes(problems), want)
	}
	if d.Section("nothing") != nil {
		t.Error("an unknown section was found")
	}
}

func TestCanonical(t *testing.T) {
	v := forms.Values{"乙": "文字<&>\u2028", "a": []any{1.0, 2.50, true}, "b": map[string]any{"z": 1e21, "y": "\n"}}
	got, err := forms.Canonical(v)
	if err != nil {
		t.Fatal(err)
	}
	if want := "{\"a\":[1,2.5,true],\"b\":{\"y\":\"\\n\",\"z\":1e+21},\"乙\":\"文字<&>\u2028\"}"; string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if _, err := forms.Canonical(forms.Values{"f": func() {}}); err == nil {
		t.Error("a function became canonical")
	}
	if got := forms.Digest([]byte("abc")); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("digest %s", got)
	}
	d, _ := upgrade(t)
	normal, _ := d.Validate(upgradeValues(), forms.Submit, submitEnv)
	b, err := forms.Canonical(normal)
	if err != nil {
		t.Fatal(err)
	}
	back, err := forms.DecodeValues(b)
	if err != nil || !reflect.DeepEqual(back, normal) {
		t.Errorf("canonical bytes read back as %v, %v", back, err)
	}
	if _, err := forms.DecodeValues([]byte("[")); err == nil {
		t.Error("broken bytes were decoded")
	}
}

// TestNormalFormIsStable validates random input twice: what came out once must
// pass unchanged, and its canonical bytes must not depend on map order.
func TestNormalFormIsStable(t *testing.T) {
	d, _ := upgrade(t)
	scalar := rapid.OneOf(rapid.String().AsAny(), rapid.Float64().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
		rapid.SampledFrom([]string{"P001", "日常发布", "2026-11-23T14:30:59Z", "REQ-2026-000001", " a\r\nb "}).AsAny())
	rapid.Check(t, func(t *rapid.T) {
		v := forms.Values{}
		for _, f := range d.Fields {
			if !rapid.Bool().Draw(t, "fill") {
				continue
			}
			v[f.Key] = scalar.Draw(t, f.Key)
			if f.Kind == "rows" {
				row := map[string]any{}
				for _, c := range f.Columns {
					row[c.Key] = scalar.Draw(t, c.Key)
				}
				v[f.Key] = []any{row, map[string]any{}}
			}
			if f.Kind == "persons" {
				v[f.Key] = []any{scalar.Draw(t, f.Key)}
			}
		}
		normal, _ := d.Validate(v, forms.Draft, forms.Env{})
		again, problems := d.Validate(normal, forms.Draft, forms.Env{})
		if len(problems) > 0 || !reflect.DeepEqual(normal, again) {
			t.Fatalf("not stable: %v\n%v\n%v", problems, normal, again)
		}
		first, err := forms.Canonical(normal)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(first) {
			t.Fatalf("not JSON: %s", first)
		}
	})
}
