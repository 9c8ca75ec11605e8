package ooxml

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"countersign/forms/internal/docxtest"
)

// canonical lets libxml2 write a part as C14N.
func canonical(t *testing.T, xml []byte) []byte {
	t.Helper()
	tool, err := exec.LookPath("xmllint")
	if err != nil {
		t.Fatal("xmllint is missing: install the Debian package libxml2-utils")
	}
	cmd := exec.Command(tool, "--c14n", "--nonet", "-")
	cmd.Stdin = bytes.NewReader(xml)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("xmllint: %v: %s", err, errs.String())
	}
	return out.Bytes()
}

// TestUntouchedPass holds a pass that fills nothing against the original, with
// everything that serialisers like to lose.
func TestUntouchedPass(t *testing.T) {
	tricky := `<?keep this?><!-- and & this --><w:p w:rsid="a&#10;b&#9;c&quot;&lt;&amp;'>"><w:r><w:t xml:space="preserve"> a&#13;&lt;&gt;&amp;"' </w:t></w:r>` +
		`<w:r><w:t><![CDATA[<raw> & ]]]]><![CDATA[>]]></w:t></w:r><w:empty></w:empty><w:empty/></w:p>` +
		`<mc:AlternateContent><mc:Choice Requires="w14"><w:p/></mc:Choice><mc:Fallback><w:p/></mc:Fallback></mc:AlternateContent>`
	rows := `<w:tbl><w:tr w14:paraId="00000002">` + tagged("t.a", `<w:id w:val="7"/>`, `<w:tc><w:p/></w:tc>`) + `</w:tr></w:tbl>`
	controls := ""
	for _, l := range levels {
		controls += strings.ReplaceAll(l.body, `w:val="k"`, `w:val="`+strings.ReplaceAll(l.name, " ", "_")+`"`)
	}
	files := map[string][]byte{
		"tricky":      docxtest.Docx(t, tricky+controls+rows+tricky),
		"upgrade":     template(t, "../../workflows/upgrade/template.docx"),
		"requirement": template(t, "../../workflows/requirement/template.docx"),
	}
	for name, docx := range files {
		t.Run(name, func(t *testing.T) {
			f, err := Open(docx, DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			p, err := Compile(f, []string{"t", "rollback_steps", "rollback.steps", "execution.notes"})
			if err != nil {
				t.Fatal(err)
			}
			if len(p.parts) == 0 {
				t.Fatal("nothing was compiled, the test proves nothing")
			}
			out, err := p.Render(nil)
			if err != nil {
				t.Fatal(err)
			}
			before, after := docxtest.Unzip(t, docx), docxtest.Unzip(t, out)
			if len(before) != len(after) {
				t.Errorf("%d parts became %d", len(before), len(after))
			}
			for part, data := range before {
				if _, compiled := p.parts[part]; !compiled {
					if !bytes.Equal(after[part], data) {
						t.Errorf("part %s has no controls and was changed", part)
					}
					continue
				}
				if !bytes.Equal(canonical(t, after[part]), canonical(t, data)) {
					t.Errorf("part %s is not C14N-equal:\n%s", part, after[part])
				}
			}
		})
	}
}

func template(t *testing.T, name string) []byte {
	t.Helper()
	docx, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return docx
}
