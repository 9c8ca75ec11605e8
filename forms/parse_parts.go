package forms

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxTag is the longest tag that Word accepts on a content control.
const maxTag = 64

var keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// key reports a key that is missing or cannot be used in tags and paths.
func (p *parser) key(n *yaml.Node, name, value string) {
	if !keyPattern.MatchString(value) {
		p.problem(n, "%s must be lower-case letters, digits and _, at most 40, not %q", name, value)
	}
}

func (p *parser) need(n *yaml.Node, name, value string) {
	if strings.TrimSpace(value) == "" {
		p.problem(n, "%s is missing", name)
	}
}

func (p *parser) group(n *yaml.Node) (g Group) {
	p.mapping(n, "a group", handlers{"key": text(&g.Key), "title": text(&g.Title)})
	p.key(n, "the key of a group", g.Key)
	p.need(n, "the title of a group", g.Title)
	return g
}

func (p *parser) headerText(n *yaml.Node) (h HeaderText) {
	p.mapping(n, "a header text", handlers{"key": text(&h.Key), "label": text(&h.Label), "optional": flag(&h.Optional)})
	p.key(n, "the key of a header text", h.Key)
	p.need(n, "the label of a header text", h.Label)
	return h
}

func (p *parser) signOff(n *yaml.Node) (s SignOffPart) {
	p.mapping(n, "a sign-off part", handlers{
		"label":  text(&s.Label),
		"blocks": list(func(p *parser, n *yaml.Node) { s.Blocks = append(s.Blocks, p.signOffBlock(n)) }),
	})
	return s
}

func (p *parser) signOffBlock(n *yaml.Node) (b SignOffBlock) {
	p.mapping(n, "a sign-off block", handlers{
		"step": text(&b.Step), "party": text(&b.Party), "label": text(&b.Label),
		"opinion": flag(&b.Opinion), "seal": flag(&b.Seal),
	})
	p.key(n, "the step of a sign-off block", b.Step)
	p.need(n, "the label of a sign-off block", b.Label)
	if !slices.Contains([]string{"implementer", "supervisor", "client"}, b.Party) {
		p.problem(n, "the party of a sign-off block is implementer, supervisor or client, not %q", b.Party)
	}
	return b
}

func (p *parser) section(n *yaml.Node) *Definition {
	s := &Definition{}
	p.mapping(n, "a section", handlers{
		"key": text(&s.Key), "title": text(&s.Title), "clause": text(&s.Clause),
		"fields": list(func(p *parser, n *yaml.Node) { s.Fields = append(s.Fields, p.field(n, false)) }),
		"rules":  list(func(p *parser, n *yaml.Node) { s.Rules = append(s.Rules, p.rule(n)) }),
	})
	p.key(n, "the key of a section", s.Key)
	p.need(n, "the title of a section", s.Title)
	s.TitleAsPrinted = s.Title
	p.checkLevel(n, "section "+s.Key, s.Fields)
	p.checkRules(n, s)
	return s
}

func (p *parser) rule(n *yaml.Node) (r Rule) {
	p.mapping(n, "a rule", handlers{
		"kind": text(&r.Kind), "field": text(&r.Field), "other": text(&r.Other), "message": text(&r.Message),
	})
	r.line = n.Line
	return r
}

// field reads a field or, when column is set, a column of a rows field.
func (p *parser) field(n *yaml.Node, column bool) *Field {
	f := &Field{Printed: true}
	p.lines[f] = n.Line
	common := handlers{
		"key": text(&f.Key), "label": text(&f.Label), "kind": text(&f.Kind),
		"required":      flag(&f.Required),
		"required_when": func(p *parser, n *yaml.Node) { f.RequiredWhen = p.condition(n) },
		"help":          text(&f.Help), "clause": text(&f.Clause), "hint": text(&f.Hint),
		"group": text(&f.Group), "width": text(&f.Width), "printed": flag(&f.Printed),
	}
	special := handlers{
		"max_length": count(&f.MaxLength), "unit": text(&f.Unit), "min": number(&f.Min), "max": number(&f.Max),
		"integer": flag(&f.Integer), "options": texts(&f.Options), "multi": flag(&f.Multi),
		"columns":  list(func(p *parser, n *yaml.Node) { f.Columns = append(f.Columns, p.field(n, true)) }),
		"min_rows": count(&f.MinRows), "max_rows": count(&f.MaxRows),
		"presets":   list(func(p *parser, n *yaml.Node) { f.Presets = append(f.Presets, p.preset(n)) }),
		"min_count": count(&f.MinCount), "process": text(&f.Process),
	}
	all := handlers{}
	for key, h := range common {
		all[key] = h
	}
	for key, h := range special {
		all[key] = h
	}
	p.mapping(n, "a field", all)
	p.checkField(n, f, column, special)
	return f
}

// checkField holds the field against its kind.
func (p *parser) checkField(n *yaml.Node, f *Field, column bool, special handlers) {
	p.key(n, "the key of a field", f.Key)
	p.need(n, "the label of field "+f.Key, f.Label)
	if f.Width != "" && !slices.Contains([]string{"third", "half", "full"}, f.Width) {
		p.problem(n, "the width of field %s is third, half or full, not %q", f.Key, f.Width)
	}
	f.kind = kinds[f.Kind]
	if f.kind == nil {
		p.problem(n, "field %s has no kind %q; known are %s", f.Key, f.Kind, strings.Join(sortedKeys(kinds), ", "))
		return
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		option := n.Content[i].Value
		if _, isSpecial := special[option]; isSpecial && !slices.Contains(f.kind.options(), option) {
			p.problem(n.Content[i], "field %s: a %s field has no option %q", f.Key, f.Kind, option)
		}
	}
	if column && !f.kind.column() {
		p.problem(n, "field %s: a %s field cannot be a column", f.Key, f.Kind)
	}
	for _, message := range f.kind.define(f) {
		p.problem(n, "field %s: %s", f.Key, message)
	}
}

func (p *parser) condition(n *yaml.Node) *Condition {
	c := &Condition{}
	p.mapping(n, "required_when", handlers{
		"field":  text(&c.Field),
		"equals": scalar(&c.Equals, "a text, number, true or false"),
	})
	switch v := c.Equals.(type) {
	case string, bool:
	case int:
		c.Equals = float64(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			p.problem(n, "equals must be a finite number")
		}
	default:
		p.problem(n, "required_when needs equals: a text, number, true or false")
		c.Equals = nil
	}
	return c
}

func (p *parser) preset(n *yaml.Node) map[string]string {
	row := map[string]string{}
	if n.Kind != yaml.MappingNode {
		p.problem(n, "a preset row must be a mapping of column to text")
		return row
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		var s string
		text(&s)(p, n.Content[i+1])
		row[n.Content[i].Value] = s
	}
	return row
}

// checkDefinition holds the parts of a definition against each other.
func (p *parser) checkDefinition(n *yaml.Node, d *Definition) {
	if len(d.Fields) == 0 {
		p.problem(n, "the form has no fields")
	}
	p.checkLevel(n, "form", d.Fields)
	p.checkRules(n, d)
	groups := map[string]bool{"": true}
	for _, g := range d.Groups {
		groups[g.Key] = true
	}
	for _, f := range d.Fields {
		if !groups[f.Group] {
			p.problem(&yaml.Node{Line: p.lines[f]}, "field %s names the group %q, which is not defined", f.Key, f.Group)
		}
	}
	taken := map[string]string{tagDoc: "the header texts", tagSignOff: "the sign-off parts"}
	for _, f := range d.Fields {
		taken[f.Key] = "a field"
	}
	for _, s := range d.Sections {
		if owner, clash := taken[s.Key]; clash {
			p.problem(n, "section %s has the key of %s", s.Key, owner)
		}
		taken[s.Key] = "another section"
	}
	p.checkTags(n, d)
}

// checkTags makes sure that every value has a tag of its own that Word takes.
func (p *parser) checkTags(n *yaml.Node, d *Definition) {
	if len(p.problems) > 0 {
		return // kinds may be missing; the tags of a broken definition say nothing
	}
	seen := map[string]bool{}
	for _, s := range d.slots() {
		if utf8.RuneCountInString(s.tag) > maxTag {
			p.problem(n, "the tag %s is longer than %d characters, Word does not take it", s.tag, maxTag)
		}
		if seen[s.tag] {
			p.problem(n, "the tag %s is used twice", s.tag)
		}
		seen[s.tag] = true
	}
}

// checkLevel checks the fields that stand side by side.
func (p *parser) checkLevel(n *yaml.Node, what string, fields []*Field) {
	seen := map[string]bool{}
	for _, f := range fields {
		at := &yaml.Node{Line: p.lines[f]}
		if seen[f.Key] {
			p.problem(at, "%s has the field %s twice", what, f.Key)
		}
		seen[f.Key] = true
		if c := f.RequiredWhen; c != nil && findField(fields, c.Field) == nil {
			p.problem(at, "field %s is required when %q has a value, but %s has no such field", f.Key, c.Field, what)
		}
		p.checkLevel(n, "field "+f.Key, f.Columns)
	}
}

func (p *parser) checkRules(n *yaml.Node, d *Definition) {
	for _, r := range d.Rules {
		for _, message := range r.define(d) {
			p.problem(&yaml.Node{Line: r.line}, "rule %s: %s", r.Kind, message)
		}
	}
}
