package builder

import (
	"fmt"
	"strings"
)

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func escape(s string) string { return escaper.Replace(s) }

// textRun is text in the paragraph's own look.
func textRun(s string) string {
	return `<w:r><w:t xml:space="preserve">` + escape(s) + `</w:t></w:r>`
}

// styledRun is text with run properties.
func styledRun(properties, s string) string {
	return `<w:r><w:rPr>` + properties + `</w:rPr><w:t xml:space="preserve">` + escape(s) + `</w:t></w:r>`
}

// paragraph writes a paragraph; properties are the children of w:pPr, which is always there.
func paragraph(properties string, runs ...string) string {
	return "<w:p><w:pPr>" + properties + "</w:pPr>" + strings.Join(runs, "") + "</w:p>"
}

const (
	centred = `<w:jc w:val="center"/>`
	heiti   = `<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="黑体"/>`
)

// cellOf writes a table cell over span grid columns; merge is "", restart or continue.
func cellOf(width, span int, merge, align string, paragraphs ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>`, width)
	if span > 1 {
		fmt.Fprintf(&b, `<w:gridSpan w:val="%d"/>`, span)
	}
	switch merge {
	case "restart":
		b.WriteString(`<w:vMerge w:val="restart"/>`)
	case "continue":
		b.WriteString(`<w:vMerge/>`)
	}
	fmt.Fprintf(&b, `<w:vAlign w:val="%s"/></w:tcPr>%s</w:tc>`, align, strings.Join(paragraphs, ""))
	return b.String()
}

const twipsPerMM = 1440 / 25.4

// rowProperties sets the least height; whole rows stay on one page; header rows repeat.
func rowProperties(millimetres int, whole, header bool) string {
	const oneLine = 9
	var b strings.Builder
	b.WriteString("<w:trPr>")
	if whole {
		b.WriteString("<w:cantSplit/>")
	}
	fmt.Fprintf(&b, `<w:trHeight w:val="%d" w:hRule="atLeast"/>`, int(float64(max(millimetres, oneLine))*twipsPerMM))
	if header {
		b.WriteString("<w:tblHeader/>")
	}
	b.WriteString("</w:trPr>")
	return b.String()
}

func rowOf(properties string, cells ...string) string {
	return "<w:tr>" + properties + strings.Join(cells, "") + "</w:tr>"
}
