package forms

import (
	"strings"

	"countersign/forms/ooxml"
)

// yesNoKind is a yes or no, stored as a JSON boolean and printed 是 or 否:
// as text, or as two check boxes tagged <key>:是 and <key>:否.
type yesNoKind struct{ scalarKind }

const (
	yes = "是"
	no  = "否"
)

func (yesNoKind) name() string { return "yes_no" }

func (yesNoKind) accept(c *checker, _ *Field, at spot, v any) any {
	b, ok := v.(bool)
	if !ok {
		c.report(at.path, "wrong_type", at.label+"应为“是”或“否”。")
		return nil
	}
	return b
}

func (yesNoKind) absent(c *checker, _ *Field, at spot, required bool) {
	if required {
		c.report(at.path, "required", "请选择"+at.label+"：是或否。")
	}
}

func (yesNoKind) schema(*Field) map[string]any { return map[string]any{"type": "boolean"} }

func (yesNoKind) slots(f *Field, tag, label string) []slot {
	return boxSlots(f, tag, label, []string{yes, no})
}

func (yesNoKind) print(p *printer, _ *Field, tag string, v any) {
	b, given := v.(bool)
	p.check(tag+":"+yes, given && b)
	p.check(tag+":"+no, given && !b)
	if given {
		p.text(tag, map[bool]string{true: yes, false: no}[b])
	}
}

func (yesNoKind) read(r *reader, _ *Field, tag string, at spot) any {
	ticked, boxes := r.boxes(tag, []string{yes, no})
	if !boxes {
		ticked = strings.Fields(r.text(tag))
	}
	switch {
	case len(ticked) == 0:
		return nil
	case len(ticked) == 1 && ticked[0] == yes:
		return true
	case len(ticked) == 1 && ticked[0] == no:
		return false
	}
	r.report(at.path, "wrong_type", at.label+"应为“是”或“否”。")
	return nil
}

// boxSlots offers one text control or a check box per option.
func boxSlots(f *Field, tag, label string, options []string) []slot {
	whole := slot{tag: tag, alias: label, kinds: textControls, needed: f.Printed}
	slots := make([]slot, 0, len(options)+1)
	for _, o := range options {
		box := tag + ":" + o
		whole.instead = append(whole.instead, box)
		slots = append(slots, slot{tag: box, alias: label + "：" + o, kinds: []ooxml.Kind{ooxml.CheckBox}})
	}
	return append(slots, whole)
}
