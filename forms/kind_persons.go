package forms

import (
	"fmt"
	"slices"
)

// personsKind is a list of persons without repetition, in the order given.
type personsKind struct{ scalarKind }

func (personsKind) name() string      { return "persons" }
func (personsKind) options() []string { return []string{"min_count"} }

func (personsKind) accept(c *checker, f *Field, at spot, v any) any {
	list, ok := v.([]any)
	if !ok {
		c.report(at.path, "wrong_type", at.label+"应为人员列表。")
		return nil
	}
	ids := make([]any, 0, len(list))
	for _, item := range list {
		id, ok := c.person(at, item)
		if !ok {
			return nil
		}
		if slices.Contains(ids, any(id)) {
			c.report(at.path, "duplicate", at.label+"中有人员重复，请删除多余的一项。")
			return nil
		}
		ids = append(ids, id)
	}
	if c.mode == Submit && len(ids) < f.MinCount {
		c.report(at.path, "too_few", fmt.Sprintf("%s至少 %d 人。", at.label, f.MinCount))
		return nil
	}
	return ids
}

func (personsKind) absent(c *checker, f *Field, at spot, required bool) {
	if required || f.MinCount > 0 {
		c.report(at.path, "required", fmt.Sprintf("请选择%s，至少 %d 人。", at.label, max(f.MinCount, 1)))
	}
}

func (personsKind) schema(*Field) map[string]any {
	return map[string]any{
		"type": "array", "uniqueItems": true,
		"items": map[string]any{"type": "string", "pattern": personPattern.String()},
	}
}

func (personsKind) print(p *printer, _ *Field, tag string, v any) {
	if ids := chosenOptions(v); len(ids) > 0 {
		p.persons(tag, ids)
	}
}

func (personsKind) read(r *reader, _ *Field, tag string, at spot) any {
	if ids := r.persons(tag, at); len(ids) > 0 {
		return ids
	}
	return nil
}
