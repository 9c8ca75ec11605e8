package builder

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
)

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

	// nameSpaces stand on every content part; Word ignores the newer two where it does not know them.
	nameSpaces = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"` +
		` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
		` xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"` +
		` xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"` +
		` xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"` +
		` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"` +
		` xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"` +
		` xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml" mc:Ignorable="w14 w15"`

	contentTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
		`<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>` +
		`<Override PartName="/word/numbering.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/>` +
		`<Override PartName="/word/header1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/>` +
		`<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>` +
		`</Types>`

	relTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

	rootRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="` + relTypes + `officeDocument" Target="word/document.xml"/></Relationships>`

	documentRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rIdStyles" Type="` + relTypes + `styles" Target="styles.xml"/>` +
		`<Relationship Id="rIdSettings" Type="` + relTypes + `settings" Target="settings.xml"/>` +
		`<Relationship Id="rIdNumbering" Type="` + relTypes + `numbering" Target="numbering.xml"/>` +
		`<Relationship Id="rIdHeader" Type="` + relTypes + `header" Target="header1.xml"/>` +
		`<Relationship Id="rIdFooter" Type="` + relTypes + `footer" Target="footer1.xml"/>` +
		`<Relationship Id="rIdBlank" Type="` + relTypes + `image" Target="media/blank.png"/></Relationships>`

	// styles sets 仿宋 10.5 pt (五号) as the body text of the whole form.
	styles = xmlHead + `<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults>` +
		`<w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="仿宋" w:cs="Times New Roman"/>` +
		`<w:kern w:val="2"/><w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>` +
		`<w:pPrDefault/></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>` +
		`<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/></w:style>` +
		`<w:style w:type="character" w:styleId="PlaceholderText"><w:name w:val="Placeholder Text"/><w:basedOn w:val="DefaultParagraphFont"/></w:style>` +
		`<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>` +
		`</w:styles>`

	settings = xmlHead + `<w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">` +
		`<w:defaultTabStop w:val="420"/><w:characterSpacingControl w:val="compressPunctuation"/><w:compat>` +
		`<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`

	// shortCode is the header text for checking a printed page against the system.
	shortCode = "short_code"

	small = `<w:sz w:val="18"/><w:szCs w:val="18"/>`
	tiny  = `<w:sz w:val="16"/><w:szCs w:val="16"/>`

	sectionProperties = `<w:sectPr><w:headerReference w:type="default" r:id="rIdHeader"/><w:footerReference w:type="default" r:id="rIdFooter"/>` +
		`<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1304" w:right="1134" w:bottom="1134" w:left="1134" w:header="680" w:footer="567" w:gutter="0"/></w:sectPr>`
)

// numbering gives every numbered table a list of its own.
func numbering(lists int) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">`)
	for i := 1; i <= lists; i++ {
		fmt.Fprintf(&b, `<w:abstractNum w:abstractNumId="%d"><w:multiLevelType w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/>`+
			`<w:numFmt w:val="decimal"/><w:suff w:val="nothing"/><w:lvlText w:val="%%1"/><w:lvlJc w:val="left"/>`+
			`<w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl></w:abstractNum>`, i)
	}
	for i := 1; i <= lists; i++ {
		fmt.Fprintf(&b, `<w:num w:numId="%d"><w:abstractNumId w:val="%d"/></w:num>`, i, i)
	}
	b.WriteString(`</w:numbering>`)
	return b.String()
}

// header shows which ticket and which revision the paper belongs to; the short
// code stands in the footer.
func (d *drawer) header() string {
	var runs []string
	for _, h := range d.form.Header {
		if h.Key != shortCode {
			runs = append(runs, styledRun(small, "　　"+h.Label+"："), d.smallText("doc."+h.Key))
		}
	}
	return xmlHead + "<w:hdr" + nameSpaces + ">" + paragraph(`<w:jc w:val="right"/>`, runs...) + "</w:hdr>"
}

// footer shows the short code, when the form has one, and the page number.
func (d *drawer) footer() string {
	var runs []string
	if label, known := d.form.ControlTitle("doc." + shortCode); known {
		runs = append(runs, styledRun(tiny, label+"："), d.smallText("doc."+shortCode))
	}
	runs = append(runs, "<w:r><w:tab/></w:r>",
		styledRun(small, "第 "), pageField("PAGE"), styledRun(small, " 页　共 "), pageField("NUMPAGES"), styledRun(small, " 页"))
	tab := `<w:tabs><w:tab w:val="right" w:pos="9638"/></w:tabs>`
	return xmlHead + "<w:ftr" + nameSpaces + ">" + paragraph(tab, runs...) + "</w:ftr>"
}

func pageField(code string) string {
	return `<w:fldSimple w:instr=" ` + code + ` "><w:r><w:rPr>` + small + `</w:rPr><w:t>1</w:t></w:r></w:fldSimple>`
}

// smallText is a text control in the small type of header and footer.
func (d *drawer) smallText(tag string) string {
	properties := "<w:rPr>" + small + "</w:rPr>"
	control := d.controls.text(tag, blankText)
	control = strings.Replace(control, "<w:sdtPr>", "<w:sdtPr>"+properties, 1)
	return strings.Replace(control, `<w:rStyle w:val="PlaceholderText"/>`, `<w:rStyle w:val="PlaceholderText"/>`+small, 1)
}

// blankPNG is the transparent picture that stands in an unsigned signature box.
func blankPNG() ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 3, 1))); err != nil {
		return nil, fmt.Errorf("draw blank signature: %w", err)
	}
	return b.Bytes(), nil
}
