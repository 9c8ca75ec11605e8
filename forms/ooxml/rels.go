package ooxml

import (
	"path"
	"sort"
	"strings"
)

// relationship is one line of a .rels part.
type relationship struct {
	kind, target string
	external     bool
}

// relsName is the name of the part with the relationships of a part.
func relsName(part string) string {
	dir, base := path.Split(part)
	return dir + "_rels/" + base + ".rels"
}

// rels reads the relationships of a part; none when the part has no such file.
func (f *File) rels(name, base string) ([]relationship, error) {
	if f.byName[name] == nil {
		return nil, nil
	}
	doc, err := f.parse(name)
	if err != nil {
		return nil, err
	}
	var list []relationship
	for _, e := range doc.Root().ChildElements() {
		if e.Tag != "Relationship" {
			continue
		}
		target := e.SelectAttrValue("Target", "")
		external := e.SelectAttrValue("TargetMode", "") == "External"
		if !external {
			if strings.HasPrefix(target, "/") {
				target = strings.TrimPrefix(path.Clean(target), "/")
			} else {
				target = path.Join(base, target)
			}
		}
		list = append(list, relationship{kind: e.SelectAttrValue("Type", ""), target: target, external: external})
	}
	return list, nil
}

// findContent finds the main part and its headers and footers.
func (f *File) findContent() error {
	root, err := f.rels(rootRelsPart, "")
	if err != nil {
		return err
	}
	for _, r := range root {
		if r.kind == relDocument && !r.external && f.byName[r.target] != nil {
			f.document = r.target
		}
	}
	if f.document == "" {
		return notDocx(nil, "no main document part")
	}
	own, err := f.rels(relsName(f.document), path.Dir(f.document))
	if err != nil {
		return err
	}
	seen := map[string]bool{f.document: true}
	var around []string
	for _, r := range own {
		if (r.kind == relHeader || r.kind == relFooter) && !r.external && f.byName[r.target] != nil && !seen[r.target] {
			seen[r.target] = true
			around = append(around, r.target)
		}
	}
	sort.Strings(around)
	f.content = append([]string{f.document}, around...)
	return nil
}
