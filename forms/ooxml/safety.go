package ooxml

import (
	"path"
	"regexp"
	"strings"

	"github.com/beevik/etree"
)

// fetching are field codes that make a reader load or run something.
var fetching = regexp.MustCompile(`(?i)\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|DATABASE|MACROBUTTON)\b`)

// CheckTemplate refuses files that are damaged anywhere or that do something
// when they are opened or rendered: macros, embedded objects, outside templates
// and pictures, fetching fields. Filed forms are made from templates, so
// templates must pass it.
func (f *File) CheckTemplate() error {
	for _, e := range f.entries {
		if err := f.checkEntry(e.Name); err != nil {
			return err
		}
	}
	for _, name := range f.content {
		var codes strings.Builder
		walk(f.trees[name].Root(), func(e *etree.Element) bool {
			switch {
			case e.FullTag() == "w:instrText":
				codes.WriteString(e.Text())
			case e.FullTag() == "w:fldSimple":
				codes.WriteString(" " + e.SelectAttrValue("w:instr", ""))
			case e.FullTag() == "w:fldChar":
				codes.WriteString(" ")
			}
			return true
		})
		if code := fetching.FindString(codes.String()); code != "" {
			return active("%s has the field %s", name, code)
		}
	}
	return nil
}

func (f *File) checkEntry(name string) error {
	folded := strings.ToLower(name)
	if strings.HasPrefix(path.Base(folded), "vbaproject") || strings.Contains(folded, "/embeddings/") || strings.Contains(folded, "/activex/") {
		return active("entry %s", name)
	}
	switch path.Ext(folded) {
	case ".rels":
		return f.checkRels(name)
	case ".xml":
		if f.trees[name] != nil {
			return nil // parsed by Open
		}
		_, err := f.parse(name)
		return err
	}
	_, err := f.read(name)
	return err
}

func (f *File) checkRels(name string) error {
	rels, err := f.rels(name, "")
	if err != nil {
		return err
	}
	for _, r := range rels {
		if r.external && !strings.HasSuffix(r.kind, "/hyperlink") || strings.HasSuffix(r.kind, "/aFChunk") {
			return active("%s refers to %s", name, r.target)
		}
	}
	return nil
}

func active(format string, args ...any) *Error {
	return refuse("active_content", "模板含有宏、嵌入对象、外部链接或会自动加载内容的域，请删除后再上传。", nil, format, args...)
}
