// Package docxtest makes and reads small .docx files for tests. It shares no
// code with the engine, so that the engine's mistakes do not cancel out.
package docxtest

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"sort"
	"strings"
	"testing"
)

// Namespaces are the declarations that a content part needs.
const Namespaces = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" ` +
	`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" ` +
	`xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" ` +
	`xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ` +
	`xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" ` +
	`xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" ` +
	`xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml" mc:Ignorable="w14 w15"`

const types = `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
	`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
	`<Default Extension="xml" ContentType="application/xml"/>` +
	`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`

const rels = `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
	`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`

// Part is one file of a .docx.
type Part struct{ Name, Data string }

// Document wraps a body into the main part.
func Document(body string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><w:document ` + Namespaces + `><w:body>` + body + `</w:body></w:document>`
}

// Docx makes a file with the body; extra parts replace or join the usual ones.
func Docx(t testing.TB, body string, extra ...Part) []byte {
	t.Helper()
	parts := []Part{{"[Content_Types].xml", types}, {"_rels/.rels", rels}, {"word/document.xml", Document(body)}}
	for _, e := range extra {
		replaced := false
		for i := range parts {
			if parts[i].Name == e.Name {
				parts[i], replaced = e, true
			}
		}
		if !replaced {
			parts = append(parts, e)
		}
	}
	return Zip(t, parts...)
}

// Zip packs parts in order.
func Zip(t testing.TB, parts ...Part) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := zw.Create(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, p.Data); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Unzip returns the parts of a file by name.
func Unzip(t testing.TB, docx []byte) map[string][]byte {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, f := range zr.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		if err := rc.Close(); err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = data
	}
	return parts
}

// Text extracts what a file says: one line per paragraph, cells of a row joined
// by " | ", pictures as [图], headers and footers last. Blanks are collapsed.
func Text(t testing.TB, docx []byte) string {
	t.Helper()
	parts := Unzip(t, docx)
	var names []string
	for name := range parts {
		base := path.Base(name)
		if strings.HasPrefix(name, "word/header") || strings.HasPrefix(base, "footer") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range append([]string{"word/document.xml"}, names...) {
		b.WriteString(partText(t, parts[name]))
	}
	return b.String()
}

func partText(t testing.TB, data []byte) string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(data))
	var out, line strings.Builder
	var row []string
	inRow, inText := false, false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "tr":
				inRow, row = true, nil
			case "t":
				inText = true
			case "br", "tab":
				line.WriteByte(' ')
			case "blip":
				line.WriteString("[图]")
			}
		case xml.CharData:
			if inText {
				line.Write(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "t":
				inText = false
			case "p":
				line.WriteByte(' ')
				if !inRow {
					flush(&out, line.String())
					line.Reset()
				}
			case "tc":
				row = append(row, tidy(line.String()))
				line.Reset()
			case "tr":
				inRow = false
				flush(&out, strings.Join(row, " | "))
			}
		}
	}
}

func tidy(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\n　", r) }), " ")
}

func flush(out *strings.Builder, line string) {
	if line = strings.TrimSpace(tidy(line)); line != "" {
		out.WriteString(line + "\n")
	}
}
