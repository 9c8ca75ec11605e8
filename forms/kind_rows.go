package forms

import (
	"fmt"

	"countersign/forms/ooxml"
)

const (
	kindRows       = "rows"
	defaultMaxRows = 200
)

// rowsKind is a table: a list of objects, one per row. In the template its
// columns are tagged <key>.<column> and stand in one table row (or in one item
// of a repeating section), which is repeated per row of the value.
type rowsKind struct{}

func (rowsKind) name() string { return kindRows }
func (rowsKind) column() bool { return false }
func (rowsKind) options() []string {
	return []string{"columns", "min_rows", "max_rows", "presets"}
}

func (rowsKind) define(f *Field) (problems []string) {
	if len(f.Columns) == 0 {
		problems = append(problems, "columns are missing")
	}
	for i, preset := range f.Presets {
		for _, column := range sortedKeys(preset) {
			if c := f.Column(column); c == nil || c.Kind != "text" {
				problems = append(problems, fmt.Sprintf("preset row %d names the column %q, which is no text column", i+1, column))
			}
		}
	}
	f.MinRows = max(f.MinRows, len(f.Presets))
	if f.MaxRows == 0 && len(f.Presets) > 0 {
		f.MaxRows = f.MinRows
	}
	if f.MaxRows == 0 {
		f.MaxRows = defaultMaxRows
	}
	if f.MinRows > f.MaxRows {
		problems = append(problems, "min_rows is larger than max_rows")
	}
	return problems
}

func (k rowsKind) accept(c *checker, f *Field, at spot, v any) any {
	list, ok := v.([]any)
	if !ok {
		c.report(at.path, "wrong_type", at.label+"应为若干行。")
		return nil
	}
	if len(list) > f.MaxRows {
		c.report(at.path, "too_many_rows", fmt.Sprintf("%s最多 %d 行，现有 %d 行。", at.label, f.MaxRows, len(list)))
		return nil
	}
	rows := make([]any, 0, max(len(list), len(f.Presets)))
	for i := 0; i < len(list) || i < len(f.Presets); i++ {
		row := map[string]any{}
		if i < len(list) {
			if row, ok = asObject(list[i]); !ok {
				c.report(at.row(i).path, "wrong_type", fmt.Sprintf("%s第 %d 行格式不对。", at.label, i+1))
				continue
			}
		}
		if row = k.preset(c, f, at, i, row); blank(row) {
			continue
		}
		if row = c.level(f.Columns, row, at.row(i)); len(row) > 0 {
			rows = append(rows, row)
		}
	}
	if c.mode == Submit && len(rows) < f.MinRows {
		k.absent(c, f, at, true)
	}
	return rows
}

// preset lays the printed texts of row i over the given row; they cannot be changed.
func (rowsKind) preset(c *checker, f *Field, at spot, i int, row map[string]any) map[string]any {
	if i >= len(f.Presets) {
		return row
	}
	merged := map[string]any{}
	for key, v := range row {
		merged[key] = v
	}
	for key, printed := range f.Presets[i] {
		if given := row[key]; !empty(given) && given != any(printed) {
			column := at.row(i).field(f.Column(key))
			c.report(column.path, "preset_changed", fmt.Sprintf("%s为固定内容“%s”，不能修改。", column.label, printed))
		}
		merged[key] = printed
	}
	return merged
}

func (rowsKind) absent(c *checker, f *Field, at spot, required bool) {
	least := f.MinRows
	if required {
		least = max(least, 1)
	}
	if least > 0 {
		c.report(at.path, "too_few_rows", fmt.Sprintf("%s至少填写 %d 行。", at.label, least))
	}
}

func (rowsKind) schema(f *Field) map[string]any {
	return map[string]any{"type": "array", "maxItems": f.MaxRows, "items": objectSchema(f.Columns)}
}

func (rowsKind) slots(f *Field, tag, label string) []slot {
	slots := []slot{{tag: tag, alias: label, kinds: []ooxml.Kind{ooxml.Repeat}}}
	for _, column := range f.Columns {
		for _, s := range column.kind.slots(column, tag+"."+column.Key, label+"："+column.Label) {
			s.rows = tag
			s.needed = s.needed && f.Printed
			slots = append(slots, s)
		}
	}
	return slots
}

func (rowsKind) print(p *printer, f *Field, tag string, v any) {
	list, ok := v.([]any)
	if !ok {
		list = []any{}
	}
	for i := 0; i < len(list) || i < len(f.Presets); i++ {
		row := map[string]any{}
		if i < len(list) {
			row, _ = asObject(list[i])
		} else {
			for key, printed := range f.Presets[i] {
				row[key] = printed
			}
		}
		into := p.row(tag)
		for _, column := range f.Columns {
			column.kind.print(into, column, tag+"."+column.Key, row[column.Key])
		}
	}
}

func (rowsKind) read(r *reader, f *Field, tag string, at spot) any {
	var rows []any
	for _, controls := range r.rows(tag) {
		rowReader, place := r.in(controls), at.row(len(rows))
		row := map[string]any{}
		for _, column := range f.Columns {
			if v := rowReader.field(column, tag+"."+column.Key, place.field(column)); v != nil {
				row[column.Key] = v
			}
		}
		r.problems = append(r.problems, rowReader.problems...)
		// A row that the clerk left blank is paper, not a value.
		if len(row) > 0 || len(rowReader.problems) > 0 {
			rows = append(rows, row)
		}
	}
	if rows == nil {
		return nil
	}
	return rows
}

// blank says whether nothing was entered in the row.
func blank(row map[string]any) bool {
	for _, v := range row {
		if !empty(v) {
			return false
		}
	}
	return true
}

// asObject takes a JSON object in either of its Go shapes.
func asObject(v any) (map[string]any, bool) {
	switch x := v.(type) {
	case map[string]any:
		return x, true
	case Values:
		return x, true
	}
	return nil, false
}
