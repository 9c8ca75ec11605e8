package forms

import (
	"fmt"
	"strings"

	"countersign/forms/ooxml"
)

// ReadBack takes the values out of a filled form that a clerk may have edited
// in Word. The file may be hostile: what is too large, broken or no .docx gives
// a *FileError. Contents that do not fit the definition are reported as
// problems; the values are not validated yet, call Validate next. Sections,
// header texts and sign-offs are not read: only the application is a draft.
func ReadBack(docx []byte, d *Definition) (Values, []FieldProblem, error) {
	file, err := ooxml.Open(docx, ooxml.DefaultLimits)
	if err != nil {
		return nil, nil, fileError(err)
	}
	contents := file.Read(d.RowTags(), d.aliases())
	r := &reader{contents: contents, controls: contents.Controls}
	values := Values{}
	for _, f := range d.Fields {
		if v := r.field(f, f.Key, spot{}.field(f)); v != nil {
			values[f.Key] = v
		}
	}
	r.reportForeign(d)
	d.sortProblems(r.problems)
	return values, r.problems, nil
}

// aliases gives the tag behind each control title that is used only once.
func (d *Definition) aliases() map[string]string {
	byAlias := map[string]string{}
	doubled := map[string]bool{}
	for _, s := range d.slots() {
		if _, twice := byAlias[s.alias]; twice {
			doubled[s.alias] = true
		}
		byAlias[s.alias] = s.tag
	}
	for alias := range doubled {
		delete(byAlias, alias)
	}
	return byAlias
}

// reader gives kinds access to the controls of one level.
type reader struct {
	contents *ooxml.Contents
	controls map[string]ooxml.Content
	problems []FieldProblem
}

func (r *reader) report(path, code, message string) {
	r.problems = append(r.problems, FieldProblem{Field: path, Code: code, Message: message})
}

// in returns a reader for one repeated row.
func (r *reader) in(row map[string]ooxml.Content) *reader {
	return &reader{contents: r.contents, controls: row}
}

func (r *reader) rows(tag string) []map[string]ooxml.Content { return r.contents.Rows[tag] }

func (r *reader) control(tag string) (ooxml.Content, bool) {
	c, ok := r.controls[tag]
	return c, ok
}

func (r *reader) text(tag string) string { return r.controls[tag].Text }

// boxes lists the ticked options, and says whether there are check boxes at all.
func (r *reader) boxes(tag string, options []string) (ticked []string, found bool) {
	for _, o := range options {
		c, ok := r.controls[tag+":"+o]
		if !ok || c.Kind != ooxml.CheckBox {
			continue
		}
		found = true
		if c.Checked {
			ticked = append(ticked, o)
		}
	}
	return ticked, found
}

// field reads one field or column. Where a control is gone nothing is read: an
// absent place is no empty value.
func (r *reader) field(f *Field, tag string, at spot) any {
	if f.Printed && !r.has(f, tag) {
		r.report(at.path, "missing_control", fmt.Sprintf("文档中找不到%s的填写位置，请使用系统提供的模板。", at.label))
		return nil
	}
	return f.kind.read(r, f, tag, at)
}

// has says whether the field has its control, all its check boxes or a row.
func (r *reader) has(f *Field, tag string) bool {
	switch f.Kind {
	case kindAttachment:
		return true
	case kindRows:
		return len(r.contents.Rows[tag]) > 0
	}
	slots := f.kind.slots(f, tag, f.Label)
	whole := slots[len(slots)-1]
	if _, ok := r.controls[tag]; ok {
		return true
	}
	for _, box := range whole.instead {
		if r.controls[box].Kind != ooxml.CheckBox {
			return false
		}
	}
	return len(whole.instead) > 0
}

// reportForeign names controls that belong to no field, and controls that
// stand twice with different contents.
func (r *reader) reportForeign(d *Definition) {
	known := map[string]bool{}
	for _, s := range d.slots() {
		known[s.tag] = true
	}
	levels := []map[string]ooxml.Content{r.contents.Controls}
	for _, tag := range sortedKeys(r.contents.Rows) {
		levels = append(levels, r.contents.Rows[tag]...)
	}
	for _, controls := range levels {
		for _, tag := range sortedKeys(controls) {
			field := strings.SplitN(tag, ":", 2)[0]
			switch {
			case !known[tag]:
				r.report(field, "unknown_field", fmt.Sprintf("文档中的控件“%s”不属于本表单。", shorten(tag)))
			case controls[tag].Conflict:
				r.report(field, "conflict", fmt.Sprintf("控件“%s”在文档中出现多次且内容不同，请只保留一处。", tag))
			}
		}
	}
}
