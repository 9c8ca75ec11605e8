package forms

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/gowebpki/jcs"
)

// Definition describes one form, or one section of a form: its fields in
// printed order, the rules between them and what is printed around them.
// It is made by ParseDefinition and never changed afterwards.
type Definition struct {
	// Key names the form in code and in stored revisions, e.g. upgrade_application.
	Key string `json:"key"`
	// Title is the name of the form.
	Title string `json:"title"`
	// TitleAsPrinted is the title with the contract's own spacing; Title when the definition gives none.
	TitleAsPrinted string `json:"title_as_printed,omitempty"`
	// Clause cites the contract clause that asks for the form.
	Clause string `json:"clause,omitempty"`
	// Groups are the headings under which an input screen shows the fields.
	Groups []Group `json:"groups,omitempty"`
	// Fields stand in printed order.
	Fields []*Field `json:"fields"`
	// Rules hold between fields; they are checked at submit.
	Rules []Rule `json:"rules,omitempty"`
	// Header lists texts about the ticket (number, revision ...) that the template prints.
	Header []HeaderText `json:"header,omitempty"`
	// SignOffs are the printed sign-off parts; a section has none.
	SignOffs []SignOffPart `json:"signoffs,omitempty"`
	// Sections are filled in after the form was signed; they are no part of its canonical values.
	Sections []*Definition `json:"sections,omitempty"`

	versionOnce sync.Once
	version     string
}

// Group is a heading over several fields of an input screen.
type Group struct {
	Key   string `json:"key"`
	Title string `json:"title"`
}

// HeaderText is a text about the ticket itself, printed by the tag doc.<key>.
type HeaderText struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	// Optional texts may be absent from a template.
	Optional bool `json:"optional,omitempty"`
}

// SignOffPart is a group of sign-off places under one heading.
type SignOffPart struct {
	// Label is the printed heading, e.g. 审核意见 (加盖公章).
	Label string `json:"label"`
	// Blocks stand in printed order.
	Blocks []SignOffBlock `json:"blocks"`
}

// SignOffBlock is one party's place to sign. Its controls are tagged
// signoff.<step>.opinion, .signature, .note (for stand-ins) and .date.
type SignOffBlock struct {
	// Step matches SignOff.Step (or SignOff.Party when a sign-off names no step).
	Step string `json:"step"`
	// Party is implementer, supervisor or client.
	Party string `json:"party"`
	// Label is the printed name of the place.
	Label string `json:"label"`
	// Opinion says whether an opinion is printed.
	Opinion bool `json:"opinion,omitempty"`
	// Seal says whether the paper form asks for a seal.
	Seal bool `json:"seal,omitempty"`
}

// Field describes one field of a form or one column of a rows field.
type Field struct {
	// Key names the value in JSON and the control in the template.
	Key string `json:"key"`
	// Label is printed exactly.
	Label string `json:"label"`
	// Kind is the name of one of the field kinds (see kind.go).
	Kind string `json:"kind"`
	// Required fields must be filled in at submit.
	Required bool `json:"required,omitempty"`
	// RequiredWhen makes the field required when another field of the same level has a value.
	RequiredWhen *Condition `json:"required_when,omitempty"`
	// MaxLength limits texts, in characters.
	MaxLength int `json:"max_length,omitempty"`
	// Help explains the field to the person who fills it in (Chinese).
	Help string `json:"help,omitempty"`
	// Clause cites the contract clause behind the field.
	Clause string `json:"clause,omitempty"`
	// Hint is the remark that the paper form prints inside the value cell.
	Hint string `json:"hint,omitempty"`
	// Group is the key of the input-screen heading.
	Group string `json:"group,omitempty"`
	// Width is third, half or full: the share of a line of the input screen.
	Width string `json:"width,omitempty"`
	// Printed fields must have a control in the template. True unless the definition says otherwise.
	Printed bool `json:"printed"`

	// Unit is printed after a number, e.g. 分钟.
	Unit string `json:"unit,omitempty"`
	// Min and Max bound a number, both inclusive.
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
	// Integer numbers have no fraction.
	Integer bool `json:"integer,omitempty"`

	// Options of a choice, each both the stored value and the printed text.
	Options []string `json:"options,omitempty"`
	// Multi choices may tick several options.
	Multi bool `json:"multi,omitempty"`

	// Columns of a rows field.
	Columns []*Field `json:"columns,omitempty"`
	// MinRows and MaxRows bound the rows of a rows field at submit.
	MinRows int `json:"min_rows,omitempty"`
	MaxRows int `json:"max_rows,omitempty"`
	// Presets are printed texts of the first rows: column key to text, one map per row.
	Presets []map[string]string `json:"presets,omitempty"`

	// MinCount is the least number of persons or attached files at submit.
	MinCount int `json:"min_count,omitempty"`
	// Process is the kind of ticket that a ticket_ref may point to.
	Process string `json:"process,omitempty"`

	kind kind
}

// Condition holds when the field Field has the value Equals.
type Condition struct {
	Field  string `json:"field"`
	Equals any    `json:"equals"`
}

// Version returns the SHA-256 (hex) of the canonical form of the definition,
// sections included. Two definitions with the same version ask for the same
// things; a ticket freezes the version at submit.
func (d *Definition) Version() string {
	d.versionOnce.Do(func() {
		// A parsed definition holds only strings, numbers and booleans, so
		// neither call can fail; a failure would be a fault of this package.
		plain, err := json.Marshal(d)
		if err != nil {
			panic(fmt.Sprintf("forms: definition %s cannot be written as JSON: %v", d.Key, err))
		}
		canonical, err := jcs.Transform(plain)
		if err != nil {
			panic(fmt.Sprintf("forms: definition %s has no canonical form: %v", d.Key, err))
		}
		d.version = Digest(canonical)
	})
	return d.version
}

// Field returns the field with the key, or nil.
func (d *Definition) Field(key string) *Field { return findField(d.Fields, key) }

// Section returns the section with the key, or nil. A section is validated like
// a form: d.Section("results").Validate(...).
func (d *Definition) Section(key string) *Definition {
	for _, s := range d.Sections {
		if s.Key == key {
			return s
		}
	}
	return nil
}

// Column returns the column of a rows field with the key, or nil.
func (f *Field) Column(key string) *Field { return findField(f.Columns, key) }

func findField(fields []*Field, key string) *Field {
	for _, f := range fields {
		if f.Key == key {
			return f
		}
	}
	return nil
}
