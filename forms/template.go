package forms

import (
	"fmt"
	"strings"
	"sync"

	"countersign/forms/ooxml"
)

// Template is a Word template whose content controls carry the tags of a
// definition. It is read-only and safe for concurrent use; it remembers what
// it compiled, so keep it rather than open it again.
type Template struct {
	file   *ooxml.File
	bytes  []byte
	digest string

	mu       sync.Mutex
	programs map[string]*ooxml.Program // by definition version
}

// OpenTemplate opens a template that may come from anywhere. It fails with a
// *FileError on files that are no .docx, too large, or that do something when
// opened (macros, outside content).
func OpenTemplate(docx []byte) (*Template, error) {
	file, err := ooxml.Open(docx, ooxml.DefaultLimits)
	if err == nil {
		err = file.CheckTemplate()
	}
	if err != nil {
		return nil, fileError(err)
	}
	return &Template{file: file, bytes: docx, digest: Digest(docx), programs: map[string]*ooxml.Program{}}, nil
}

// Digest returns the SHA-256 (hex) of the template file; a ticket freezes it at submit.
func (t *Template) Digest() string { return t.digest }

// Bytes returns the template file itself. The caller must not change it.
func (t *Template) Bytes() []byte { return t.bytes }

// program returns the compiled template for a definition, after checking once
// that they fit together.
func (t *Template) program(d *Definition) (*ooxml.Program, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.programs[d.Version()]; p != nil {
		return p, nil
	}
	if problems := t.Check(d); len(problems) > 0 {
		return nil, &TemplateError{Problems: problems}
	}
	p, err := ooxml.Compile(t.file, d.RowTags())
	if err != nil {
		return nil, fileError(err)
	}
	t.programs[d.Version()] = p
	return p, nil
}

// TemplateProblem is one reason why a template does not fit a definition.
type TemplateProblem struct {
	// Tag is the tag of the control concerned.
	Tag string `json:"tag"`
	// Code is missing, unknown, doubled, wrong_kind, nested, split_row or not_fillable.
	Code string `json:"code"`
	// Message says in Chinese what to change in Word.
	Message string `json:"message"`
}

// TemplateError lists all problems of a template.
type TemplateError struct{ Problems []TemplateProblem }

// Error lists every problem.
func (e *TemplateError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Code + " " + p.Tag
	}
	return "template does not fit its form: " + strings.Join(lines, "; ")
}

// Check holds the template against a definition and names every control that
// is missing, unknown, doubled or of the wrong kind. No problems means that
// Fill prints every value in its place.
func (t *Template) Check(d *Definition) []TemplateProblem {
	controls := t.file.Controls(d.RowTags())
	c := &templateCheck{slots: d.slots(), byTag: map[string][]ooxml.Control{}}
	for _, control := range controls {
		c.byTag[control.Tag] = append(c.byTag[control.Tag], control)
	}
	known := map[string]bool{}
	for _, s := range c.slots {
		known[s.tag] = true
		c.slot(s)
	}
	c.rows()
	reported := map[string]bool{}
	for _, control := range controls {
		if !known[control.Tag] && !reported[control.Tag] {
			reported[control.Tag] = true
			c.problem(control.Tag, "unknown", "模板中的控件“%s”不属于本表单，请改正标记或删除该控件。", shorten(control.Tag))
		}
	}
	return c.problems
}

type templateCheck struct {
	slots    []slot
	byTag    map[string][]ooxml.Control
	problems []TemplateProblem
}

func (c *templateCheck) problem(tag, code, format string, args ...any) {
	c.problems = append(c.problems, TemplateProblem{Tag: tag, Code: code, Message: fmt.Sprintf(format, args...)})
}

// slot checks the controls that stand for one slot.
func (c *templateCheck) slot(s slot) {
	controls := c.byTag[s.tag]
	if len(controls) == 0 {
		if s.needed && !c.replaced(s) {
			c.problem(s.tag, "missing", "模板缺少控件“%s”（%s），请插入内容控件并将标记设为 %s。", s.tag, s.alias, s.tag)
		}
		return
	}
	if len(controls) > 1 && !s.many {
		c.problem(s.tag, "doubled", "控件“%s”（%s）出现了 %d 次，请只保留一个。", s.tag, s.alias, len(controls))
	}
	for _, control := range controls {
		c.control(s, control)
	}
}

func (c *templateCheck) control(s slot, control ooxml.Control) {
	switch fits := containsKind(s.kinds, control.Kind); {
	case !fits:
		c.problem(s.tag, "wrong_kind", "控件“%s”（%s）的类型不对，应为%s。", s.tag, s.alias, kindTitles(s.kinds))
	case control.Inside != "":
		c.problem(s.tag, "nested", "控件“%s”在控件“%s”的里面，填写时会被覆盖，请移到外面。", s.tag, control.Inside)
	case !control.Fillable:
		c.problem(s.tag, "not_fillable", "控件“%s”（%s）的位置不对，无法填写，请重新插入。", s.tag, s.alias)
	}
}

// replaced says whether all controls that may stand instead of the slot are
// there; when only some are, the others are named.
func (c *templateCheck) replaced(s slot) bool {
	var absent []string
	for _, tag := range s.instead {
		if len(c.byTag[tag]) == 0 {
			absent = append(absent, tag)
		}
	}
	if len(s.instead) == 0 || len(absent) == len(s.instead) {
		return false
	}
	for _, tag := range absent {
		c.problem(tag, "missing", "模板缺少复选框“%s”，请插入复选框内容控件并将标记设为 %s。", tag, tag)
	}
	return true
}

// rows checks that the controls of a table stand in one row, which no other table shares.
func (c *templateCheck) rows() {
	owner := map[int]string{}
	units := map[string]map[int]bool{}
	for _, s := range c.slots {
		for _, control := range c.byTag[s.tag] {
			if control.Unit == 0 {
				continue
			}
			if units[s.rows] == nil {
				units[s.rows] = map[int]bool{}
			}
			units[s.rows][control.Unit] = true
			if o := owner[control.Unit]; o != "" && o != s.rows {
				c.problem(s.tag, "split_row", "控件“%s”与表格“%s”在同一行，请分开。", s.tag, o)
			}
			owner[control.Unit] = s.rows
		}
	}
	for _, s := range c.slots {
		if len(units[s.tag]) > 1 {
			c.problem(s.tag, "split_row", "表格“%s”（%s）的控件分布在 %d 行，请放在同一行。", s.tag, s.alias, len(units[s.tag]))
		}
	}
}

func containsKind(kinds []ooxml.Kind, k ooxml.Kind) bool {
	for _, known := range kinds {
		if known == k {
			return true
		}
	}
	return false
}

var wordTitles = map[ooxml.Kind]string{
	ooxml.PlainText: "纯文本", ooxml.RichText: "格式文本", ooxml.ComboBox: "组合框", ooxml.DropDown: "下拉列表",
	ooxml.Date: "日期选取器", ooxml.CheckBox: "复选框", ooxml.Picture: "图片", ooxml.Repeat: "重复分区",
}

func kindTitles(kinds []ooxml.Kind) string {
	titles := make([]string, len(kinds))
	for i, k := range kinds {
		titles[i] = wordTitles[k]
	}
	return strings.Join(titles, "或") + "内容控件"
}
