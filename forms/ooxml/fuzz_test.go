package ooxml

import (
	"testing"

	"countersign/forms/internal/docxtest"
)

// FuzzFill compiles any main part and fills whatever controls it has: the
// result must be a file that opens again, and with nil data one that reads the
// same as before.
func FuzzFill(f *testing.F) {
	for _, l := range levels {
		f.Add(l.body, "text")
	}
	f.Add(`<w:p>`+tagged("s", `<w:picture/>`, drawing)+`</w:p>`, "x")
	f.Add(`<w:tr>`+tagged("t.a", `<w:id w:val="1"/>`, `<w:tc><w:p/></w:tc>`)+`</w:tr>`, "]]>")
	f.Add(tagged("k", `<w14:checkbox><w14:checkedState w14:val="3C"/></w14:checkbox>`, ""), "a\nb\tc")
	f.Fuzz(func(t *testing.T, body, text string) {
		file, err := Open(docxtest.Docx(t, body), DefaultLimits)
		if err != nil {
			return
		}
		p, err := Compile(file, []string{"t"})
		if err != nil {
			return
		}
		data := &Data{Controls: map[string]Value{}, Rows: map[string][]map[string]Value{}}
		row := map[string]Value{}
		for _, c := range file.Controls([]string{"t"}) {
			v := Value{Text: text, Checked: true, FullDate: "2026-11-23T00:00:00Z", Choices: []Choice{{text, text}}}
			data.Controls[c.Tag], row[c.Tag] = v, v
		}
		data.Rows["t"] = []map[string]Value{row, row}
		for _, d := range []*Data{data, nil} {
			docx, err := p.Render(d)
			if err != nil {
				t.Fatalf("render: %v", err)
			}
			limits := DefaultLimits
			limits.Depth += 5 // a filled control may be a few elements deeper than a blank one
			if _, err := Open(docx, limits); err != nil && len(body)+8*len(text) < 1<<16 {
				t.Fatalf("the result does not open: %v\n%s", err, docxtest.Unzip(t, docx)["word/document.xml"])
			}
		}
	})
}
