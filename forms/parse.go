package forms

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxDefinitionBytes bounds a definition file; the largest real one is near 10 KB.
const maxDefinitionBytes = 1 << 20

// DefinitionProblem is one fault of a definition file.
type DefinitionProblem struct {
	// Line is the line in the file, from 1; 0 when the file cannot be read as YAML at all.
	Line int
	// Message says what is wrong, in English: its readers write definitions.
	Message string
}

// DefinitionError lists all problems of a definition file at once.
type DefinitionError struct{ Problems []DefinitionProblem }

// Error lists every problem with its line.
func (e *DefinitionError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("line %d: %s", p.Line, p.Message)
	}
	return "form definition: " + strings.Join(lines, "; ")
}

// ParseDefinition reads a form.yaml. It checks everything it can and returns
// all problems together as a *DefinitionError. The key print belongs to the
// template builder and is not looked into.
func ParseDefinition(data []byte) (*Definition, error) {
	p := &parser{}
	root := p.document(data)
	if root == nil {
		return nil, &DefinitionError{Problems: p.problems}
	}
	d := &Definition{}
	p.mapping(root, "form", handlers{
		"form":             text(&d.Key),
		"title":            text(&d.Title),
		"title_as_printed": text(&d.TitleAsPrinted),
		"clause":           text(&d.Clause),
		"groups":           list(func(p *parser, n *yaml.Node) { d.Groups = append(d.Groups, p.group(n)) }),
		"header":           list(func(p *parser, n *yaml.Node) { d.Header = append(d.Header, p.headerText(n)) }),
		"fields":           list(func(p *parser, n *yaml.Node) { d.Fields = append(d.Fields, p.field(n, false)) }),
		"rules":            list(func(p *parser, n *yaml.Node) { d.Rules = append(d.Rules, p.rule(n)) }),
		"signoffs":         list(func(p *parser, n *yaml.Node) { d.SignOffs = append(d.SignOffs, p.signOff(n)) }),
		"sections":         list(func(p *parser, n *yaml.Node) { d.Sections = append(d.Sections, p.section(n)) }),
		"print":            func(*parser, *yaml.Node) {},
	})
	p.key(root, "form", d.Key)
	p.need(root, "title", d.Title)
	if d.TitleAsPrinted == "" {
		d.TitleAsPrinted = d.Title
	}
	p.checkDefinition(root, d)
	if len(p.problems) > 0 {
		sort.SliceStable(p.problems, func(i, j int) bool { return p.problems[i].Line < p.problems[j].Line })
		return nil, &DefinitionError{Problems: p.problems}
	}
	return d, nil
}

// parser walks the YAML tree and keeps every problem it meets.
type parser struct {
	problems []DefinitionProblem
	// lines remembers where each field was defined, for checks that need the whole definition.
	lines map[*Field]int
}

type handler func(*parser, *yaml.Node)
type handlers map[string]handler

func (p *parser) problem(n *yaml.Node, format string, args ...any) {
	p.problems = append(p.problems, DefinitionProblem{Line: n.Line, Message: fmt.Sprintf(format, args...)})
}

// document returns the top mapping of the only YAML document, or nil.
func (p *parser) document(data []byte) *yaml.Node {
	p.lines = map[*Field]int{}
	if len(data) > maxDefinitionBytes {
		p.problems = append(p.problems, DefinitionProblem{Message: "the file is larger than 1 MiB"})
		return nil
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		line := 0
		var typed *yaml.TypeError
		if !errors.As(err, &typed) {
			// The parser's messages carry their own line, as "yaml: line 3: ...".
			if _, scan := fmt.Sscanf(err.Error(), "yaml: line %d:", &line); scan != nil {
				line = 0
			}
		}
		p.problems = append(p.problems, DefinitionProblem{Line: line, Message: "not YAML: " + err.Error()})
		return nil
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		p.problems = append(p.problems, DefinitionProblem{Line: 1, Message: "the file must hold one mapping with form, title and fields"})
		return nil
	}
	return doc.Content[0]
}

// mapping calls the handler of each key; unknown and repeated keys are problems.
func (p *parser) mapping(n *yaml.Node, what string, known handlers) {
	if n.Kind != yaml.MappingNode {
		p.problem(n, "%s must be a mapping", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		h, ok := known[key.Value]
		switch {
		case !ok:
			p.problem(key, "%s has no key %q; known are %s", what, key.Value, strings.Join(sortedKeys(known), ", "))
		case seen[key.Value]:
			p.problem(key, "%s has the key %q twice", what, key.Value)
		case value.Kind == yaml.AliasNode:
			p.problem(value, "aliases are not used in definitions")
		default:
			seen[key.Value] = true
			h(p, value)
		}
	}
}

// list turns the handler of one element into the handler of a sequence.
func list(one handler) handler {
	return func(p *parser, n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			p.problem(n, "a list is expected here")
			return
		}
		for _, item := range n.Content {
			if item.Kind == yaml.AliasNode {
				p.problem(item, "aliases are not used in definitions")
				continue
			}
			one(p, item)
		}
	}
}

// scalar returns a handler that decodes one plain value.
func scalar[T any](target *T, kind string) handler {
	return func(p *parser, n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			p.problem(n, "%s is expected here", kind)
			return
		}
		if err := n.Decode(target); err != nil {
			p.problem(n, "%s is expected here, not %q", kind, n.Value)
		}
	}
}

// text accepts only YAML strings, so that an unquoted yes or 007 is noticed.
func text(target *string) handler {
	return func(p *parser, n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
			p.problem(n, "a text is expected here; put %q in quotes", n.Value)
			return
		}
		*target = n.Value
	}
}

func flag(target *bool) handler { return scalar(target, "true or false") }

func count(target *int) handler {
	return func(p *parser, n *yaml.Node) {
		scalar(target, "a whole number")(p, n)
		if *target < 0 {
			p.problem(n, "the number must not be negative")
		}
	}
}

func number(target **float64) handler {
	return func(p *parser, n *yaml.Node) {
		var v float64
		scalar(&v, "a number")(p, n)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			p.problem(n, "the number must be finite")
			return
		}
		*target = &v
	}
}

func texts(target *[]string) handler {
	return list(func(p *parser, n *yaml.Node) {
		var s string
		text(&s)(p, n)
		*target = append(*target, s)
	})
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
