package contract

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"countersign/internal/calendar"
)

// maxFileSize bounds one file of a pack, in bytes. The largest of the default pack has 20 kB.
const maxFileSize = 1 << 20

// file reads one YAML file strictly: each key must be asked for, and whatever was not asked for is a problem. It works on
// yaml.Node rather than on structs because a problem needs the line of its value.
type file struct {
	name   string
	report *report
}

// object is one mapping of a file. Reading a field marks it as known; done reports the others.
type object struct {
	*file
	line   int
	fields map[string]*yaml.Node
	order  []*yaml.Node // the key nodes, as written
	read   map[string]bool
}

func (f *file) add(line int, code string, args ...any) { f.report.add(f.name, line, code, args...) }

// syntaxLine finds the line in a message of the YAML parser.
var syntaxLine = regexp.MustCompile(`line (\d+): `)

// parse returns the mapping at the top of the file, or nil after reporting why there is none.
func (f *file) parse(data []byte) (*object, *yaml.Node) {
	if len(data) > maxFileSize {
		f.add(0, CodeFileTooLarge, maxFileSize)
		return nil, nil
	}
	var doc, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	err := decoder.Decode(&doc)
	if err == nil {
		if err = decoder.Decode(&second); err == nil {
			f.add(second.Line, CodeSyntax, "more than one document")
			return nil, nil
		}
	}
	if doc.Kind == 0 && errors.Is(err, io.EOF) {
		f.add(1, CodeSyntax, "empty")
		return nil, nil
	}
	if !errors.Is(err, io.EOF) {
		f.syntax(err)
		return nil, nil
	}
	root := doc.Content[0]
	if f.aliased(root) {
		return nil, nil
	}
	return f.object(root, "the file"), root
}

// syntax reports a message of the YAML parser at its line. The parser counts the lines of what it "did not find" from 0, all
// others from 1, and leaves the line out when it is the first; for a block it names the line where the block begins.
func (f *file) syntax(err error) {
	line, text := 0, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		text = strings.Replace(text, m[0], "", 1)
	}
	if line == 0 || strings.HasPrefix(text, "did not find") {
		line++
	}
	f.add(line, CodeSyntax, text)
}

// aliased reports aliases anywhere below n: they would let a small file grow without bound.
func (f *file) aliased(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		f.add(n.Line, CodeAlias)
		return true
	}
	found := false
	for _, c := range n.Content {
		found = f.aliased(c) || found
	}
	return found
}

// object reads n as a mapping; what names it in the problem when it is none. The result is nil then.
func (f *file) object(n *yaml.Node, what string) *object {
	if n.Kind != yaml.MappingNode {
		f.add(n.Line, CodeType, what, "a mapping")
		return nil
	}
	o := &object{file: f, line: n.Line, fields: map[string]*yaml.Node{}, read: map[string]bool{}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, twice := o.fields[key.Value]; twice {
			f.add(key.Line, CodeDuplicateField, key.Value)
			continue
		}
		o.fields[key.Value] = n.Content[i+1]
		o.order = append(o.order, key)
	}
	return o
}

// done reports every key that nothing asked for.
func (o *object) done() {
	for _, key := range o.order {
		if !o.read[key.Value] {
			o.add(key.Line, CodeUnknownKey, key.Value)
		}
	}
}

// field returns the value of key; null counts as absent. A missing required key is a problem.
func (o *object) field(key string, required bool) *yaml.Node {
	o.read[key] = true
	n := o.fields[key]
	if n == nil || n.ShortTag() == "!!null" {
		if required {
			o.add(o.lineOf(key), CodeRequired, key)
		}
		return nil
	}
	return n
}

// lineOf returns the line of the value of key, or of the object when the key is absent.
func (o *object) lineOf(key string) int {
	if n := o.fields[key]; n != nil {
		return n.Line
	}
	return o.line
}

func (o *object) scalar(key, tag, wanted string, required bool) (string, bool) {
	n := o.field(key, required)
	if n == nil {
		return "", false
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() != tag {
		o.add(n.Line, CodeType, key, wanted)
		return "", false
	}
	return n.Value, true
}

// text reads a required, non-empty string.
func (o *object) text(key string) string {
	s, ok := o.scalar(key, "!!str", "a string (quote numbers)", true)
	if ok && strings.TrimSpace(s) == "" {
		o.add(o.lineOf(key), CodeRequired, key)
	}
	return s
}

// optional reads a string that may be absent.
func (o *object) optional(key string) string {
	s, _ := o.scalar(key, "!!str", "a string (quote numbers)", false)
	return s
}

// matching reads a required string of the given form; like describes the form by an example.
func (o *object) matching(key string, form *regexp.Regexp, like string) string {
	s := o.text(key)
	if s != "" && !form.MatchString(s) {
		o.add(o.lineOf(key), CodeFormat, key, s, like)
	}
	return s
}

// flag reads a boolean that is false when absent.
func (o *object) flag(key string) bool {
	s, _ := o.scalar(key, "!!bool", "true or false", false)
	return s == "true"
}

// number reads a required whole number from low to high.
func (o *object) number(key string, low, high int) int {
	s, ok := o.scalar(key, "!!int", "a whole number", true)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		o.add(o.lineOf(key), CodeFormat, key, s, "12")
	} else if n < low || n > high {
		o.add(o.lineOf(key), CodeRange, key, n, low, high)
	}
	return n
}

// date reads a required date; ok is false after a problem.
func (o *object) date(key string) (d calendar.Date, ok bool) {
	n := o.field(key, true)
	if n == nil {
		return d, false
	}
	d, err := calendar.ParseDate(n.Value)
	if err != nil || n.Kind != yaml.ScalarNode {
		o.add(n.Line, CodeFormat, key, n.Value, "2026-02-14")
		return d, false
	}
	return d, true
}

// list returns the items of a sequence; an absent optional list has none.
func (o *object) list(key string, required bool) []*yaml.Node {
	n := o.field(key, required)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		o.add(n.Line, CodeType, key, "a list")
		return nil
	}
	return n.Content
}

// objects returns the items of a list of mappings.
func (o *object) objects(key string, required bool) []*object {
	var all []*object
	for _, n := range o.list(key, required) {
		if item := o.object(n, "an item of "+key); item != nil {
			all = append(all, item)
		}
	}
	return all
}

// texts reads a list of strings.
func (o *object) texts(key string, required bool) []string {
	var all []string
	for _, n := range o.list(key, required) {
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
			o.add(n.Line, CodeType, "an item of "+key, "a string")
			continue
		}
		all = append(all, n.Value)
	}
	return all
}

// child reads a mapping inside o; it is nil when absent or of another type.
func (o *object) child(key string, required bool) *object {
	n := o.field(key, required)
	if n == nil {
		return nil
	}
	return o.object(n, key)
}
