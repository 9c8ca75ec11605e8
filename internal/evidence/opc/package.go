package opc

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"countersign/internal/evidence/container"
)

// Names and types that OPC fixes.
const (
	typesPart     = "[Content_Types].xml"
	rootRels      = "_rels/.rels"
	originPart    = "_xmlsignatures/origin.sigs"
	originRels    = "_xmlsignatures/_rels/origin.sigs.rels"
	signaturePart = "_xmlsignatures/sig1.xml"

	relsType      = "application/vnd.openxmlformats-package.relationships+xml"
	originType    = "application/vnd.openxmlformats-package.digital-signature-origin"
	signatureType = "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"

	relsNS       = "http://schemas.openxmlformats.org/package/2006/relationships"
	typesNS      = "http://schemas.openxmlformats.org/package/2006/content-types"
	originRel    = relsNS + "/digital-signature/origin"
	signatureRel = relsNS + "/digital-signature/signature"
	documentRel  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"

	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
)

// Limits of a Word file in bytes.
const (
	maxPart  = 64 << 20
	maxTotal = 256 << 20
)

// parts are the files of a package by name.
type parts map[string][]byte

// readParts reads every part. Broken ones are named in the error list instead of the map.
func readParts(a *container.Archive) (parts, map[string]error) {
	p, broken := parts{}, map[string]error{}
	total := int64(0)
	for _, name := range a.Names {
		if total += a.Entries[name].Size; total > maxTotal {
			broken[name] = errors.New("the file is too large")
			return p, broken
		}
		data, err := a.Read(name, maxPart)
		if err != nil {
			broken[name] = err
			continue
		}
		p[name] = data
	}
	return p, broken
}

func (p parts) names() []string {
	names := make([]string, 0, len(p))
	for name := range p {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// digest covers the name and content of every part but the signature itself.
func (p parts) digest() string {
	sum := sha256.New()
	for _, name := range p.names() {
		if name != signaturePart {
			sum.Write(fmt.Appendf(nil, "%s\x00%x\n", name, sha256.Sum256(p[name])))
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// covered reports whether the standard signature has a reference for the part.
func covered(name string) bool {
	return name != typesPart && !strings.HasPrefix(name, "docProps/") && !strings.HasPrefix(name, "_xmlsignatures/")
}

type contentTypes struct {
	XMLName  xml.Name `xml:"http://schemas.openxmlformats.org/package/2006/content-types Types"`
	Defaults []struct {
		Extension   string `xml:"Extension,attr"`
		ContentType string `xml:"ContentType,attr"`
	} `xml:"Default"`
	Overrides []struct {
		PartName    string `xml:"PartName,attr"`
		ContentType string `xml:"ContentType,attr"`
	} `xml:"Override"`
}

// typeTable answers the content type of a part.
type typeTable struct{ extensions, names map[string]string }

func readTypes(data []byte) (typeTable, error) {
	t := typeTable{map[string]string{}, map[string]string{}}
	var list contentTypes
	if err := xml.Unmarshal(data, &list); err != nil {
		return t, fmt.Errorf("%s: %w", typesPart, err)
	}
	for _, d := range list.Defaults {
		t.extensions[d.Extension] = d.ContentType
	}
	for _, o := range list.Overrides {
		t.names[strings.TrimPrefix(o.PartName, "/")] = o.ContentType
	}
	return t, nil
}

// of looks a part up without regard to case, as OPC demands; an override goes before an extension.
func (t typeTable) of(name string) (string, error) {
	for _, look := range []struct {
		in  map[string]string
		key string
	}{{t.names, name}, {t.extensions, strings.TrimPrefix(path.Ext(name), ".")}} {
		for _, k := range sortedKeys(look.in) {
			if strings.EqualFold(k, look.key) {
				return look.in[k], nil
			}
		}
	}
	return "", fmt.Errorf("part %q has no content type", name)
}

// bytes writes the table sorted, so that there is one form of it.
func (t typeTable) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(xmlHead + `<Types xmlns="` + typesNS + `">`)
	for _, k := range sortedKeys(t.extensions) {
		fmt.Fprintf(&b, `<Default Extension="%s" ContentType="%s"/>`, escape(k), escape(t.extensions[k]))
	}
	for _, k := range sortedKeys(t.names) {
		fmt.Fprintf(&b, `<Override PartName="/%s" ContentType="%s"/>`, escape(k), escape(t.names[k]))
	}
	b.WriteString(`</Types>`)
	return b.Bytes()
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// relationship is one entry of a .rels part.
type relationship struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
}

func readRels(name string, data []byte) ([]relationship, error) {
	var list struct {
		XMLName xml.Name       `xml:"http://schemas.openxmlformats.org/package/2006/relationships Relationships"`
		Items   []relationship `xml:"Relationship"`
	}
	if err := xml.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	sort.SliceStable(list.Items, func(i, j int) bool { return list.Items[i].ID < list.Items[j].ID })
	for i, r := range list.Items {
		if r.ID == "" || i > 0 && r.ID == list.Items[i-1].ID {
			return nil, fmt.Errorf("%s: missing or doubled relationship ID %q", name, r.ID)
		}
	}
	return list.Items, nil
}

// signedRels returns the relationships of a .rels part that the signature covers: all, but of the package only the one to
// the document, because properties and the signature itself may change by the standard's rules.
func signedRels(name string, data []byte) ([]relationship, error) {
	list, err := readRels(name, data)
	if err != nil || name != rootRels {
		return list, err
	}
	return slices.DeleteFunc(list, func(r relationship) bool { return r.Type != documentRel }), nil
}

// transformed is the output of the relationship transform and C14N (ISO/IEC 29500-2, 13.2.4.24): the bytes to digest.
func transformed(list []relationship) []byte {
	var b bytes.Buffer
	b.WriteString(`<Relationships xmlns="` + relsNS + `">`)
	for _, r := range list {
		mode := r.Mode
		if mode == "" {
			mode = "Internal"
		}
		fmt.Fprintf(&b, `<Relationship Id="%s" Target="%s" TargetMode="%s" Type="%s"></Relationship>`,
			escape(r.ID), escape(r.Target), escape(mode), escape(r.Type))
	}
	b.WriteString(`</Relationships>`)
	return b.Bytes()
}

// rels writes a .rels part.
func rels(list []relationship) []byte {
	var b bytes.Buffer
	b.WriteString(xmlHead + `<Relationships xmlns="` + relsNS + `">`)
	for _, r := range list {
		mode := ""
		if r.Mode != "" {
			mode = ` TargetMode="` + escape(r.Mode) + `"`
		}
		fmt.Fprintf(&b, `<Relationship Id="%s" Type="%s" Target="%s"%s/>`, escape(r.ID), escape(r.Type), escape(r.Target), mode)
	}
	b.WriteString(`</Relationships>`)
	return b.Bytes()
}

// C14N escapes attribute values and text differently.
var (
	attributeEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;")
	textEscaper      = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")
)

func escape(s string) string     { return attributeEscaper.Replace(s) }
func escapeText(s string) string { return textEscaper.Replace(s) }
