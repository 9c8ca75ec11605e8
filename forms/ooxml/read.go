package ooxml

import (
	"strings"

	"github.com/beevik/etree"
)

// Contents is what the controls of a file hold.
type Contents struct {
	// Controls holds the controls outside of repeated rows, by tag.
	Controls map[string]Content
	// Rows holds the repeated rows in order, by the tag of their table.
	Rows map[string][]map[string]Content
}

// Content is what one control holds.
type Content struct {
	// Text is the visible text, lines separated by \n; empty while the placeholder shows.
	Text string
	// Kind tells a check box from the rest.
	Kind Kind
	// Checked is the state of a check box.
	Checked bool
	// Choices are the entries of a combo box or drop-down list.
	Choices []Choice
	// Conflict says that a second control with the same tag holds something else.
	Conflict bool
}

// Read takes the contents out of a file. rows are the tags whose columns
// repeat. aliases gives the tag of a control by its title, for files whose tags
// were lost: LibreOffice drops every tag when it saves, but keeps the titles.
func (f *File) Read(rows []string, aliases map[string]string) *Contents {
	c := &Contents{Controls: map[string]Content{}, Rows: map[string][]map[string]Content{}}
	units := map[*etree.Element]map[string]Content{}
	for _, part := range f.content {
		walk(f.trees[part].Root(), func(e *etree.Element) bool {
			if e.FullTag() == "mc:Fallback" {
				return false
			}
			if e.FullTag() != "w:sdt" {
				return true
			}
			tag := tagOf(e)
			if tag == "" {
				tag = aliases[property(e, "w:alias")]
			}
			if kind := kindOf(e); tag == "" || kind == Repeat || kind == Other {
				return true
			}
			into := c.Controls
			if table := rowsOf(tag, rows); table != "" {
				if into = c.row(table, unitOf(e), units); into == nil {
					return true
				}
			}
			content := contentOf(e)
			if earlier, twice := into[tag]; twice {
				content = earlier.merge(content)
			}
			into[tag] = content
			return true
		})
	}
	return c
}

// row returns the map of the repeated row that unit stands for.
func (c *Contents) row(table string, unit *etree.Element, units map[*etree.Element]map[string]Content) map[string]Content {
	if unit == nil {
		return nil
	}
	if units[unit] == nil {
		units[unit] = map[string]Content{}
		c.Rows[table] = append(c.Rows[table], units[unit])
	}
	return units[unit]
}

// merge keeps the first content and notes whether the second differs.
func (c Content) merge(other Content) Content {
	if c.Text != other.Text || c.Checked != other.Checked {
		c.Conflict = true
	}
	return c
}

func contentOf(sdt *etree.Element) Content {
	c := Content{Kind: kindOf(sdt)}
	kind := kindElement(sdt)
	switch c.Kind {
	case CheckBox:
		if state := child(kind, "w14:checked"); state != nil {
			c.Checked = on(state.SelectAttrValue("w14:val", "0"))
		}
		return c
	case ComboBox, DropDown:
		for _, item := range kind.ChildElements() {
			if item.FullTag() == "w:listItem" {
				value := item.SelectAttrValue("w:value", "")
				c.Choices = append(c.Choices, Choice{Display: item.SelectAttrValue("w:displayText", value), Value: value})
			}
		}
	}
	if content := child(sdt, "w:sdtContent"); content != nil && !blank(sdt) {
		c.Text = visibleText(content)
	}
	return c
}

// visibleText collects text as it is read on paper: paragraphs and breaks give
// new lines, deleted text and field codes are left out.
func visibleText(content *etree.Element) string {
	var b strings.Builder
	paragraphs := 0
	walk(content, func(e *etree.Element) bool {
		switch e.FullTag() {
		case "w:pPr", "w:rPr", "w:sdtPr", "w:del", "w:moveFrom", "mc:Fallback":
			return false
		case "w:p":
			if paragraphs > 0 {
				b.WriteByte('\n')
			}
			paragraphs++
		case "w:t":
			b.WriteString(e.Text())
		case "w:br", "w:cr":
			b.WriteByte('\n')
		case "w:tab":
			b.WriteByte('\t')
		case "w:noBreakHyphen":
			b.WriteByte('-')
		}
		return true
	})
	return b.String()
}
