package builder

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// dialect writes the places where values go.
type dialect interface {
	// text is a place for text inside a paragraph; blank is shown while it is empty.
	text(tag, blank string) string
	// date is a place for a date or time.
	date(tag, blank, format string) string
	// box is a check box.
	box(tag string) string
	// picture is a place for a signature.
	picture(tag string) string
	// repeat makes table rows repeatable; cells are finished w:tc elements.
	repeat(tag, properties string, cells []string) string
}

// wordControls is the dialect of the product: content controls.
type wordControls struct {
	title func(tag string) string
	ids   map[int32]bool
	drawn int
}

// id derives the control's number from its tag, so that an edit of one control
// does not renumber the others.
func (w *wordControls) id(tag string) int32 {
	h := fnv.New32a()
	if _, err := h.Write([]byte(tag)); err != nil {
		panic(err) // a hash never fails to write
	}
	id := int32(h.Sum32() & 0x3FFFFFFF)
	for w.ids[id] || id == 0 {
		id++
	}
	w.ids[id] = true
	return id
}

func (w *wordControls) control(tag, state, kind, content string) string {
	return fmt.Sprintf(`<w:sdt><w:sdtPr><w:alias w:val="%s"/><w:tag w:val="%s"/><w:id w:val="%d"/>`+
		`<w:lock w:val="sdtLocked"/>%s%s</w:sdtPr><w:sdtContent>%s</w:sdtContent></w:sdt>`,
		escape(w.title(tag)), escape(tag), w.id(tag), state, kind, content)
}

func placeholder(blank string) string {
	return `<w:r><w:rPr><w:rStyle w:val="PlaceholderText"/></w:rPr><w:t xml:space="preserve">` + escape(blank) + `</w:t></w:r>`
}

func (w *wordControls) text(tag, blank string) string {
	return w.control(tag, "<w:showingPlcHdr/>", `<w:text w:multiLine="1"/>`, placeholder(blank))
}

func (w *wordControls) date(tag, blank, format string) string {
	kind := fmt.Sprintf(`<w:date><w:dateFormat w:val="%s"/><w:lid w:val="zh-CN"/>`+
		`<w:storeMappedDataAs w:val="dateTime"/><w:calendar w:val="gregorian"/></w:date>`, escape(format))
	return w.control(tag, "<w:showingPlcHdr/>", kind, placeholder(blank))
}

func (w *wordControls) box(tag string) string {
	return w.control(tag, "", `<w14:checkbox><w14:checked w14:val="0"/>`+
		`<w14:checkedState w14:val="2611" w14:font="Segoe UI Symbol"/>`+
		`<w14:uncheckedState w14:val="2610" w14:font="Segoe UI Symbol"/></w14:checkbox>`, boxRun("☐"))
}

// boxRun writes a check mark in a font that has it on Windows and Linux.
func boxRun(char string) string {
	return `<w:r><w:rPr><w:rFonts w:ascii="Segoe UI Symbol" w:hAnsi="Segoe UI Symbol" w:eastAsia="Segoe UI Symbol" w:cs="Segoe UI Symbol"/></w:rPr>` +
		`<w:t>` + char + `</w:t></w:r>`
}

// The box for a signature: 30 mm by 10 mm, in EMU.
const (
	signatureWidth  = 30 * 36000
	signatureHeight = 10 * 36000
)

func (w *wordControls) picture(tag string) string {
	w.drawn++
	drawing := fmt.Sprintf(`<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">`+
		`<wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="签字%d"/>`+
		`<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>`+
		`<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>`+
		`<pic:nvPicPr><pic:cNvPr id="%d" name="签字%d"/><pic:cNvPicPr/></pic:nvPicPr>`+
		`<pic:blipFill><a:blip r:embed="rIdBlank"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>`+
		`<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm>`+
		`<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>`+
		`</wp:inline></w:drawing></w:r>`,
		signatureWidth, signatureHeight, w.drawn, w.drawn, w.drawn, w.drawn, signatureWidth, signatureHeight)
	return w.control(tag, "", "<w:picture/>", drawing)
}

func (w *wordControls) repeat(tag, properties string, cells []string) string {
	row := "<w:tr>" + properties + strings.Join(cells, "") + "</w:tr>"
	item := fmt.Sprintf(`<w:sdt><w:sdtPr><w:id w:val="%d"/><w15:repeatingSectionItem/></w:sdtPr>`+
		`<w:sdtContent>%s</w:sdtContent></w:sdt>`, w.id(tag+" item"), row)
	return fmt.Sprintf(`<w:sdt><w:sdtPr><w:alias w:val="%s"/><w:tag w:val="%s"/><w:id w:val="%d"/>`+
		`<w15:repeatingSection/></w:sdtPr><w:sdtContent>%s</w:sdtContent></w:sdt>`,
		escape(w.title(tag)), escape(tag), w.id(tag), item)
}

// braces is the dialect of docxtemplater: {tag}, and {#tag}...{/tag} around rows.
type braces struct{}

func (braces) text(tag, _ string) string    { return textRun("{" + tag + "}") }
func (braces) date(tag, _, _ string) string { return textRun("{" + tag + "}") }
func (braces) box(tag string) string        { return boxRun("{" + tag + "}") }
func (braces) picture(tag string) string    { return textRun("{" + tag + "}") }

func (braces) repeat(tag, properties string, cells []string) string {
	open, closing := textRun("{#"+tag+"}"), textRun("{/"+tag+"}")
	cells = append([]string(nil), cells...)
	last := len(cells) - 1
	cells[0] = strings.Replace(cells[0], "</w:pPr>", "</w:pPr>"+open, 1)
	at := strings.LastIndex(cells[last], "</w:p>")
	cells[last] = cells[last][:at] + closing + cells[last][at:]
	return "<w:tr>" + properties + strings.Join(cells, "") + "</w:tr>"
}
