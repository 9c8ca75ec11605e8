package evidencetest

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"testing"
)

// onePixel is a PNG of one black pixel.
const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="

func control(tag, text string) string {
	return `<w:sdt><w:sdtPr><w:tag w:val="` + tag + `"/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>` + text + `</w:t></w:r></w:p></w:sdtContent></w:sdt>`
}

// Docx returns a small unsealed Word file, as of revision 2 of ticket UPG-2026-000001, with text, a picture, an outside link and document properties.
func Docx(tb testing.TB) []byte {
	tb.Helper()
	picture, err := base64.StdEncoding.DecodeString(onePixel)
	Check(tb, err)
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range []struct{ name, data string }{
		{"[Content_Types].xml", head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>` +
			`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
			`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`},
		{"_rels/.rels", head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
			`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>` +
			`<Relationship Id="rId1" Type="` + office + `/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"docProps/core.xml", head + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" ` +
			`xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>升级申请单</dc:title></cp:coreProperties>`},
		{"word/document.xml", head + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="` + office + `"><w:body>` +
			`<w:p><w:r><w:t>信息系统升级申请单</w:t></w:r></w:p><w:p><w:hyperlink r:id="rId9"><w:r><w:t>链接</w:t></w:r></w:hyperlink></w:p>` +
			control("doc.number", "UPG-2026-000001") + control("doc.revision", "第 2 版") + control("doc.short_code", "3F7A-91C2-0B5D") +
			`<w:sectPr/></w:body></w:document>`},
		{"word/_rels/document.xml.rels", head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
			`<Relationship Id="rId9" Type="` + office + `/hyperlink" Target="https://example.org/a" TargetMode="External"/>` +
			`<Relationship Id="rId1" Type="` + office + `/image" Target="media/image1.png"/></Relationships>`},
		{"word/media/image1.png", string(picture)},
	} {
		w, err := z.Create(f.name)
		Check(tb, err)
		_, err = w.Write([]byte(f.data))
		Check(tb, err)
	}
	Check(tb, z.Close())
	return b.Bytes()
}
