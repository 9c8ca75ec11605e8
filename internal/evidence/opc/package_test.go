package opc

import (
	"strings"
	"testing"
)

// LibreOffice 7.4 digests an ampersand in a target unescaped and so calls such a file invalid; the standard asks for C14N.
func TestRelationshipTransform(t *testing.T) {
	list, err := signedRels("word/_rels/document.xml.rels", []byte(`<?xml version="1.0"?>
<Relationships xmlns="`+relsNS+`"><Relationship Type="t" Id="rId2" Target="http://e/?a&amp;b" TargetMode="External"/>
<Relationship Id="rId10" Type="u" Target='q"'></Relationship></Relationships>`))
	if err != nil {
		t.Fatal(err)
	}
	want := `<Relationships xmlns="` + relsNS + `">` +
		`<Relationship Id="rId10" Target="q&quot;" TargetMode="Internal" Type="u"></Relationship>` +
		`<Relationship Id="rId2" Target="http://e/?a&amp;b" TargetMode="External" Type="t"></Relationship></Relationships>`
	if got := string(transformed(list)); got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestRootRelationshipsCoverOnlyTheDocument(t *testing.T) {
	list, err := signedRels(rootRels, []byte(`<Relationships xmlns="`+relsNS+`"><Relationship Id="a" Type="`+documentRel+
		`" Target="word/document.xml"/><Relationship Id="b" Type="`+originRel+`" Target="x"/></Relationships>`))
	if err != nil || len(list) != 1 || list[0].ID != "a" {
		t.Fatalf("%v %v", list, err)
	}
}

func TestBadRelationshipsAreRefused(t *testing.T) {
	for name, data := range map[string]string{
		"not XML":      "x",
		"other name":   `<Relations xmlns="` + relsNS + `"/>`,
		"no namespace": `<Relationships/>`,
		"doubled ID":   `<Relationships xmlns="` + relsNS + `"><Relationship Id="a"/><Relationship Id="a"/></Relationships>`,
		"no ID":        `<Relationships xmlns="` + relsNS + `"><Relationship Target="a"/></Relationships>`,
	} {
		if _, err := readRels(name, []byte(data)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestContentTypes(t *testing.T) {
	table, err := readTypes([]byte(`<Types xmlns="` + typesNS + `"><Default Extension="PNG" ContentType="image/png"/>` +
		`<Override PartName="/word/Document.xml" ContentType="doc"/></Types>`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a/b.png": "image/png", "word/document.xml": "doc", "word/other.xml": "", "none": ""} {
		got, err := table.of(name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	again, err := readTypes(table.bytes())
	if err != nil || !strings.Contains(string(again.bytes()), `PartName="/word/Document.xml"`) {
		t.Fatalf("written and read again: %s %v", again.bytes(), err)
	}
}
