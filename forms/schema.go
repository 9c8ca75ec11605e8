package forms

// JSONSchema describes the values of the form as JSON Schema (2020-12), strict
// about unknown fields. required lists what a submit needs in any case; the
// conditions and rules are in Layout.
func (d *Definition) JSONSchema() map[string]any {
	s := objectSchema(d.Fields)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = d.Title
	return s
}

func objectSchema(fields []*Field) map[string]any {
	properties := map[string]any{}
	required := []string{}
	for _, f := range fields {
		s := f.kind.schema(f)
		if s == nil {
			continue
		}
		s["title"] = f.Label
		if f.Help != "" {
			s["description"] = f.Help
		}
		properties[f.Key] = s
		if f.Required || f.MinRows > 0 || f.MinCount > 0 {
			required = append(required, f.Key)
		}
	}
	return map[string]any{
		"type": "object", "properties": properties, "required": required, "additionalProperties": false,
	}
}

// FormLayout tells an input screen what to draw, in order.
type FormLayout struct {
	Form    string `json:"form"`
	Title   string `json:"title"`
	Clause  string `json:"clause,omitempty"`
	Version string `json:"version"`
	// Groups hold all fields; a form without groups has one group without title.
	Groups   []GroupLayout `json:"groups"`
	Rules    []Rule        `json:"rules"`
	SignOffs []SignOffPart `json:"signoffs"`
	// Sections are filled in later, each by an action of its process.
	Sections []FormLayout `json:"sections"`
}

// GroupLayout is a heading and the fields under it.
type GroupLayout struct {
	Key    string   `json:"key"`
	Title  string   `json:"title"`
	Fields []*Field `json:"fields"`
}

// Layout returns a FormLayout, ready to be written as JSON.
func (d *Definition) Layout() any { return d.layout() }

func (d *Definition) layout() FormLayout {
	l := FormLayout{
		Form: d.Key, Title: d.Title, Clause: d.Clause, Version: d.Version(),
		Groups: []GroupLayout{}, Rules: d.Rules, SignOffs: d.SignOffs, Sections: []FormLayout{},
	}
	if l.Rules == nil {
		l.Rules = []Rule{}
	}
	if l.SignOffs == nil {
		l.SignOffs = []SignOffPart{}
	}
	for _, g := range append([]Group{{}}, d.Groups...) {
		layout := GroupLayout{Key: g.Key, Title: g.Title}
		for _, f := range d.Fields {
			if f.Group == g.Key {
				layout.Fields = append(layout.Fields, f)
			}
		}
		if len(layout.Fields) > 0 {
			l.Groups = append(l.Groups, layout)
		}
	}
	for _, s := range d.Sections {
		l.Sections = append(l.Sections, s.layout())
	}
	return l
}
