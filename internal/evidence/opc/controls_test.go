package opc

import (
	"maps"
	"slices"
	"testing"
)

func TestControlsOfAPage(t *testing.T) {
	const w = `<w:x xmlns:w="` + wordNS + `" xmlns:o="other">`
	control := func(tag, inside string) string {
		return `<w:sdt><w:sdtPr><w:tag w:val="` + tag + `"/></w:sdtPr><w:sdtContent>` + inside + `</w:sdtContent></w:sdt>`
	}
	for name, c := range map[string]struct {
		xml  string
		want map[string][]string
		bad  bool
	}{
		"runs are joined":   {w + control("doc.n", `<w:r><w:t>U</w:t></w:r><w:r><w:t>1</w:t></w:r>`) + `</w:x>`, map[string][]string{"doc.n": {"U1"}}, false},
		"the same twice":    {w + control("doc.n", `<w:t>1</w:t>`) + control("doc.n", `<w:t>1</w:t>`) + `</w:x>`, map[string][]string{"doc.n": {"1"}}, false},
		"two texts":         {w + control("doc.n", `<w:t>1</w:t>`) + control("doc.n", `<w:t>2</w:t>`) + `</w:x>`, map[string][]string{"doc.n": {"1", "2"}}, false},
		"nested":            {w + control("doc.a", control("doc.b", `<w:t>1</w:t>`)) + `</w:x>`, map[string][]string{"doc.a": {"1"}, "doc.b": {"1"}}, false},
		"another prefix":    {w + control("title", `<w:t>doc.</w:t>`) + `</w:x>`, map[string][]string{}, false},
		"no visible text":   {w + control("doc.n", `<w:instrText>1</w:instrText><o:t>2</o:t>3`) + `</w:x>`, map[string][]string{"doc.n": {""}}, false},
		"not well formed":   {w + `<w:sdt></w:x>`, nil, true},
		"tag of no control": {w + `<w:tag w:val="doc.n"/></w:sdt></w:x>`, nil, true},
	} {
		got := map[string][]string{}
		err := readControls([]byte(c.xml), "doc.", got)
		if (err != nil) != c.bad || !c.bad && !maps.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
