package builder

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"

	"countersign/forms"
)

// Build makes the Word template of a form from its form.yaml. Equal input gives
// equal bytes. The template is opened and checked before it is returned.
func Build(form []byte) ([]byte, error) {
	d, err := forms.ParseDefinition(form)
	if err != nil {
		return nil, err
	}
	title := func(tag string) string {
		s, _ := d.ControlTitle(tag)
		return s
	}
	docx, err := build(form, d, &wordControls{title: title, ids: map[int32]bool{}})
	if err != nil {
		return nil, err
	}
	t, err := forms.OpenTemplate(docx)
	if err != nil {
		return nil, fmt.Errorf("built template cannot be opened: %w", err)
	}
	if problems := t.Check(d); len(problems) > 0 {
		return nil, &forms.TemplateError{Problems: problems}
	}
	return docx, nil
}

// BuildBraces makes the same document with docxtemplater's {tags} instead of
// content controls, for comparing the two engines on equal content.
func BuildBraces(form []byte) ([]byte, error) {
	d, err := forms.ParseDefinition(form)
	if err != nil {
		return nil, err
	}
	return build(form, d, braces{})
}

func build(form []byte, d *forms.Definition, controls dialect) ([]byte, error) {
	tables, err := parseSpec(form)
	if err != nil {
		return nil, err
	}
	draw := &drawer{form: d, controls: controls}
	var body strings.Builder
	for i, t := range tables {
		if i > 0 {
			body.WriteString(between(t.NewPage))
		}
		xml, err := draw.table(t)
		if err != nil {
			return nil, fmt.Errorf("draw %s: %w", d.Key, err)
		}
		body.WriteString(xml)
	}
	body.WriteString(closing)
	blank, err := blankPNG()
	if err != nil {
		return nil, err
	}
	return pack([]part{
		{"[Content_Types].xml", []byte(contentTypes)},
		{"_rels/.rels", []byte(rootRels)},
		{"word/document.xml", []byte(xmlHead + "<w:document" + nameSpaces + "><w:body>" + body.String() + sectionProperties + "</w:body></w:document>")},
		{"word/_rels/document.xml.rels", []byte(documentRels)},
		{"word/styles.xml", []byte(styles)},
		{"word/settings.xml", []byte(settings)},
		{"word/numbering.xml", []byte(numbering(draw.numbered))},
		{"word/header1.xml", []byte(draw.header())},
		{"word/footer1.xml", []byte(draw.footer())},
		{"word/media/blank.png", blank},
	})
}

// closing is the paragraph that Word demands after a table; it takes no room.
const closing = `<w:p><w:pPr><w:spacing w:line="20" w:lineRule="exact"/><w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>`

// between keeps two tables apart: Word would join them to one.
func between(newPage bool) string {
	if newPage {
		return `<w:p><w:pPr><w:pageBreakBefore/><w:spacing w:line="20" w:lineRule="exact"/><w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>`
	}
	return `<w:p><w:pPr><w:keepNext/><w:spacing w:line="160" w:lineRule="exact"/><w:rPr><w:sz w:val="8"/></w:rPr></w:pPr></w:p>`
}

type part struct {
	name string
	data []byte
}

// pack writes the archive without times, so that it is always the same.
func pack(parts []part) ([]byte, error) {
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate})
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", p.name, err)
		}
		if _, err := w.Write(p.data); err != nil {
			return nil, fmt.Errorf("pack %s: %w", p.name, err)
		}
	}
	if err := zw.Close(); err != nil {
		return nil, fmt.Errorf("pack template: %w", err)
	}
	return b.Bytes(), nil
}
