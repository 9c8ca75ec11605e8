package forms

import (
	"encoding/json"
	"fmt"
)

// RestoreDefinition reads a definition back from its canonical JSON, the bytes whose SHA-256 is its Version. A ticket's form
// is printed by the definition that it was filled in by, also after the program's own has changed.
func RestoreDefinition(canonical []byte) (*Definition, error) {
	var d Definition
	if err := json.Unmarshal(canonical, &d); err != nil {
		return nil, fmt.Errorf("form definition: %w", err)
	}
	return &d, d.link()
}

// link gives every field the behaviour of its kind.
func (d *Definition) link() error {
	if err := linkFields(d.Fields); err != nil {
		return fmt.Errorf("form definition %s: %w", d.Key, err)
	}
	for _, s := range d.Sections {
		if err := s.link(); err != nil {
			return err
		}
	}
	return nil
}

func linkFields(fields []*Field) error {
	for _, f := range fields {
		if f.kind = kinds[f.Kind]; f.kind == nil {
			return fmt.Errorf("field %s has no kind %q", f.Key, f.Kind)
		}
		if err := linkFields(f.Columns); err != nil {
			return err
		}
	}
	return nil
}
