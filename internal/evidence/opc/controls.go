package opc

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"countersign/internal/evidence/container"
)

// wordNS is the namespace of WordprocessingML.
const wordNS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

// Controls returns the texts of the content controls whose tag begins with prefix, by tag: of the page, its headers and
// footers. A tag that stands in several places is listed with every different text.
func Controls(a *container.Archive, prefix string) (map[string][]string, error) {
	texts := map[string][]string{}
	for _, name := range a.Names {
		if !strings.HasPrefix(name, "word/") || !strings.HasSuffix(name, ".xml") {
			continue
		}
		data, err := a.Read(name, maxPart)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if !bytes.Contains(data, []byte(prefix)) {
			continue
		}
		if err := readControls(data, prefix, texts); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return texts, nil
}

// control is a content control that is being read; controls nest.
type control struct {
	tag  string
	text strings.Builder
}

func readControls(data []byte, prefix string, texts map[string][]string) error {
	decoder := xml.NewDecoder(bytes.NewReader(data))
	var open []*control
	inText := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch x := token.(type) {
		case xml.StartElement:
			inText = x.Name.Space == wordNS && x.Name.Local == "t"
			open = begin(open, x)
		case xml.CharData:
			for _, c := range open {
				if inText {
					c.text.Write(x)
				}
			}
		case xml.EndElement:
			inText = false
			if x.Name.Space != wordNS || x.Name.Local != "sdt" {
				continue
			}
			c := open[len(open)-1]
			open = open[:len(open)-1]
			if text := c.text.String(); strings.HasPrefix(c.tag, prefix) && !slices.Contains(texts[c.tag], text) {
				texts[c.tag] = append(texts[c.tag], text)
			}
		}
	}
}

// begin follows the start of an element: a control opens, or the innermost one gets its tag.
func begin(open []*control, x xml.StartElement) []*control {
	switch {
	case x.Name.Space != wordNS:
	case x.Name.Local == "sdt":
		return append(open, &control{})
	case x.Name.Local == "tag" && len(open) > 0:
		for _, a := range x.Attr {
			if a.Name.Space == wordNS && a.Name.Local == "val" {
				open[len(open)-1].tag = a.Value
			}
		}
	}
	return open
}
