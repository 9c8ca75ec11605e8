package ooxml

import (
	"bytes"
	"strconv"

	"github.com/beevik/etree"
)

// control compiles one content control into its variants.
func (c *compiler) control(sdt *etree.Element) op {
	o := &controlOp{tag: tagOf(sdt), kind: kindOf(sdt), blank: blank(sdt)}
	o.original = c.split(serialise(sdt))
	switch o.kind {
	case CheckBox:
		o.filled = c.split(serialise(c.checkBox(sdt.Copy(), levelOf(sdt))))
	case Picture:
		o.filled = c.split(serialise(c.pictureFrame(sdt.Copy())))
		o.text = c.split(serialise(c.textControl(sdt.Copy(), levelOf(sdt))))
	default:
		o.filled = c.split(serialise(c.textControl(sdt.Copy(), levelOf(sdt))))
	}
	return o
}

// unbind removes what would make Word show something else than the new
// content: the placeholder flag and the binding to a custom XML part.
func unbind(sdt *etree.Element) {
	pr := child(sdt, "w:sdtPr")
	for _, name := range []string{"w:showingPlcHdr", "w:dataBinding", "w15:dataBinding"} {
		if e := child(pr, name); e != nil {
			e.Remove()
		}
	}
}

func (c *compiler) textControl(sdt *etree.Element, level Level) *etree.Element {
	rPr := runProperties(sdt) // before the placeholder flag goes: it tells whose style the run has
	unbind(sdt)
	pr := child(sdt, "w:sdtPr")
	o := kindOp{kind: kindOf(sdt)}
	at := len(pr.Child)
	if e := kindElement(sdt); e != nil {
		switch o.kind {
		case PlainText:
			e.CreateAttr("w:multiLine", "1") // else Word drops the line breaks on the next edit
		case Date:
			e.RemoveAttr("w:fullDate")
		}
		// Filled plain-text controls inside a paragraph become rich-text ones:
		// LibreOffice 7.4 loses size and line breaks of the plain sort.
		if o.kind != Picture && (o.kind != PlainText || level != RunLevel) {
			o.plain = serialise(e)
		}
		at = e.Index()
		e.Remove()
	}
	pr.InsertChildAt(at, etree.NewText(c.mark(o)))
	open, closing, perLine := c.frame(sdt, level, rPr)
	c.refill(sdt, level, c.mark(textOp{open: open, close: closing, perLine: perLine}))
	return sdt
}

// frame returns what stands around the text of a control: a run, and above run
// level a paragraph with the properties of the first paragraph there.
func (c *compiler) frame(sdt *etree.Element, level Level, rPr *etree.Element) (open, closing []byte, perLine bool) {
	open, closing = append([]byte("<w:r>"), serialise(rPr)...), []byte("</w:r>")
	if level == RunLevel {
		return open, closing, false
	}
	var pPr []byte
	if p := first(child(sdt, "w:sdtContent"), "w:p"); p != nil {
		pPr = serialise(child(p, "w:pPr"))
	}
	return bytes.Join([][]byte{[]byte("<w:p>"), pPr, open}, nil), []byte("</w:r></w:p>"), true
}

// refill replaces the content of a control by a mark; a cell keeps its properties.
func (c *compiler) refill(sdt *etree.Element, level Level, mark string) {
	holder := child(sdt, "w:sdtContent")
	var keep *etree.Element
	if level == CellLevel {
		holder = child(holder, "w:tc")
		keep = child(holder, "w:tcPr")
	}
	for len(holder.Child) > 0 {
		holder.RemoveChildAt(len(holder.Child) - 1)
	}
	if keep != nil {
		holder.AddChild(keep)
	}
	holder.AddChild(etree.NewText(mark))
}

// runProperties takes the look of the text from the control itself, else from
// its first run without the placeholder's style.
func runProperties(sdt *etree.Element) *etree.Element {
	if rPr := child(child(sdt, "w:sdtPr"), "w:rPr"); rPr != nil {
		return rPr
	}
	return contentRunProperties(sdt)
}

func contentRunProperties(sdt *etree.Element) *etree.Element {
	run := first(child(sdt, "w:sdtContent"), "w:r")
	rPr := child(run, "w:rPr")
	if style := child(rPr, "w:rStyle"); style != nil && blank(sdt) {
		rPr = rPr.Copy()
		child(rPr, "w:rStyle").Remove()
	}
	return rPr
}

func (c *compiler) checkBox(sdt *etree.Element, level Level) *etree.Element {
	rPr := contentRunProperties(sdt)
	if rPr == nil {
		rPr = child(child(sdt, "w:sdtPr"), "w:rPr")
	}
	unbind(sdt)
	box := kindElement(sdt)
	state := child(box, "w14:checked")
	if state == nil {
		state = etree.NewElement("w14:checked")
		box.InsertChildAt(0, state)
	}
	state.CreateAttr("w14:val", c.mark(boxOp{on: []byte("1"), off: []byte("0")}))
	open, closing, _ := c.frame(sdt, level, rPr)
	around := func(char string) []byte {
		return bytes.Join([][]byte{open, []byte("<w:t>" + char + "</w:t>"), closing}, nil)
	}
	c.refill(sdt, level, c.mark(boxOp{
		on:  around(stateChar(box, "w14:checkedState", "☒")),
		off: around(stateChar(box, "w14:uncheckedState", "☐")),
	}))
	return sdt
}

// stateChar reads the character of a check box state, given as hex; the
// defaults are Word's own.
func stateChar(box *etree.Element, name, preset string) string {
	e := child(box, name)
	if e == nil {
		return preset
	}
	n, err := strconv.ParseUint(e.SelectAttrValue("w14:val", ""), 16, 32)
	if err != nil || !Allowed(rune(n)) || n == '<' || n == '&' || n == '>' {
		return preset
	}
	return string(rune(n))
}

// pictureFrame makes the picture of a control variable, inside the box that the template drew.
func (c *compiler) pictureFrame(sdt *etree.Element) *etree.Element {
	unbind(sdt)
	content := child(sdt, "w:sdtContent")
	var width, height int64
	if extent := first(content, "wp:extent"); extent != nil {
		width, height = size(extent)
	}
	blip := first(content, "a:blip")
	blip.RemoveAttr("r:link")
	blip.CreateAttr("r:embed", c.mark(pictureOp{fact: pictureRelation}))
	walk(content, func(e *etree.Element) bool {
		if e.FullTag() == "wp:extent" || e.FullTag() == "a:ext" && e.SelectAttr("cx") != nil {
			e.CreateAttr("cx", c.mark(pictureOp{fact: pictureWidth, width: width, height: height}))
			e.CreateAttr("cy", c.mark(pictureOp{fact: pictureHeight, width: width, height: height}))
		}
		return true
	})
	return sdt
}

// size reads cx and cy in EMU; a box without a usable size gets 3 cm by 1 cm.
func size(extent *etree.Element) (width, height int64) {
	width, errW := strconv.ParseInt(extent.SelectAttrValue("cx", ""), 10, 64)
	height, errH := strconv.ParseInt(extent.SelectAttrValue("cy", ""), 10, 64)
	const cm, most = 360_000, 100 * 360_000
	if errW != nil || errH != nil || width < 1 || height < 1 || width > most || height > most {
		return 3 * cm, cm
	}
	return width, height
}
