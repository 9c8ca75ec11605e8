package forms

import (
	"fmt"

	"countersign/forms/ooxml"
)

// Document is everything that one filled form shows.
type Document struct {
	// Values are the normalised values of the form.
	Values Values
	// Text holds the header texts by key: number, revision, short_code, state ...
	Text map[string]string
	// Names gives the printed name of a person id; nil prints the ids.
	Names func(personID string) string
	// Attachments lists the file names per attachment field.
	Attachments map[string][]string
	// SignOffs are the signatures so far; places without one stay as printed.
	SignOffs []SignOff
	// Sections holds the values (a Values or map[string]any) of each section filled so far.
	Sections map[string]any
}

// SignOff is one signature as it is printed.
type SignOff struct {
	// Party is implementer, supervisor or client.
	Party string
	// Step names the place in the definition; empty means the party's name is the step.
	Step string
	// Opinion is printed where the form has room for one.
	Opinion string
	// Name and Organisation of the person who signed.
	Name, Organisation string
	// Date is printed as it is; make it with PrintDate.
	Date string
	// Picture is the handwritten signature as PNG; without one the name is printed.
	Picture []byte
	// OnBehalfOf is the name of the person whom a substitute signs for, else empty.
	OnBehalfOf string
}

// Fill prints the document into the template and returns the .docx. Equal input
// gives equal bytes. It fails with a *TemplateError when the template does not
// fit the definition, and on anything that has no place in the form: a value
// must never get lost silently.
func (t *Template) Fill(d *Definition, doc Document) ([]byte, error) {
	program, err := t.program(d)
	if err != nil {
		return nil, err
	}
	data, err := d.print(doc)
	if err != nil {
		return nil, err
	}
	docx, err := program.Render(data)
	if err != nil {
		return nil, fmt.Errorf("fill form %s: %w", d.Key, fileError(err))
	}
	return docx, nil
}

// print turns a document into the contents of the controls.
func (d *Definition) print(doc Document) (*ooxml.Data, error) {
	p := newPrinter(doc.Names, doc.Attachments)
	if err := d.printFields(p, "", doc.Values); err != nil {
		return nil, err
	}
	for _, key := range sortedKeys(doc.Attachments) {
		if f := d.Field(key); f == nil || f.Kind != kindAttachment {
			return nil, fmt.Errorf("form %s has no attachment field %q", d.Key, key)
		}
	}
	for _, key := range sortedKeys(doc.Sections) {
		section := d.Section(key)
		values, ok := asObject(doc.Sections[key])
		if section == nil || !ok {
			return nil, fmt.Errorf("form %s: section %q is unknown or holds no values", d.Key, key)
		}
		if err := section.printFields(p, key+".", values); err != nil {
			return nil, err
		}
	}
	for _, key := range sortedKeys(doc.Text) {
		if !d.hasHeader(key) {
			return nil, fmt.Errorf("form %s has no header text %q", d.Key, key)
		}
		p.text(tagDoc+"."+key, doc.Text[key])
	}
	signed := map[string]bool{}
	for _, s := range doc.SignOffs {
		step := s.step()
		if !d.hasStep(step) || signed[step] {
			return nil, fmt.Errorf("form %s has no place, or no second place, for the sign-off %q", d.Key, step)
		}
		signed[step] = true
		s.print(p)
	}
	return p.data, nil
}

func (d *Definition) printFields(p *printer, prefix string, v map[string]any) error {
	for _, key := range sortedKeys(v) {
		if d.Field(key) == nil {
			return fmt.Errorf("form %s has no field %q", d.Key, key)
		}
	}
	p.fields(d.Fields, prefix, v)
	return nil
}

func (d *Definition) hasHeader(key string) bool {
	for _, h := range d.Header {
		if h.Key == key {
			return true
		}
	}
	return false
}

func (d *Definition) hasStep(step string) bool {
	for _, part := range d.SignOffs {
		for _, b := range part.Blocks {
			if b.Step == step {
				return true
			}
		}
	}
	return false
}

func (s SignOff) step() string {
	if s.Step != "" {
		return s.Step
	}
	return s.Party
}

func (s SignOff) print(p *printer) {
	tag := tagSignOff + "." + s.step() + "."
	p.text(tag+"opinion", s.Opinion)
	p.set(tag+"signature", ooxml.Value{Text: s.Name, Picture: s.Picture})
	p.text(tag+"name", s.Name)
	p.text(tag+"organisation", s.Organisation)
	if s.OnBehalfOf != "" {
		p.text(tag+"note", fmt.Sprintf("（代%s签）", s.OnBehalfOf))
	}
	date := ooxml.Value{Text: s.Date}
	if t, _, ok := parsePrinted(s.Date); ok {
		date.FullDate = t.Format(wordDateTime)
	}
	p.set(tag+"date", date)
}
