package ooxml

import (
	"bytes"
	"path"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// linker adds pictures to a package: media files, relationships, content type.
type linker struct {
	// rels holds, per content part, its relationships cut where new ones go.
	rels map[string]cutPart
	// types is the content type list, cut likewise; zero when PNG is known already.
	types cutPart
	// mediaDir and prefix are chosen so that new names and ids are free.
	mediaDir, prefix string
}

// cutPart is a part in two halves, and the prefix of the elements between them.
type cutPart struct {
	name          string
	before, after []byte
	space         string
}

// prepare reads the link parts of a template once.
func (l *linker) prepare(f *File) error {
	l.rels = map[string]cutPart{}
	l.mediaDir = path.Join(path.Dir(f.document), "media") + "/"
	l.prefix = "countersign"
	var taken strings.Builder
	for _, part := range f.content {
		name := relsName(part)
		doc := newTree(0)
		if f.byName[name] != nil {
			var err error
			if doc, err = f.parse(name); err != nil {
				return err
			}
		} else {
			doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8" standalone="yes"`)
			doc.CreateElement("Relationships").
				CreateAttr("xmlns", "http://schemas.openxmlformats.org/package/2006/relationships")
		}
		for _, r := range doc.Root().ChildElements() {
			taken.WriteString(strings.ToLower(r.SelectAttrValue("Id", "")) + "\n")
		}
		cut, err := cutAtEnd(doc, name)
		if err != nil {
			return err
		}
		l.rels[part] = cut
	}
	for _, e := range f.entries {
		taken.WriteString(strings.ToLower(e.Name) + "\n")
	}
	for strings.Contains(taken.String(), l.prefix) {
		l.prefix += "x"
	}
	return l.prepareTypes(f)
}

func (l *linker) prepareTypes(f *File) error {
	doc, err := f.parse(contentTypesPart)
	if err != nil {
		return err
	}
	for _, e := range doc.Root().ChildElements() {
		if e.Tag == "Default" && strings.EqualFold(e.SelectAttrValue("Extension", ""), "png") {
			return nil
		}
	}
	l.types, err = cutAtEnd(doc, contentTypesPart)
	return err
}

// cutAtEnd writes the tree in two halves, cut before the end tag of its root.
func cutAtEnd(doc *etree.Document, name string) (cutPart, error) {
	cut := cutPart{name: name}
	if s := doc.Root().Space; s != "" {
		cut.space = s + ":"
	}
	doc.Root().AddChild(etree.NewText(markOpen))
	text, err := write(doc)
	if err != nil {
		return cut, badXML(err, name)
	}
	var found bool
	if cut.before, cut.after, found = bytes.Cut(text, []byte(markOpen)); !found || bytes.Contains(cut.after, []byte(markOpen)) {
		return cut, badXML(nil, name)
	}
	return cut, nil
}

// with returns the part with lines added.
func (c cutPart) with(lines string) []byte {
	return bytes.Join([][]byte{c.before, []byte(lines), c.after}, nil)
}

// relationLine is the relationship of a picture.
func (l *linker) relationLine(part string, id string, media string) string {
	return "<" + l.rels[part].space + `Relationship Id="` + id + `" Type="` + relImage + `" Target="` +
		strings.TrimPrefix(media, path.Dir(part)+"/") + `"/>`
}

func (l *linker) typeLine() string {
	return "<" + l.types.space + `Default Extension="png" ContentType="image/png"/>`
}

func (l *linker) mediaName(n int) string { return l.mediaDir + l.prefix + strconv.Itoa(n) + ".png" }
