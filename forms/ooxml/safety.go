package ooxml

import (
	"path"
	"regexp"
	"strings"

	"github.com/beevik/etree"
)

// fetching are field codes that make a reader load or run something.
var fetching = regexp.MustCompile(`(?i)\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|DATABASE|MACROBUTTON)\b`)

// CheckPassive refuses files that do something when they are opened or
// rendered: macros, embedded objects, outside templates and pictures, fetching
// fields. Templates must pass it, because filed forms are made from them.
func (f *File) CheckPassive() error {
	for _, e := range f.entries {
		base := strings.ToLower(path.Base(e.Name))
		if strings.HasPrefix(base, "vbaproject") || strings.Contains(strings.ToLower(e.Name), "/embeddings/") ||
			strings.Contains(strings.ToLower(e.Name), "/activex/") {
			return active("entry %s", e.Name)
		}
		if !strings.HasSuffix(base, ".rels") {
			continue
		}
		rels, err := f.rels(e.Name, "")
		if err != nil {
			return err
		}
		for _, r := range rels {
			if r.external && !strings.HasSuffix(r.kind, "/hyperlink") || strings.HasSuffix(r.kind, "/aFChunk") {
				return active("%s refers to %s", e.Name, r.target)
			}
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

func active(format string, args ...any) *Error {
	return refuse("active_content", "模板含有宏、嵌入对象、外部链接或会自动加载内容的域，请删除后再上传。", nil, format, args...)
}
