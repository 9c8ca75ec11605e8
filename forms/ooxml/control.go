package ooxml

import (
	"strings"

	"github.com/beevik/etree"
)

// Kind is the sort of a content control, by what its properties hold.
type Kind string

// The kinds of control; Other stands for kinds that cannot be filled.
const (
	PlainText Kind = "plain text"
	RichText  Kind = "rich text"
	ComboBox  Kind = "combo box"
	DropDown  Kind = "drop-down list"
	Date      Kind = "date"
	CheckBox  Kind = "check box"
	Picture   Kind = "picture"
	Repeat    Kind = "repeating section"
	Other     Kind = "other"
)

// Level says what a control stands around.
type Level string

// The four places where Word puts a control.
const (
	RunLevel   Level = "run"
	BlockLevel Level = "block"
	CellLevel  Level = "cell"
	RowLevel   Level = "row"
)

// Control is a tagged content control of a file.
type Control struct {
	Tag, Alias string
	Kind       Kind
	Level      Level
	// Part is the file inside the .docx, e.g. word/document.xml.
	Part string
	// Rows is the tag of the table whose repeated row holds the control, else empty.
	Rows string
	// Unit numbers the repeated rows of a file from 1; 0 outside of any.
	Unit int
	// Inside is the tag of a fillable control around this one, which would overwrite it.
	Inside string
	// Fillable is false for a picture control without a picture and for a control around whole rows.
	Fillable bool
}

var kindElements = map[string]Kind{
	"w:text": PlainText, "w:richText": RichText, "w:comboBox": ComboBox, "w:dropDownList": DropDown,
	"w:date": Date, "w14:checkbox": CheckBox, "w:picture": Picture, "w15:repeatingSection": Repeat,
	"w15:repeatingSectionItem": Other, "w:docPartObj": Other, "w:docPartList": Other, "w:equation": Other,
	"w:citation": Other, "w:bibliography": Other, "w:group": Other,
}

// Controls lists the tagged controls in document order, headers and footers
// after the main part. rows are the tags whose columns repeat.
func (f *File) Controls(rows []string) []Control {
	var list []Control
	units := map[*etree.Element]int{}
	for _, part := range f.content {
		walk(f.trees[part].Root(), func(e *etree.Element) bool {
			if e.FullTag() == "mc:Fallback" {
				return false // the same content again, for old readers
			}
			if tag := tagOf(e); tag != "" {
				list = append(list, describe(e, tag, part, rows, units))
			}
			return true
		})
	}
	return list
}

func describe(sdt *etree.Element, tag, part string, rows []string, units map[*etree.Element]int) Control {
	c := Control{
		Tag: tag, Alias: property(sdt, "w:alias"), Kind: kindOf(sdt), Level: levelOf(sdt), Part: part,
	}
	c.Fillable = c.Kind == Repeat || fillable(sdt)
	for p := sdt.Parent(); p != nil; p = p.Parent() {
		if outer := tagOf(p); outer != "" && fillable(p) {
			c.Inside = outer
		}
	}
	if c.Rows = rowsOf(tag, rows); c.Rows != "" {
		unit := unitOf(sdt)
		if unit == nil {
			c.Fillable = false
			return c
		}
		if units[unit] == 0 {
			units[unit] = len(units) + 1
		}
		c.Unit = units[unit]
	}
	return c
}

// walk visits e and everything below it; visit returns false to skip what is below.
func walk(e *etree.Element, visit func(*etree.Element) bool) {
	if !visit(e) {
		return
	}
	for _, child := range e.Child {
		if ce, ok := child.(*etree.Element); ok {
			walk(ce, visit)
		}
	}
}

func child(e *etree.Element, tag string) *etree.Element {
	if e == nil {
		return nil
	}
	for _, c := range e.Child {
		if ce, ok := c.(*etree.Element); ok && ce.FullTag() == tag {
			return ce
		}
	}
	return nil
}

// first finds the first element with the tag at or below e.
func first(e *etree.Element, tag string) (found *etree.Element) {
	walk(e, func(c *etree.Element) bool {
		if found == nil && c.FullTag() == tag {
			found = c
		}
		return found == nil
	})
	return found
}

// property reads the w:val of a child of w:sdtPr.
func property(sdt *etree.Element, name string) string {
	if p := child(child(sdt, "w:sdtPr"), name); p != nil {
		return p.SelectAttrValue("w:val", "")
	}
	return ""
}

// tagOf returns the tag of a content control, empty for any other element.
func tagOf(e *etree.Element) string {
	if e.FullTag() != "w:sdt" {
		return ""
	}
	return property(e, "w:tag")
}

func kindOf(sdt *etree.Element) Kind {
	if e := kindElement(sdt); e != nil {
		return kindElements[e.FullTag()]
	}
	return RichText
}

func kindElement(sdt *etree.Element) *etree.Element {
	pr := child(sdt, "w:sdtPr")
	if pr == nil {
		return nil
	}
	for _, c := range pr.ChildElements() {
		if _, known := kindElements[c.FullTag()]; known {
			return c
		}
	}
	return nil
}

// levelOf looks at the content first: that is what Word goes by.
func levelOf(sdt *etree.Element) Level {
	if content := child(sdt, "w:sdtContent"); content != nil {
		for _, c := range content.ChildElements() {
			switch c.FullTag() {
			case "w:tc":
				return CellLevel
			case "w:tr":
				return RowLevel
			case "w:p", "w:tbl":
				return BlockLevel
			case "w:r", "w:hyperlink":
				return RunLevel
			}
		}
	}
	if p := sdt.Parent(); p != nil {
		switch p.FullTag() {
		case "w:tr":
			return CellLevel
		case "w:tbl":
			return RowLevel
		case "w:body", "w:tc", "w:hdr", "w:ftr", "w:txbxContent":
			return BlockLevel
		}
	}
	return RunLevel
}

// fillable says whether the control can take a value.
func fillable(sdt *etree.Element) bool {
	content := child(sdt, "w:sdtContent")
	if content == nil {
		return false
	}
	switch kindOf(sdt) {
	case Repeat, Other:
		return false
	case Picture:
		return first(content, "a:blip") != nil
	}
	switch levelOf(sdt) {
	case RowLevel:
		return false
	case CellLevel:
		return child(content, "w:tc") != nil
	}
	return true
}

// rowsOf returns the rows tag that the tag belongs to, as in rollback_steps.owner.
func rowsOf(tag string, rows []string) string {
	for _, r := range rows {
		if strings.HasPrefix(tag, r+".") {
			return r
		}
	}
	return ""
}

// unitOf finds what is repeated around a control: the item of a repeating
// section or, without one, the table row. WPS and older Word have no repeating
// sections, so a plain row that holds the controls is enough.
func unitOf(sdt *etree.Element) *etree.Element {
	var row *etree.Element
	for p := sdt.Parent(); p != nil; p = p.Parent() {
		if p.FullTag() == "w:sdt" && child(child(p, "w:sdtPr"), "w15:repeatingSectionItem") != nil {
			return p
		}
		if p.FullTag() == "w:tr" && row == nil {
			row = p
		}
	}
	return row
}

// blank says whether the control shows its placeholder.
func blank(sdt *etree.Element) bool {
	p := child(child(sdt, "w:sdtPr"), "w:showingPlcHdr")
	return p != nil && on(p.SelectAttrValue("w:val", "1"))
}

// on reads an ST_OnOff value.
func on(v string) bool { return v == "1" || v == "true" || v == "on" }
