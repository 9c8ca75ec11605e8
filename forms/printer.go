package forms

import "countersign/forms/ooxml"

// printer turns values into the contents of content controls.
type printer struct {
	// controls is the level being printed: the document or one repeated row.
	controls map[string]ooxml.Value
	// data is the whole document, where repeated rows are kept.
	data        *ooxml.Data
	names       func(id string) string
	attachments map[string][]string
}

func newPrinter(names func(string) string, attachments map[string][]string) *printer {
	data := &ooxml.Data{Controls: map[string]ooxml.Value{}, Rows: map[string][]map[string]ooxml.Value{}}
	return &printer{controls: data.Controls, data: data, names: names, attachments: attachments}
}

func (p *printer) set(tag string, v ooxml.Value) { p.controls[tag] = v }

// text prints a string; any other value prints nothing.
func (p *printer) text(tag string, v any) {
	if s, ok := v.(string); ok && s != "" {
		p.set(tag, ooxml.Value{Text: s})
	}
}

func (p *printer) check(tag string, checked bool) { p.set(tag, ooxml.Value{Checked: checked}) }

// row starts a new repeated row and returns the printer for its controls.
func (p *printer) row(tag string) *printer {
	controls := map[string]ooxml.Value{}
	p.data.Rows[tag] = append(p.data.Rows[tag], controls)
	return &printer{controls: controls, data: p.data, names: p.names, attachments: p.attachments}
}

// name returns what to print for a person id; without a name book, the id.
func (p *printer) name(id string) string {
	if p.names != nil {
		if name := p.names(id); name != "" {
			return name
		}
	}
	return id
}

// fields prints the fields of a form or a section; prefix is empty or "<section>.".
func (p *printer) fields(fields []*Field, prefix string, v map[string]any) {
	for _, f := range fields {
		f.kind.print(p, f, prefix+f.Key, v[f.Key])
	}
}
