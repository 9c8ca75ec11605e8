package forms

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/gowebpki/jcs"
)

func TestRestoredDefinitionIsTheSame(t *testing.T) {
	for _, process := range []string{"upgrade", "requirement"} {
		source, err := os.ReadFile("../workflows/" + process + "/form.yaml")
		if err != nil {
			t.Fatal(err)
		}
		d := MustParseDefinition(source)
		plain, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := jcs.Transform(plain)
		if err != nil {
			t.Fatal(err)
		}
		restored, err := RestoreDefinition(canonical)
		if err != nil {
			t.Fatal(err)
		}
		if restored.Version() != d.Version() || Digest(canonical) != d.Version() {
			t.Errorf("%s: version %s, restored %s", process, d.Version(), restored.Version())
		}
		docx, err := os.ReadFile("../workflows/" + process + "/template.docx")
		if err != nil {
			t.Fatal(err)
		}
		template, err := OpenTemplate(docx)
		if err != nil {
			t.Fatal(err)
		}
		doc := Document{Text: map[string]string{"number": "X-1", "revision": "第 1 版", "short_code": "AB"}, Values: Values{}}
		first, err := template.Fill(d, doc)
		if err != nil {
			t.Fatal(err)
		}
		second, err := template.Fill(restored, doc)
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: the restored definition prints something else (%v)", process, err)
		}
	}
}

func TestRestoreRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, bad := range []string{``, `[]`, `{"fields":[{"key":"a","kind":"hologram"}]}`, `{"sections":[{"fields":[{"key":"a"}]}]}`} {
		if _, err := RestoreDefinition([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
