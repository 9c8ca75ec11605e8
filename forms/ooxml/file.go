package ooxml

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/beevik/etree"
)

const (
	contentTypesPart = "[Content_Types].xml"
	rootRelsPart     = "_rels/.rels"

	nsWord      = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	relDocument = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
	relHeader   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/header"
	relFooter   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer"
	relImage    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
)

// namespaces are the prefixes that this package reads; a part that binds one of
// them to anything else is refused, so that a prefix always means its namespace.
var namespaces = map[string]string{
	"w":   nsWord,
	"w14": "http://schemas.microsoft.com/office/word/2010/wordml",
	"w15": "http://schemas.microsoft.com/office/word/2012/wordml",
	"wp":  "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
	"a":   "http://schemas.openxmlformats.org/drawingml/2006/main",
	"r":   "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
	"mc":  "http://schemas.openxmlformats.org/markup-compatibility/2006",
}

// File is an opened .docx. It is read-only and safe for concurrent use.
type File struct {
	limits  Limits
	entries []*zip.File
	byName  map[string]*zip.File
	// document is the name of the main part; content lists it with all its headers and footers.
	document string
	content  []string
}

// Open checks the container of a .docx: sizes, names, the parts that Word
// needs. It fails with an *Error. The bytes must not change while File is used.
func Open(docx []byte, limits Limits) (*File, error) {
	if int64(len(docx)) > limits.File {
		return nil, refuse("too_large", "文件过大，请压缩图片或拆分后再上传。", nil, "%d bytes", len(docx))
	}
	zr, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, notDocx(err, "no zip archive")
	}
	f := &File{limits: limits, entries: zr.File, byName: map[string]*zip.File{}}
	if err := f.checkEntries(); err != nil {
		return nil, err
	}
	if err := f.findContent(); err != nil {
		return nil, err
	}
	return f, nil
}

func notDocx(cause error, format string, args ...any) *Error {
	return refuse("not_a_docx", "这不是有效的 Word 文档（.docx），请用 Word 另存为 .docx 后再上传。", cause, format, args...)
}

// checkEntries refuses archives that no word processor writes.
func (f *File) checkEntries() error {
	if len(f.entries) > f.limits.Entries {
		return refuse("too_large", "文件内部条目过多，无法处理。", nil, "%d entries", len(f.entries))
	}
	var total uint64
	seen := map[string]bool{}
	for _, e := range f.entries {
		if !safeName(e.Name) {
			return refuse("bad_name", "文件内部含有不安全的路径，已拒绝。", nil, "entry %q", e.Name)
		}
		folded := strings.ToLower(e.Name)
		if seen[folded] {
			return refuse("bad_name", "文件内部有重名条目，已拒绝。", nil, "entry %q twice", e.Name)
		}
		seen[folded] = true
		if e.Method != zip.Store && e.Method != zip.Deflate || e.Flags&1 != 0 {
			return notDocx(nil, "entry %q is encrypted or packed by method %d", e.Name, e.Method)
		}
		total += e.UncompressedSize64
		if e.UncompressedSize64 > uint64(f.limits.Part) || total > uint64(f.limits.Total) {
			return refuse("too_large", "文件解压后过大，已拒绝。", nil, "entry %q, %d bytes so far", e.Name, total)
		}
		f.byName[e.Name] = e
	}
	for _, name := range []string{contentTypesPart, rootRelsPart} {
		if f.byName[name] == nil {
			return notDocx(nil, "part %s is missing", name)
		}
	}
	return nil
}

// safeName accepts relative names without tricks; OPC part names are ASCII paths.
func safeName(name string) bool {
	if name == "" || len(name) > 255 || strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\:\x00") {
		return false
	}
	clean := path.Clean(strings.TrimSuffix(name, "/"))
	return clean == strings.TrimSuffix(name, "/") && clean != ".." && !strings.HasPrefix(clean, "../")
}

// read unpacks one part. The header's size is only a claim, so the real size is
// limited as well; the zip reader checks the CRC.
func (f *File) read(name string) ([]byte, error) {
	e := f.byName[name]
	if e == nil {
		return nil, notDocx(nil, "part %s is missing", name)
	}
	rc, err := e.Open()
	if err != nil {
		return nil, notDocx(err, "part %s", name)
	}
	data, err := io.ReadAll(io.LimitReader(rc, int64(e.UncompressedSize64)+1))
	if closeErr := rc.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, notDocx(err, "part %s", name)
	}
	if uint64(len(data)) > e.UncompressedSize64 {
		return nil, refuse("too_large", "文件解压后过大，已拒绝。", nil, "part %s is larger than it says", name)
	}
	return data, nil
}

// parse reads an XML part into a tree. DTDs, foreign encodings, deep nesting
// and rebound prefixes are refused before the tree is built.
func (f *File) parse(name string) (*etree.Document, error) {
	data, err := f.read(name)
	if err != nil {
		return nil, err
	}
	if err := f.scan(name, data); err != nil {
		return nil, err
	}
	doc := newTree(f.limits.Depth)
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, badXML(err, name)
	}
	if doc.Root() == nil {
		return nil, badXML(nil, name)
	}
	return doc, nil
}

// newTree holds the settings under which an unchanged tree is written C14N-equal
// to what was read: CDATA stays CDATA, line breaks in attributes stay escaped.
func newTree(depth int) *etree.Document {
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{PreserveCData: true, PreserveDuplicateAttrs: true, MaxDepth: depth}
	doc.WriteSettings = etree.WriteSettings{CanonicalAttrVal: true, CanonicalText: true}
	return doc
}

func badXML(cause error, name string) *Error {
	return refuse("bad_xml", "文件内容损坏，无法读取，请用 Word 重新保存后再上传。", cause, "part %s", name)
}

// scan walks the tokens once, without building anything.
func (f *File) scan(name string, data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	depth, elements := 0, 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badXML(err, name)
		}
		switch t := token.(type) {
		case xml.Directive:
			return refuse("bad_xml", "文件含有不允许的 XML 声明（DTD），已拒绝。", nil, "part %s has a DTD", name)
		case xml.StartElement:
			depth, elements = depth+1, elements+1
			if depth > f.limits.Depth || elements > f.limits.Elements {
				return refuse("too_large", "文件结构过于复杂，已拒绝。", nil, "part %s: depth %d, %d elements", name, depth, elements)
			}
			for _, a := range t.Attr {
				if want := namespaces[a.Name.Local]; a.Name.Space == "xmlns" && want != "" && a.Value != want {
					return refuse("unsupported", "文件格式不受支持（例如 Strict Open XML），请用 Word 另存为普通 .docx。", nil,
						"part %s binds %s to %s", name, a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			depth--
		}
	}
}
