package forms

import (
	"fmt"
	"regexp"
	"strings"

	"countersign/forms/ooxml"
)

// personPattern is what an opaque person id may look like.
var personPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)

// personKind is one person, stored as an opaque id. The document shows the
// name; the id travels in the control's list of choices (display name and
// value), which is how the form can be read back.
type personKind struct{ scalarKind }

func (personKind) name() string { return "person" }

func (personKind) accept(c *checker, _ *Field, at spot, v any) any {
	id, ok := c.person(at, v)
	if !ok {
		return nil
	}
	return id
}

func (personKind) absent(c *checker, _ *Field, at spot, required bool) {
	if required {
		c.report(at.path, "required", "请选择"+at.label+"。")
	}
}

func (personKind) schema(*Field) map[string]any {
	return map[string]any{"type": "string", "pattern": personPattern.String()}
}

func (personKind) print(p *printer, _ *Field, tag string, v any) {
	if id, ok := v.(string); ok {
		p.persons(tag, []string{id})
	}
}

func (personKind) read(r *reader, _ *Field, tag string, at spot) any {
	ids := r.persons(tag, at)
	if len(ids) > 1 {
		r.report(at.path, "too_many", at.label+"只能填写一人。")
		return nil
	}
	if len(ids) == 0 {
		return nil
	}
	return ids[0]
}

// person checks one id: its shape always, its existence at submit.
func (c *checker) person(at spot, v any) (string, bool) {
	id, ok := v.(string)
	if !ok || !personPattern.MatchString(id) {
		c.report(at.path, "wrong_type", at.label+"请从人员列表中选择。")
		return "", false
	}
	if c.mode == Submit && c.env.PersonExists != nil && !c.env.PersonExists(id) {
		c.report(at.path, "unknown_person", fmt.Sprintf("%s中的人员“%s”不存在或已停用，请重新选择。", at.label, id))
		return "", false
	}
	return id, true
}

// persons prints names joined by 、 and keeps name and id together as choices.
func (p *printer) persons(tag string, ids []string) {
	choices := make([]ooxml.Choice, len(ids))
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = p.name(id)
		choices[i] = ooxml.Choice{Display: names[i], Value: id}
	}
	p.set(tag, ooxml.Value{Text: strings.Join(names, "、"), Choices: choices})
}

// persons finds the ids behind the printed names. Two persons of one name are
// told apart by their order.
func (r *reader) persons(tag string, at spot) (ids []any) {
	control, ok := r.control(tag)
	if !ok {
		return nil
	}
	left := append([]ooxml.Choice(nil), control.Choices...)
	for _, name := range splitList(control.Text) {
		found := false
		for i, c := range left {
			if c.Display == name {
				ids = append(ids, c.Value)
				left = append(left[:i], left[i+1:]...)
				found = true
				break
			}
		}
		if !found {
			r.report(at.path, "unknown_person", fmt.Sprintf("%s中的“%s”无法对应到系统中的人员，请在系统中选择。", at.label, name))
		}
	}
	return ids
}
