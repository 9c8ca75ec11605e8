package forms_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/forms"
)

const head = "form: f\ntitle: 表\nfields:\n"

// parseField reads a definition with the given lines below fields (line 4 on).
func parseField(t *testing.T, fields string) (*forms.Definition, []string) {
	t.Helper()
	return parse(t, head+fields)
}

func parse(t *testing.T, yaml string) (*forms.Definition, []string) {
	t.Helper()
	d, err := forms.ParseDefinition([]byte(yaml))
	var listed *forms.DefinitionError
	if err != nil && !errors.As(err, &listed) {
		t.Fatalf("error %T: %v", err, err)
	}
	var problems []string
	if listed != nil {
		for _, p := range listed.Problems {
			problems = append(problems, fmt.Sprintf("%d %s", p.Line, p.Message))
		}
	}
	return d, problems
}

// one parses a definition of a single field x.
func one(t *testing.T, options string) *forms.Definition {
	t.Helper()
	d, problems := parseField(t, "  - {key: x, label: 项目, "+options+"}\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return d
}

func TestParseProblems(t *testing.T) {
	tests := []struct {
		name, yaml string
		want       []string
	}{
		{"not YAML", "a: [", []string{"1 not YAML"}},
		{"a list", "- a", []string{"1 the file must hold one mapping"}},
		{"nothing", "", []string{"1 the file must hold one mapping"}},
		{"too large", strings.Repeat("#", 1<<20+1), []string{"0 the file is larger"}},
		{"no fields", "form: f\ntitle: 表\n", []string{"1 the form has no fields"}},
		{"no name", "title: 表\nfields: [{key: a, label: 甲, kind: text}]\n", []string{"1 form must be lower-case"}},
		{"all at once", head + "  - {key: A, label: 甲, kind: text}\n  - {key: b, kind: text}\n  - {key: c, label: 丙, kind: picture}\n",
			[]string{"4 the key of a field must be", "5 the label of field b is missing", `6 field c has no kind "picture"`}},
		{"unknown key", head + "  - {key: a, label: 甲, kind: text, colour: red}\n", []string{`4 a field has no key "colour"`}},
		{"key twice", head + "  - {key: a, label: 甲, kind: text, kind: text}\n", []string{`4 a field has the key "kind" twice`}},
		{"option of another kind", head + "  - {key: a, label: 甲, kind: text, options: [x]}\n", []string{`4 field a: a text field has no option "options"`}},
		{"field twice", head + "  - {key: a, label: 甲, kind: text}\n  - {key: a, label: 乙, kind: text}\n", []string{"5 form has the field a twice"}},
		{"wrong types", head + "  - {key: a, label: 7, kind: text, required: maybe, max_length: many}\n",
			[]string{"4 a text is expected here", "4 true or false is expected", "4 a whole number is expected", "4 the label"}},
		{"negative", head + "  - {key: a, label: 甲, kind: text, max_length: -1}\n", []string{"4 the number must not be negative"}},
		{"width", head + "  - {key: a, label: 甲, kind: text, width: huge}\n", []string{"4 the width of field a"}},
		{"group", head + "  - {key: a, label: 甲, kind: text, group: g}\n", []string{`4 field a names the group "g"`}},
		{"condition on nothing", head + "  - {key: a, label: 甲, kind: text, required_when: {field: z, equals: 1}}\n", []string{`4 field a is required when "z"`}},
		{"condition without value", head + "  - {key: a, label: 甲, kind: text, required_when: {field: a}}\n", []string{"4 required_when needs equals"}},
		{"alias", "form: f\ntitle: &t 表\ntitle_as_printed: *t\nfields: [{key: a, label: 甲, kind: text}]\n", []string{"3 aliases are not used"}},
		{"rows without columns", head + "  - {key: a, label: 甲, kind: rows}\n", []string{"4 field a: columns are missing"}},
		{"rows in rows", head + "  - {key: a, label: 甲, kind: rows, columns: [{key: b, label: 乙, kind: rows, columns: []}]}\n",
			[]string{"4 field b: a rows field cannot be a column", "4 field b: columns are missing"}},
		{"presets of no column", head + "  - {key: a, label: 甲, kind: rows, columns: [{key: b, label: 乙, kind: text}], presets: [{c: x}]}\n",
			[]string{`4 field a: preset row 1 names the column "c"`}},
		{"rule of no kind", head + "  - {key: a, label: 甲, kind: date}\nrules:\n  - {kind: sum, field: a}\n", []string{"6 rule sum: known kinds"}},
		{"rule on no field", head + "  - {key: a, label: 甲, kind: date}\nrules:\n  - {kind: not_before, field: a, other: b}\n", []string{`6 rule not_before: there is no field "b"`}},
		{"rule on a text", head + "  - {key: a, label: 甲, kind: text}\nrules:\n  - {kind: not_past, field: a, other: a}\n",
			[]string{"6 rule not_past: field a is no date", "6 rule not_past: other is not used"}},
		{"section named like a field", head + "  - {key: a, label: 甲, kind: text}\nsections:\n  - {key: a, title: 乙, fields: [{key: b, label: 丙, kind: text}]}\n",
			[]string{"1 section a has the key of a field"}},
		{"section without key", head + "  - {key: a, label: 甲, kind: text}\nsections:\n  - {title: 乙}\n", []string{"6 the key of a section"}},
		{"sign-off of no party", head + "  - {key: a, label: 甲, kind: text}\nsignoffs:\n  - label: 意见\n    blocks: [{step: s, party: boss, label: 老板}]\n",
			[]string{"7 the party of a sign-off block"}},
		{"one step twice", head + "  - {key: a, label: 甲, kind: text}\nsignoffs:\n  - label: 意见\n    blocks: [{step: s, party: client, label: 甲}, {step: s, party: client, label: 乙}]\n",
			[]string{"1 the tag signoff.s.opinion is used twice", "1 the tag signoff.s.signature", "1 the tag signoff.s.note", "1 the tag signoff.s.date", "1 the tag signoff.s.name", "1 the tag signoff.s.organisation"}},
		{"tag too long for Word", head + "  - {key: a, label: 甲, kind: choice, options: [" + strings.Repeat("长", 70) + "]}\n", []string{"1 the tag a:"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, got := parse(t, tt.yaml)
			if d != nil {
				t.Fatal("a faulty definition was accepted")
			}
			matches := len(got) == len(tt.want) && !slices.ContainsFunc(tt.want, func(want string) bool {
				return !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, want) })
			})
			if !matches {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestKindOptions(t *testing.T) {
	tests := map[string]string{
		"kind: number, min: 5, max: 1":   "min is larger than max",
		"kind: choice":                   "options are missing",
		"kind: choice, options: [a, a]":  "stands twice",
		"kind: choice, options: ['a、b']": "holds a separator",
		"kind: choice, options: [' a']":  "has blanks around it",
		"kind: ticket_ref":               "process is missing",
		"kind: rows, min_rows: 3, max_rows: 2, columns: [{key: a, label: 甲, kind: text}]": "min_rows is larger",
	}
	for options, want := range tests {
		_, problems := parseField(t, "  - {key: x, label: 项目, "+options+"}\n")
		if len(problems) != 1 || !strings.Contains(problems[0], want) {
			t.Errorf("%s: got %q, want %q", options, problems, want)
		}
	}
}

func TestVersion(t *testing.T) {
	a, b := one(t, "kind: text"), one(t, "kind: text, required: false, max_length: 500")
	if a.Version() != b.Version() || len(a.Version()) != 64 {
		t.Error("two spellings of one definition differ in version")
	}
	for _, other := range []string{"kind: long_text", "kind: text, required: true", "kind: text, help: 说明", "kind: text, printed: false"} {
		if one(t, other).Version() == a.Version() {
			t.Errorf("%s does not change the version", other)
		}
	}
	d, _ := upgrade(t)
	if again, _ := upgrade(t); d.Version() != again.Version() {
		t.Error("the version depends on the run")
	}
}

// printed is the contract's form (附6-二-16.1.1.1), field by field in its order.
var printed = []struct{ key, label, kind string }{
	{"system_name", "系统名称", "text"}, {"deploy_location", "部署位置", "text"}, {"virtualized", "是否虚拟化", "yes_no"},
	{"data_backup_state", "数据备份情况", "text"}, {"release_level", "发布级别", "choice"}, {"release_version", "发布版本", "text"},
	{"system_ip", "系统 IP", "text"}, {"ports", "端口说明", "text"}, {"applicant_unit", "申请单位", "text"},
	{"business_office", "业务处室", "text"}, {"applicant", "申请人", "text"}, {"contact", "联系方式", "text"},
	{"requirement_name", "关联需求名称", "text"}, {"requirement_no", "关联需求编号", "ticket_ref"},
	{"upgrade_at", "升级时间", "datetime"}, {"expected_done_at", "预计完成时间", "datetime"},
	{"release_details", "发布内容详情", "long_text"}, {"rollback_plan", "回退方案", "long_text"},
	{"verification_result", "验证结果", "long_text"}, {"remarks", "备注", "long_text"},
}

func TestUpgradeIsTheContractsForm(t *testing.T) {
	d, _ := upgrade(t)
	if d.TitleAsPrinted != "信息系统升级申请单 (功能调整)" {
		t.Errorf("title %q", d.TitleAsPrinted)
	}
	optional := []string{"requirement_name", "requirement_no", "remarks"}
	for i, want := range printed {
		f := d.Fields[i]
		if f.Key != want.key || f.Label != want.label || f.Kind != want.kind {
			t.Errorf("field %d is %s %s %s, want %v", i, f.Key, f.Label, f.Kind, want)
		}
		if f.Required == slices.Contains(optional, f.Key) {
			t.Errorf("field %s: required is %v", f.Key, f.Required)
		}
	}
	if got := d.Field("release_level").Options; !slices.Equal(got, []string{"新系统上线发布", "日常发布", "紧急发布"}) {
		t.Errorf("发布级别 %v", got)
	}
	var labels []string
	for _, b := range d.SignOffs[0].Blocks {
		labels = append(labels, b.Label)
	}
	if !slices.Equal(labels, []string{"实施单位签字/盖章", "监理单位意见", "综合事务中心意见"}) || d.SignOffs[0].Label != "审核意见 (加盖公章)" {
		t.Errorf("sign-off %s %v", d.SignOffs[0].Label, labels)
	}
	for key, want := range map[string][]string{
		"record": {"升级时间", "内容", "操作步骤", "遇到的问题", "解决方案"}, "report": {"升级内容", "测试结果", "遇到的问题", "改进措施"},
		"results": {"功能测试", "性能测试", "安全测试", "测试说明"},
	} {
		var got []string
		for _, f := range d.Section(key).Fields {
			got = append(got, f.Label)
		}
		if !slices.Equal(got, want) {
			t.Errorf("section %s %v", key, got)
		}
	}
}
