package forms_test

import (
	"testing"

	"countersign/forms"
)

func BenchmarkFill(b *testing.B) {
	d, tmpl := upgrade(b)
	doc := upgradeDocument(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tmpl.Fill(d, doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenAndFill(b *testing.B) {
	d, _ := upgrade(b)
	docx, doc := readFile(b, "../workflows/upgrade/template.docx"), upgradeDocument(b)
	b.ReportAllocs()
	for b.Loop() {
		tmpl, err := forms.OpenTemplate(docx)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := tmpl.Fill(d, doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadBack(b *testing.B) {
	d, tmpl := upgrade(b)
	docx, err := tmpl.Fill(d, upgradeDocument(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := forms.ReadBack(docx, d); err != nil {
			b.Fatal(err)
		}
	}
}
