package forms

import (
	"fmt"
	"slices"
	"strings"
)

// choiceKind is a choice among printed options: one (a string) or, with multi,
// several (a list in printed order). The template shows a check box per option,
// tagged <key>:<option>, or one text control.
type choiceKind struct{ scalarKind }

func (choiceKind) name() string      { return "choice" }
func (choiceKind) options() []string { return []string{"options", "multi"} }

func (choiceKind) define(f *Field) (problems []string) {
	if len(f.Options) == 0 {
		problems = append(problems, "options are missing")
	}
	seen := map[string]bool{}
	for _, o := range f.Options {
		if strings.TrimSpace(o) == "" || strings.ContainsAny(o, "、,，;；:\n\t") || o != strings.TrimSpace(o) {
			problems = append(problems, fmt.Sprintf("the option %q is empty, has blanks around it or holds a separator (、 , ; : tab, line break)", o))
		}
		if seen[o] {
			problems = append(problems, fmt.Sprintf("the option %q stands twice", o))
		}
		seen[o] = true
	}
	return problems
}

func (choiceKind) accept(c *checker, f *Field, at spot, v any) any {
	if !f.Multi {
		s, ok := v.(string)
		if !ok {
			c.report(at.path, "wrong_type", at.label+"只能选择一项。")
			return nil
		}
		if !slices.Contains(f.Options, s) {
			c.badOption(f, at)
			return nil
		}
		return s
	}
	list, ok := v.([]any)
	if !ok {
		c.report(at.path, "wrong_type", at.label+"应为选项列表。")
		return nil
	}
	for _, item := range list {
		if s, ok := item.(string); !ok || !slices.Contains(f.Options, s) {
			c.badOption(f, at)
			return nil
		}
	}
	return inOrder(f.Options, func(o string) bool { return slices.Contains(list, any(o)) })
}

func (c *checker) badOption(f *Field, at spot) {
	c.report(at.path, "bad_option", fmt.Sprintf("%s请从以下选项中选择：%s。", at.label, strings.Join(f.Options, "、")))
}

func (choiceKind) absent(c *checker, f *Field, at spot, required bool) {
	if required {
		c.report(at.path, "required", fmt.Sprintf("请选择%s：%s。", at.label, strings.Join(f.Options, "、")))
	}
}

func (choiceKind) schema(f *Field) map[string]any {
	one := map[string]any{"type": "string", "enum": f.Options}
	if f.Multi {
		return map[string]any{"type": "array", "items": one, "uniqueItems": true}
	}
	return one
}

func (choiceKind) slots(f *Field, tag, label string) []slot {
	return boxSlots(f, tag, label, f.Options)
}

func (choiceKind) print(p *printer, f *Field, tag string, v any) {
	chosen := chosenOptions(v)
	for _, o := range f.Options {
		p.check(tag+":"+o, slices.Contains(chosen, o))
	}
	if len(chosen) > 0 {
		p.text(tag, strings.Join(chosen, "、"))
	}
}

func (choiceKind) read(r *reader, f *Field, tag string, at spot) any {
	ticked, boxes := r.boxes(tag, f.Options)
	if !boxes {
		ticked = splitList(r.text(tag))
	}
	for _, t := range ticked {
		if !slices.Contains(f.Options, t) {
			r.report(at.path, "bad_option", fmt.Sprintf("%s没有选项“%s”。", at.label, t))
			return nil
		}
	}
	switch {
	case len(ticked) == 0:
		return nil
	case f.Multi:
		return inOrder(f.Options, func(o string) bool { return slices.Contains(ticked, o) })
	case len(ticked) > 1:
		r.report(at.path, "too_many", at.label+"只能勾选一项。")
		return nil
	}
	return ticked[0]
}

// inOrder lists the options that are chosen, in printed order and each once.
func inOrder(options []string, chosen func(string) bool) []any {
	var list []any
	for _, o := range options {
		if chosen(o) {
			list = append(list, o)
		}
	}
	return list
}

// chosenOptions reads a stored value of a single or a multi choice.
func chosenOptions(v any) []string {
	switch x := v.(type) {
	case string:
		return []string{x}
	case []any:
		var list []string
		for _, item := range x {
			if s, ok := item.(string); ok {
				list = append(list, s)
			}
		}
		return list
	}
	return nil
}

// splitList reads a printed list: 甲、乙.
func splitList(s string) (list []string) {
	for _, item := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、,，;；\n\t", r) }) {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}
