package forms_test

import (
	"testing"

	"countersign/forms"
	"countersign/forms/internal/docxtest"
)

// FuzzParseDefinition: any bytes give a definition or an error, and a
// definition that was accepted can be used.
func FuzzParseDefinition(f *testing.F) {
	f.Add(readFile(f, "../workflows/upgrade/form.yaml"))
	f.Add(readFile(f, "../workflows/requirement/form.yaml"))
	f.Add([]byte("form: f\ntitle: 表\nfields:\n  - {key: a, label: 甲, kind: rows, columns: [{key: b, label: 乙, kind: number, min: .nan}]}\n"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := forms.ParseDefinition(data)
		if err != nil {
			return
		}
		d.Version()
		d.JSONSchema()
		d.Layout()
		d.Validate(forms.Values{}, forms.Submit, forms.Env{})
	})
}

// FuzzMainPart throws any XML at the template and the reader.
func FuzzMainPart(f *testing.F) {
	f.Add(docxtest.Document(`<w:p><w:sdt><w:sdtPr><w:tag w:val="system_name"/></w:sdtPr><w:sdtContent><w:r><w:t>甲</w:t></w:r></w:sdtContent></w:sdt></w:p>`))
	f.Add(docxtest.Document(`<w:tbl><w:sdt><w:sdtPr><w:tag w:val="rollback_steps"/><w15:repeatingSection/></w:sdtPr><w:sdtContent><w:sdt><w:sdtPr><w15:repeatingSectionItem/></w:sdtPr><w:sdtContent>` +
		`<w:tr><w:tc><w:p><w:sdt><w:sdtPr><w:tag w:val="rollback_steps.action"/></w:sdtPr><w:sdtContent/></w:sdt></w:p></w:tc></w:tr></w:sdtContent></w:sdt></w:sdtContent></w:sdt></w:tbl>`))
	f.Add(docxtest.Document(`<w:sdt><w:sdtPr><w:tag w:val="release_level:日常发布"/><w14:checkbox/></w:sdtPr></w:sdt>`))
	f.Add(docxtest.Document(`<w:sdt><w:sdtContent><w:tc/></w:sdtContent><w:sdtPr><w:tag w:val="ports"/><w:picture/></w:sdtPr></w:sdt>`))
	d, _ := upgrade(f)
	f.Fuzz(func(t *testing.T, document string) {
		tryFile(t, d, docxtest.Docx(t, "", docxtest.Part{Name: "word/document.xml", Data: document}))
	})
}

// FuzzReadBack throws any bytes at the template and the reader.
func FuzzReadBack(f *testing.F) {
	f.Add(readFile(f, "../workflows/upgrade/template.docx"))
	f.Add(filled(f))
	f.Add([]byte("PK\x05\x06"))
	d, _ := upgrade(f)
	f.Fuzz(func(t *testing.T, docx []byte) { tryFile(t, d, docx) })
}

// tryFile opens, checks, fills and reads a file; whatever opens must be readable.
func tryFile(t *testing.T, d *forms.Definition, docx []byte) {
	tmpl, err := forms.OpenTemplate(docx)
	if err == nil && len(tmpl.Check(d)) == 0 {
		out, err := tmpl.Fill(d, forms.Document{Values: upgradeValues()})
		if err != nil {
			t.Fatalf("a checked template could not be filled: %v", err)
		}
		docx = out
	}
	values, _, err := forms.ReadBack(docx, d)
	if err == nil {
		d.Validate(values, forms.Draft, forms.Env{})
	}
}
