package forms

import "reflect"

// Change is one field that differs between two revisions.
type Change struct {
	// Field is the place, as in FieldProblem.
	Field string `json:"field"`
	// Label is the printed name of the place.
	Label string `json:"label"`
	// Kind is the field kind, so that a screen can show ids as names and times as times.
	Kind string `json:"kind"`
	// Old and New are the stored values; nil when there was or is none.
	Old any `json:"old"`
	New any `json:"new"`
}

// Diff lists the fields that differ, in the order of the form. Rows are
// compared one by one by their position.
func Diff(d *Definition, old, new Values) []Change { return diffLevel(d.Fields, spot{}, old, new) }

func diffLevel(fields []*Field, at spot, old, new map[string]any) (changes []Change) {
	for _, f := range fields {
		here, before, after := at.field(f), old[f.Key], new[f.Key]
		if f.Kind == kindRows {
			changes = append(changes, diffRows(f, here, before, after)...)
			continue
		}
		if !reflect.DeepEqual(before, after) {
			changes = append(changes, Change{Field: here.path, Label: here.label, Kind: f.Kind, Old: before, New: after})
		}
	}
	return changes
}

func diffRows(f *Field, at spot, old, new any) (changes []Change) {
	before, _ := old.([]any)
	after, _ := new.([]any)
	for i := 0; i < len(before) || i < len(after); i++ {
		var a, b map[string]any
		if i < len(before) {
			a, _ = asObject(before[i])
		}
		if i < len(after) {
			b, _ = asObject(after[i])
		}
		changes = append(changes, diffLevel(f.Columns, at.row(i), a, b)...)
	}
	return changes
}
