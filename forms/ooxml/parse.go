package ooxml

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/beevik/etree"
)

const nsWord = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

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

// maxAttributes bounds the attributes of one element; Word's own roots have about 40.
const maxAttributes = 100

// parse reads an XML part into a tree. What could exhaust memory is refused
// before the tree is built: every element costs at least one "<", every
// attribute one "=".
func (f *File) parse(name string) (*etree.Document, error) {
	data, err := f.read(name)
	if err != nil {
		return nil, err
	}
	if marks := bytes.Count(data, []byte("<")) / 2; marks > f.limits.Elements || bytes.Count(data, []byte("=")) > 8*f.limits.Elements {
		return nil, tooComplex(name)
	}
	doc := newTree(f.limits.Depth)
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, badXML(err, name)
	}
	if doc.Root() == nil {
		return nil, badXML(nil, name)
	}
	if err := f.inspect(name, &doc.Element); err != nil {
		return nil, err
	}
	return doc, nil
}

// newTree holds the settings under which an unchanged tree is written C14N-equal
// to what was read: CDATA stays CDATA, line breaks in attributes stay escaped.
func newTree(depth int) *etree.Document {
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{
		PreserveCData: true, PreserveDuplicateAttrs: true, MaxDepth: depth,
		CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
			if strings.EqualFold(charset, "utf-8") {
				return in, nil
			}
			return nil, fmt.Errorf("encoding %q is not UTF-8", charset)
		},
	}
	doc.WriteSettings = etree.WriteSettings{CanonicalAttrVal: true, CanonicalText: true}
	return doc
}

func badXML(cause error, name string) *Error {
	return refuse("bad_xml", "文件内容损坏，无法读取，请用 Word 重新保存后再上传。", cause, "part %s", name)
}

func tooComplex(name string) *Error {
	return refuse("too_large", "文件结构过于复杂，已拒绝。", nil, "part %s has too many elements or attributes", name)
}

// inspect refuses what the parser lets pass and a word processor would read
// differently: DTDs, rebound prefixes, doubled attributes.
func (f *File) inspect(name string, e *etree.Element) error {
	for _, token := range e.Child {
		switch t := token.(type) {
		case *etree.Directive:
			return refuse("bad_xml", "文件含有不允许的 XML 声明（DTD），已拒绝。", nil, "part %s has a DTD", name)
		case *etree.Element:
			if err := inspectAttributes(name, t); err != nil {
				return err
			}
			if err := f.inspect(name, t); err != nil {
				return err
			}
		}
	}
	return nil
}

func inspectAttributes(name string, e *etree.Element) error {
	if len(e.Attr) > maxAttributes {
		return tooComplex(name)
	}
	for i, a := range e.Attr {
		for _, b := range e.Attr[:i] {
			if a.Space == b.Space && a.Key == b.Key {
				return badXML(nil, name)
			}
		}
		if want := namespaces[a.Key]; a.Space == "xmlns" && want != "" && a.Value != want {
			return refuse("unsupported", "文件格式不受支持（例如 Strict Open XML），请用 Word 另存为普通 .docx。", nil,
				"part %s binds %s to %s", name, a.Key, a.Value)
		}
	}
	return nil
}
