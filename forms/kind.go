package forms

import "countersign/forms/ooxml"

// kind is everything the engine knows about one sort of field. Each kind stands
// in its own file; this list is the registry.
type kind interface {
	// name is the word used in definitions.
	name() string
	// options names the settings, beyond those of every field, that the kind understands.
	options() []string
	// column says whether the kind may stand in a rows field.
	column() bool
	// define completes a field with the defaults of the kind and reports faults of its definition.
	define(f *Field) []string
	// accept returns the normalised value of a non-empty input, or nil after reporting why not.
	accept(c *checker, f *Field, at spot, v any) any
	// absent is called at submit when the field has no value.
	absent(c *checker, f *Field, at spot, required bool)
	// schema is the JSON Schema of the value; nil when the value is no part of the JSON.
	schema(f *Field) map[string]any
	// slots are the content controls that can show the value; tag is the full tag of the field.
	slots(f *Field, tag, label string) []slot
	// print puts the value (nil: none) into the controls.
	print(p *printer, f *Field, tag string, v any)
	// read takes the value back from the controls; nil when there is none.
	read(r *reader, f *Field, tag string, at spot) any
}

var kinds = registry(
	textKind{}, longTextKind{}, numberKind{}, yesNoKind{}, dateKind{}, dateTimeKind{}, choiceKind{},
	rowsKind{}, personKind{}, personsKind{}, attachmentKind{}, ticketRefKind{},
)

func registry(list ...kind) map[string]kind {
	m := make(map[string]kind, len(list))
	for _, k := range list {
		m[k.name()] = k
	}
	return m
}

// KindNames returns the names of all field kinds, sorted.
func KindNames() []string { return sortedKeys(kinds) }

// slot is one content control that a definition knows.
type slot struct {
	tag string
	// alias is the title of the control, unique in its form; reading falls back on it.
	alias string
	// kinds are the sorts of control that can show the value.
	kinds []ooxml.Kind
	// needed slots must be in the template, unless all of instead are.
	needed  bool
	instead []string
	// rows is the tag of the rows field when the control stands in a repeated row.
	rows string
	// many slots may occur more than once.
	many bool
}

// textControls are the sorts of control that take any text.
var textControls = []ooxml.Kind{ooxml.PlainText, ooxml.RichText, ooxml.ComboBox, ooxml.DropDown}

// scalar holds what most kinds have in common: they may be columns, they miss
// their value only when required, and one text control shows them.
type scalarKind struct{}

func (scalarKind) options() []string      { return nil }
func (scalarKind) column() bool           { return true }
func (scalarKind) define(*Field) []string { return nil }

func (scalarKind) absent(c *checker, _ *Field, at spot, required bool) {
	if required {
		c.report(at.path, "required", "请填写"+at.label+"。")
	}
}

func (scalarKind) slots(f *Field, tag, label string) []slot {
	return []slot{{tag: tag, alias: label, kinds: textControls, needed: f.Printed}}
}
