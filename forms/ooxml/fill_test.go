package ooxml

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/forms/internal/docxtest"
)

// compileBody opens and compiles a body; rows names its repeated tables.
func compileBody(t *testing.T, body string, rows ...string) (*File, *Program) {
	t.Helper()
	f, err := Open(docxtest.Docx(t, body), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(f, rows)
	if err != nil {
		t.Fatal(err)
	}
	return f, p
}

func render(t *testing.T, p *Program, data Data) (docx []byte, document string) {
	t.Helper()
	docx, err := p.Render(&data)
	if err != nil {
		t.Fatal(err)
	}
	return docx, string(docxtest.Unzip(t, docx)["word/document.xml"])
}

func sdt(properties, content string) string {
	return "<w:sdt><w:sdtPr>" + properties + "</w:sdtPr><w:sdtContent>" + content + "</w:sdtContent></w:sdt>"
}

func tagged(tag, kind, content string) string {
	return sdt(`<w:tag w:val="`+tag+`"/>`+kind, content)
}

const placeholderRun = `<w:r><w:rPr><w:rStyle w:val="PlaceholderText"/><w:b/></w:rPr><w:t>点此输入</w:t></w:r>`

// levels is the same control at each of its four places, and what filling it with two lines must give.
var levels = []struct{ name, body, want string }{
	{"run", `<w:p>` + tagged("k", `<w:showingPlcHdr/>`, placeholderRun) + `</w:p>`,
		`<w:p><w:sdt><w:sdtPr><w:tag w:val="k"/></w:sdtPr><w:sdtContent><w:r><w:rPr><w:b/></w:rPr>` +
			`<w:t xml:space="preserve">甲 &lt;1&gt;</w:t><w:br/><w:t xml:space="preserve"> 乙</w:t></w:r></w:sdtContent></w:sdt></w:p>`},
	{"run, look of the control", `<w:p>` + tagged("k", `<w:rPr><w:i/></w:rPr><w:showingPlcHdr/><w:text/>`, placeholderRun) + `</w:p>`,
		`<w:p><w:sdt><w:sdtPr><w:tag w:val="k"/><w:rPr><w:i/></w:rPr></w:sdtPr><w:sdtContent><w:r><w:rPr><w:i/></w:rPr>` +
			`<w:t xml:space="preserve">甲 &lt;1&gt;</w:t><w:br/><w:t xml:space="preserve"> 乙</w:t></w:r></w:sdtContent></w:sdt></w:p>`},
	{"block", tagged("k", `<w:text/>`, `<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:t>旧</w:t></w:r></w:p><w:p/>`),
		`<w:sdt><w:sdtPr><w:tag w:val="k"/><w:text w:multiLine="1"/></w:sdtPr><w:sdtContent>` +
			`<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:t xml:space="preserve">甲 &lt;1&gt;</w:t></w:r></w:p>` +
			`<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:t xml:space="preserve"> 乙</w:t></w:r></w:p></w:sdtContent></w:sdt>`},
	{"cell", `<w:tbl><w:tr>` + tagged("k", ``, `<w:tc><w:tcPr><w:tcW w:w="9"/></w:tcPr><w:p/></w:tc>`) + `</w:tr></w:tbl>`,
		`<w:tbl><w:tr><w:sdt><w:sdtPr><w:tag w:val="k"/></w:sdtPr><w:sdtContent><w:tc><w:tcPr><w:tcW w:w="9"/></w:tcPr>` +
			`<w:p><w:r><w:t xml:space="preserve">甲 &lt;1&gt;</w:t></w:r></w:p><w:p><w:r><w:t xml:space="preserve"> 乙</w:t></w:r></w:p>` +
			`</w:tc></w:sdtContent></w:sdt></w:tr></w:tbl>`},
	{"empty paragraph", `<w:p>` + tagged("k", ``, ``) + `</w:p>`,
		`<w:p><w:sdt><w:sdtPr><w:tag w:val="k"/></w:sdtPr><w:sdtContent><w:r><w:t xml:space="preserve">甲 &lt;1&gt;</w:t><w:br/>` +
			`<w:t xml:space="preserve"> 乙</w:t></w:r></w:sdtContent></w:sdt></w:p>`},
}

func TestFillEveryLevel(t *testing.T) {
	for _, tt := range levels {
		t.Run(tt.name, func(t *testing.T) {
			_, p := compileBody(t, tt.body)
			docx, got := render(t, p, Data{Controls: map[string]Value{"k": {Text: "甲 <1>\n 乙\x00\x0b"}}})
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			f, err := Open(docx, DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if back := f.Read(nil, nil).Controls["k"].Text; back != "甲 <1>\n 乙" {
				t.Errorf("read back %q", back)
			}
		})
	}
}

func TestRowLevelTakesNoText(t *testing.T) {
	f, _ := compileBody(t, `<w:tbl>`+tagged("k", ``, `<w:tr><w:tc><w:p/></w:tc></w:tr>`)+`</w:tbl>`)
	c := f.Controls(nil)
	if len(c) != 1 || c[0].Level != RowLevel || c[0].Fillable {
		t.Errorf("got %+v", c)
	}
}

func TestEmptyValue(t *testing.T) {
	placeholder := tagged("k", `<w:showingPlcHdr/>`, placeholderRun)
	_, p := compileBody(t, `<w:p>`+placeholder+tagged("ready", ``, `<w:r><w:t>预填</w:t></w:r>`)+`</w:p>`)
	_, got := render(t, p, Data{})
	if !strings.Contains(got, placeholder) {
		t.Error("a control without value lost its placeholder")
	}
	if strings.Contains(got, "预填") {
		t.Error("a ready-made text that nobody entered was printed")
	}
}

func TestCheckBox(t *testing.T) {
	const box = `<w14:checkbox><w14:checked w14:val="%s"/><w14:checkedState w14:val="2611" w14:font="MS Gothic"/>` +
		`<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox>`
	run := `<w:r><w:rPr><w:rFonts w:ascii="MS Gothic"/></w:rPr>%s</w:r>`
	body := `<w:p>` + tagged("a", fmt.Sprintf(box, "0"), fmt.Sprintf(run, "<w:t>☐</w:t>")) +
		tagged("b", fmt.Sprintf(box, "1"), fmt.Sprintf(run, `<w:sym w:font="Wingdings" w:char="F0FE"/>`)) +
		tagged("c", `<w14:checkbox/>`, "") + `</w:p>`
	f, p := compileBody(t, body)
	if c := f.Read(nil, nil).Controls; !c["b"].Checked || c["a"].Checked || c["a"].Kind != CheckBox {
		t.Errorf("read %+v", c)
	}
	_, got := render(t, p, Data{Controls: map[string]Value{"a": {Checked: true}, "b": {Checked: false}, "c": {Checked: true}}})
	want := tagged("a", fmt.Sprintf(box, "1"), fmt.Sprintf(run, "<w:t>☑</w:t>")) +
		tagged("b", fmt.Sprintf(box, "0"), fmt.Sprintf(run, "<w:t>☐</w:t>")) +
		tagged("c", `<w14:checkbox><w14:checked w14:val="1"/></w14:checkbox>`, `<w:r><w:t>☒</w:t></w:r>`)
	if !strings.Contains(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestDateAndChoices(t *testing.T) {
	body := `<w:p>` + tagged("d", `<w:showingPlcHdr/><w:date w:fullDate="2000-01-01T00:00:00Z"><w:dateFormat w:val="yyyy年M月d日"/></w:date>`, placeholderRun) +
		tagged("p", `<w:text/>`, placeholderRun) + `</w:p>`
	_, p := compileBody(t, body)
	docx, got := render(t, p, Data{Controls: map[string]Value{
		"d": {Text: "2026年11月23日", FullDate: "2026-11-23T00:00:00Z"},
		"p": {Text: `王"伟`, Choices: []Choice{{Display: `王"伟`, Value: "P001"}}},
	}})
	for _, want := range []string{
		`<w:date w:fullDate="2026-11-23T00:00:00Z"><w:dateFormat w:val="yyyy年M月d日"/></w:date>`,
		`<w:comboBox><w:listItem w:displayText="王&quot;伟" w:value="P001"/></w:comboBox>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	f, err := Open(docx, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if c := f.Read(nil, nil).Controls["p"]; c.Text != `王"伟` || !slices.Equal(c.Choices, []Choice{{`王"伟`, "P001"}}) {
		t.Errorf("read back %+v", c)
	}
}

func TestBindingIsCut(t *testing.T) {
	_, p := compileBody(t, `<w:p>`+tagged("k", `<w:dataBinding w:xpath="/x" w:storeItemID="{1}"/>`, placeholderRun)+`</w:p>`)
	if _, got := render(t, p, Data{Controls: map[string]Value{"k": {Text: "v"}}}); strings.Contains(got, "dataBinding") {
		t.Error("Word would replace the value by the bound data")
	}
}

var attribute = regexp.MustCompile(`(w:id w:val|wp:docPr id|w14:paraId)="([^"]*)"`)

// TestRows covers both ways to repeat: a repeating section and a plain row.
func TestRows(t *testing.T) {
	row := `<w:tr w14:paraId="00000002"><w:tc><w:p w14:paraId="0A0B0C0D"><w:bookmarkStart w:id="0" w:name="_GoBack"/><w:bookmarkEnd w:id="0"/>` +
		sdt(`<w:tag w:val="t.a"/><w:id w:val="7"/><w:text/>`, placeholderRun) + `<w:r><w:drawing><wp:inline><wp:docPr id="3" name="x"/></wp:inline></w:drawing></w:r></w:p></w:tc></w:tr>`
	section := sdt(`<w:tag w:val="t"/><w:id w:val="1"/><w15:repeatingSection/>`, sdt(`<w:id w:val="2"/><w15:repeatingSectionItem/>`, row))
	after := sdt(`<w:tag w:val="z"/><w:id w:val="9"/>`, placeholderRun)
	for name, table := range map[string]string{"repeating section": section, "plain row": row} {
		t.Run(name, func(t *testing.T) {
			_, p := compileBody(t, `<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr>`+table+`</w:tbl><w:p>`+after+`</w:p>`, "t")
			rows := []map[string]Value{{"t.a": {Text: "一"}}, {"t.a": {Text: "二"}}, {}}
			docx, got := render(t, p, Data{Rows: map[string][]map[string]Value{"t": rows}, Controls: map[string]Value{"z": {Text: "末"}}})
			if n := strings.Count(got, "<w:tr"); n != 4 {
				t.Errorf("%d rows", n)
			}
			seen := map[string]bool{}
			for _, m := range attribute.FindAllString(got, -1) {
				if seen[m] {
					t.Errorf("%s is doubled", m)
				}
				seen[m] = true
			}
			if !seen[`w:id w:val="7"`] || !seen[`w14:paraId="0A0B0C0D"`] {
				t.Error("the first row did not keep its identifiers")
			}
			f, err := Open(docx, DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			c := f.Read([]string{"t"}, nil)
			if back := c.Rows["t"]; len(back) != 3 || back[0]["t.a"].Text != "一" || back[1]["t.a"].Text != "二" || back[2]["t.a"].Text != "" {
				t.Errorf("read back %+v", back)
			}
			if c.Controls["z"].Text != "末" {
				t.Error("the control after the rows was not filled")
			}
			_, none := render(t, p, Data{})
			if n := strings.Count(none, "<w:tr"); n != 2 {
				t.Errorf("without data %d rows, want one blank row", n-1)
			}
		})
	}
}

func pngOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const drawing = `<w:r><w:drawing><wp:inline><wp:extent cx="1000" cy="500"/><wp:docPr id="1" name="s"/><a:graphic><a:blip r:embed="rId1" r:link="rId2"/>` +
	`<a:xfrm><a:ext cx="1000" cy="500"/></a:xfrm></a:graphic></wp:inline></w:drawing></w:r>`

func TestPicture(t *testing.T) {
	body := `<w:p>` + tagged("s", `<w:picture/>`, drawing) + tagged("s2", `<w:picture/>`, drawing) + tagged("n", `<w:picture/>`, drawing) + `</w:p>`
	_, p := compileBody(t, body)
	square := pngOf(t, 30, 30)
	docx, got := render(t, p, Data{Controls: map[string]Value{
		"s": {Picture: square, Text: "王伟"}, "s2": {Picture: square}, "n": {Text: "李静"},
	}})
	parts := docxtest.Unzip(t, docx)
	if !bytes.Equal(parts["word/media/countersign1.png"], square) || parts["word/media/countersign2.png"] != nil {
		t.Error("the picture is not stored exactly once")
	}
	rels := string(parts["word/_rels/document.xml.rels"])
	for _, id := range []string{"countersign1", "countersign2"} {
		if !strings.Contains(rels, `Id="`+id+`"`) || !strings.Contains(got, `r:embed="`+id+`"`) {
			t.Errorf("relationship %s is missing in %s", id, rels)
		}
	}
	if !strings.Contains(string(parts["[Content_Types].xml"]), `<Default Extension="png" ContentType="image/png"/>`) {
		t.Error("PNG has no content type")
	}
	if strings.Count(got, `cx="500" cy="500"`) != 4 || strings.Contains(got, "r:link") {
		t.Errorf("the picture does not fit its box: %s", got)
	}
	if want := tagged("n", ``, `<w:r><w:t xml:space="preserve">李静</w:t></w:r>`); !strings.Contains(got, want) {
		t.Errorf("a name in place of the picture: got %s\nwant %s", got, want)
	}
}

func TestPictureRefused(t *testing.T) {
	_, p := compileBody(t, `<w:p>`+tagged("s", `<w:picture/>`, drawing)+`</w:p>`)
	for name, data := range map[string][]byte{"no picture": []byte("x"), "huge": pngOf(t, 5000, 1)} {
		if _, err := p.Render(&Data{Controls: map[string]Value{"s": {Picture: data}}}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestControlsDescribe(t *testing.T) {
	body := `<w:p>` + tagged("outer", ``, `<w:r/>`+tagged("inner", `<w:text/>`, placeholderRun)) +
		tagged("pic", `<w:picture/>`, ``) + tagged("t.a", ``, placeholderRun) + `</w:p>` +
		`<mc:AlternateContent><mc:Choice><w:p>` + tagged("once", ``, placeholderRun) + `</w:p></mc:Choice>` +
		`<mc:Fallback><w:p>` + tagged("once", ``, placeholderRun) + `</w:p></mc:Fallback></mc:AlternateContent>`
	f, _ := compileBody(t, body, "t")
	var got []string
	for _, c := range f.Controls([]string{"t"}) {
		got = append(got, fmt.Sprintf("%s %s %s inside=%q fillable=%v", c.Tag, c.Kind, c.Level, c.Inside, c.Fillable))
	}
	want := []string{
		`outer rich text run inside="" fillable=true`, `inner plain text run inside="outer" fillable=true`,
		`pic picture run inside="" fillable=false`, `t.a rich text run inside="" fillable=false`, `once rich text block inside="" fillable=true`,
	}
	want[4] = `once rich text run inside="" fillable=true`
	if !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}
