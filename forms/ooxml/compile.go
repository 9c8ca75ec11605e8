package ooxml

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// Program is a template compiled to byte segments. It is read-only and safe for
// concurrent use.
type Program struct {
	file    *File
	parts   map[string]ops
	usedIDs [idSpaces]map[string]bool
	links   linker
	// size is room for the parts that change, in bytes.
	size int
}

// markOpen and markClose enclose the number of an op in the serialised text;
// they are private-use characters that a template is checked not to hold.
const (
	markOpen  = "\uE0FFcountersign"
	markClose = "\uE0FE"
)

// compiler turns the tree of one part into ops: it replaces what varies by
// numbered marks, writes the tree out, and cuts the text at the marks.
type compiler struct {
	program *Program
	rows    []string
	marked  []op
	// unit is set while the inside of a repeated row is compiled.
	unit bool
}

// Compile prepares the file for filling. rows are the tags whose columns repeat.
func Compile(f *File, rows []string) (*Program, error) {
	p := &Program{file: f, parts: map[string]ops{}}
	for s := range p.usedIDs {
		p.usedIDs[s] = map[string]bool{}
	}
	for _, name := range f.content {
		doc := f.trees[name].Copy()
		c := &compiler{program: p, rows: rows}
		c.collectIDs(doc.Root())
		whole, err := write(doc)
		if err != nil {
			return nil, badXML(err, name)
		}
		if bytes.Contains(whole, []byte(markOpen)) {
			return nil, badXML(nil, name)
		}
		c.cutBelow(doc.Root())
		if len(c.marked) == 0 {
			continue
		}
		marked, err := write(doc)
		if err != nil {
			return nil, badXML(err, name)
		}
		p.parts[name] = c.split(marked)
		p.size += len(whole) + len(whole)/2
	}
	if err := p.links.prepare(f); err != nil {
		return nil, err
	}
	return p, nil
}

func write(doc *etree.Document) ([]byte, error) {
	var b bytes.Buffer
	_, err := doc.WriteTo(&b)
	return b.Bytes(), err
}

// serialise writes one element as it stands in its document.
func serialise(e *etree.Element) []byte {
	if e == nil {
		return nil
	}
	var b bytes.Buffer
	settings := newTree(0).WriteSettings
	e.WriteTo(&b, &settings)
	return b.Bytes()
}

// mark registers an op and returns the text that stands for it.
func (c *compiler) mark(o op) string {
	c.marked = append(c.marked, o)
	return markOpen + strconv.Itoa(len(c.marked)-1) + markClose
}

// split cuts serialised text at its marks.
func (c *compiler) split(text []byte) ops {
	var list ops
	for {
		before, rest, found := bytes.Cut(text, []byte(markOpen))
		if len(before) > 0 {
			list = append(list, literal(bytes.Clone(before)))
		}
		if !found {
			return list
		}
		digits, after, _ := bytes.Cut(rest, []byte(markClose))
		n, err := strconv.Atoi(string(digits))
		if err != nil {
			// Marks are written by this file only and the input was checked to hold none.
			panic("ooxml: broken mark " + string(digits))
		}
		list = append(list, c.marked[n])
		text = after
	}
}

// cutBelow replaces the outermost repeated rows and controls below e by marks.
func (c *compiler) cutBelow(e *etree.Element) {
	for _, token := range append([]etree.Token(nil), e.Child...) {
		child, ok := token.(*etree.Element)
		if !ok {
			continue
		}
		var o op
		if rows := c.unitFor(child); rows != "" {
			o = c.repeat(child, rows)
		} else if tagOf(child) != "" && fillable(child) {
			o = c.control(child)
		}
		if o == nil {
			c.cutBelow(child)
			continue
		}
		index := child.Index()
		e.RemoveChildAt(index)
		e.InsertChildAt(index, etree.NewText(c.mark(o)))
	}
}

// unitFor returns the rows tag when e is what has to be repeated for it.
func (c *compiler) unitFor(e *etree.Element) (rows string) {
	if c.unit || e.FullTag() != "w:tr" && e.FullTag() != "w:sdt" {
		return ""
	}
	walk(e, func(inner *etree.Element) bool {
		if rows == "" {
			if r := rowsOf(tagOf(inner), c.rows); r != "" && unitOf(inner) == e {
				rows = r
			}
		}
		return rows == ""
	})
	return rows
}

func (c *compiler) repeat(unit *etree.Element, rows string) op {
	o := &repeatOp{rows: rows, original: ops{literal(serialise(unit))}}
	c.unit = true
	c.markIDs(unit)
	c.cutBelow(unit)
	c.unit = false
	o.body = c.split(serialise(unit))
	return o
}

// idHolders names every identifier that must stay unique when a row is copied.
func idHolders(e *etree.Element, visit func(idSpace, *etree.Attr)) {
	walk(e, func(e *etree.Element) bool {
		switch {
		case e.FullTag() == "w:id" && e.Parent() != nil && e.Parent().FullTag() == "w:sdtPr":
			if a := e.SelectAttr("w:val"); a != nil {
				visit(controlIDs, a)
			}
		case e.FullTag() == "wp:docPr":
			if a := e.SelectAttr("id"); a != nil {
				visit(drawingIDs, a)
			}
		}
		for _, name := range []string{"w14:paraId", "w14:textId"} {
			if a := e.SelectAttr(name); a != nil {
				visit(paragraphIDs, a)
			}
		}
		return true
	})
}

func (c *compiler) collectIDs(root *etree.Element) {
	idHolders(root, func(space idSpace, a *etree.Attr) {
		c.program.usedIDs[space][strings.ToUpper(a.Value)] = true
	})
}

// markIDs makes the identifiers of a row variable. Bookmarks go: their names
// would repeat, and the only ones Word puts there itself (_GoBack) mean nothing.
func (c *compiler) markIDs(unit *etree.Element) {
	idHolders(unit, func(space idSpace, a *etree.Attr) {
		a.Value = c.mark(idOp{space: space, own: a.Value})
	})
	var bookmarks []*etree.Element
	walk(unit, func(e *etree.Element) bool {
		if e.FullTag() == "w:bookmarkStart" || e.FullTag() == "w:bookmarkEnd" {
			bookmarks = append(bookmarks, e)
		}
		return true
	})
	for _, b := range bookmarks {
		b.Remove()
	}
}
