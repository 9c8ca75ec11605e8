package ooxml

import (
	"strconv"
	"strings"
)

// op is one step of a compiled part: it writes bytes to the renderer.
type op interface{ render(r *renderer) error }

type ops []op

func (list ops) render(r *renderer) error {
	for _, o := range list {
		if err := o.render(r); err != nil {
			return err
		}
	}
	return nil
}

// literal is a piece of the template.
type literal []byte

func (l literal) render(r *renderer) error {
	r.out.Write(l)
	return nil
}

// controlOp is a content control. original writes it as the template has it,
// filled with the current value, text is a picture control turned into text.
type controlOp struct {
	tag                    string
	kind                   Kind
	blank                  bool
	original, filled, text ops
}

func (c *controlOp) render(r *renderer) error {
	if r.untouched {
		return c.original.render(r)
	}
	v, given := r.controls[c.tag]
	r.value = v
	switch {
	case c.kind == CheckBox && given:
		return c.filled.render(r)
	case c.kind == Picture && len(v.Picture) > 0:
		if err := r.addPicture(v.Picture); err != nil {
			return err
		}
		return c.filled.render(r)
	case c.kind == Picture && v.Text != "":
		return c.text.render(r)
	case c.kind == CheckBox || c.kind == Picture || v.Text == "" && c.blank:
		return c.original.render(r)
	}
	// A control with ready-made text is emptied: the form must not show what nobody entered.
	return c.filled.render(r)
}

// repeatOp is a table row or repeating-section item, written once per row of data.
type repeatOp struct {
	rows           string
	original, body ops
}

func (o *repeatOp) render(r *renderer) error {
	if r.untouched {
		return o.original.render(r)
	}
	rows := r.data.Rows[o.rows]
	if len(rows) == 0 {
		rows = []map[string]Value{nil}
	}
	outer := r.controls
	for i, row := range rows {
		r.controls, r.clone = row, i
		if err := o.body.render(r); err != nil {
			return err
		}
	}
	r.controls, r.clone = outer, 0
	return nil
}

// idOp is an identifier inside a repeated row: the first copy keeps the
// template's, every further copy gets a new one.
type idOp struct {
	space idSpace
	own   string
}

func (o idOp) render(r *renderer) error {
	if r.clone == 0 {
		r.out.WriteString(o.own)
		return nil
	}
	n := r.ids[o.space]
	for {
		n++
		id := o.space.write(n)
		if !r.program.usedIDs[o.space][id] {
			r.ids[o.space] = n
			r.out.WriteString(id)
			return nil
		}
	}
}

// idSpace is a set of identifiers that must differ from each other.
type idSpace int

const (
	controlIDs   idSpace = iota // w:sdtPr/w:id
	drawingIDs                  // wp:docPr@id
	paragraphIDs                // w14:paraId and w14:textId
	idSpaces
)

func (s idSpace) write(n int) string {
	id := strconv.Itoa(n)
	if s == paragraphIDs {
		id = strings.ToUpper(strconv.FormatInt(int64(n), 16))
		id = strings.Repeat("0", 8-len(id)) + id
	}
	return id
}

// textOp writes the current text. With perLine, open and close are a paragraph
// and a run, written for each line; otherwise one run with w:br between lines.
type textOp struct {
	open, close []byte
	perLine     bool
}

func (o textOp) render(r *renderer) error {
	r.out.Write(o.open)
	for i, line := range strings.Split(r.value.Text, "\n") {
		if i > 0 && o.perLine {
			r.out.Write(o.close)
			r.out.Write(o.open)
		} else if i > 0 {
			r.out.WriteString("<w:br/>")
		}
		for j, piece := range strings.Split(line, "\t") {
			if j > 0 {
				r.out.WriteString("<w:tab/>")
			}
			r.out.WriteString(`<w:t xml:space="preserve">`)
			escape(&r.out, piece)
			r.out.WriteString("</w:t>")
		}
	}
	r.out.Write(o.close)
	return nil
}

// kindOp writes the element that makes a control a text, a date or a choice.
type kindOp struct {
	kind  Kind
	plain []byte
}

func (o kindOp) render(r *renderer) error {
	const dateOpen = "<w:date"
	switch {
	case o.kind != Date && len(r.value.Choices) > 0:
		r.out.WriteString("<w:comboBox>")
		for _, c := range r.value.Choices {
			r.out.WriteString(`<w:listItem w:displayText="`)
			escape(&r.out, c.Display)
			r.out.WriteString(`" w:value="`)
			escape(&r.out, c.Value)
			r.out.WriteString(`"/>`)
		}
		r.out.WriteString("</w:comboBox>")
	case o.kind == Date && r.value.FullDate != "":
		r.out.WriteString(dateOpen + ` w:fullDate="`)
		escape(&r.out, r.value.FullDate)
		r.out.WriteByte('"')
		r.out.Write(o.plain[len(dateOpen):])
	default:
		r.out.Write(o.plain)
	}
	return nil
}

// boxOp writes one of two texts by the state of a check box.
type boxOp struct{ on, off []byte }

func (o boxOp) render(r *renderer) error {
	if r.value.Checked {
		r.out.Write(o.on)
	} else {
		r.out.Write(o.off)
	}
	return nil
}

// pictureOp writes one fact of the picture placed last.
type pictureOp struct {
	// fact is what to write; width and height are the template's box in EMU.
	fact          pictureFact
	width, height int64
}

type pictureFact int

const (
	pictureRelation pictureFact = iota
	pictureWidth
	pictureHeight
)

func (o pictureOp) render(r *renderer) error {
	w, h := r.picture.fit(o.width, o.height)
	switch o.fact {
	case pictureRelation:
		r.out.WriteString(r.picture.relation)
	case pictureWidth:
		r.out.WriteString(strconv.FormatInt(w, 10))
	case pictureHeight:
		r.out.WriteString(strconv.FormatInt(h, 10))
	}
	return nil
}
