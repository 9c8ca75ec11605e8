package builder

import (
	"fmt"
	"strings"

	"countersign/forms"
)

// drawer writes the tables of one form.
type drawer struct {
	form     *forms.Definition
	controls dialect
	numbered int
}

func (d *drawer) table(t Table) (string, error) {
	var rows strings.Builder
	if t.Title != "" {
		title := paragraph(`<w:spacing w:before="60" w:after="60"/>`+centred,
			styledRun(heiti+`<w:b/><w:sz w:val="32"/><w:szCs w:val="32"/>`, t.Title))
		rows.WriteString(rowOf(rowProperties(12, true, true), cellOf(sum(t.Grid), len(t.Grid), "", "center", title)))
	}
	for _, r := range t.Rows {
		xml, err := d.row(t.Grid, r)
		if err != nil {
			return "", err
		}
		rows.WriteString(xml)
	}
	var grid strings.Builder
	for _, w := range t.Grid {
		fmt.Fprintf(&grid, `<w:gridCol w:w="%d"/>`, w)
	}
	return fmt.Sprintf(`<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>%s</w:tblBorders>`+
		`<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="28" w:type="dxa"/><w:left w:w="85" w:type="dxa"/><w:bottom w:w="28" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar>`+
		`</w:tblPr><w:tblGrid>%s</w:tblGrid>%s</w:tbl>`, sum(t.Grid), borders(), grid.String(), rows.String()), nil
}

func borders() string {
	var b strings.Builder
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&b, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="000000"/>`, side)
	}
	return b.String()
}

func (d *drawer) row(grid []int, r Row) (string, error) {
	switch {
	case len(r.Cells) > 0:
		return d.pairs(grid, r)
	case r.Heading != "":
		return d.heading(grid, r.Heading, false), nil
	case r.Table != "":
		return d.repeated(grid, r)
	default:
		return d.signOffs(grid, r)
	}
}

// heading draws a text over all columns; header repeats it on every page, which works for first rows only.
func (d *drawer) heading(grid []int, text string, header bool) string {
	p := paragraph(`<w:keepNext/>`+centred, styledRun(heiti+"<w:b/>", text))
	return rowOf(rowProperties(0, true, header), cellOf(sum(grid), len(grid), "", "center", p))
}

// pairs draws label and value cells side by side.
func (d *drawer) pairs(grid []int, r Row) (string, error) {
	var cells []string
	at, whole := 0, true
	for _, c := range r.Cells {
		f, err := fieldOf(d.form, c.Field)
		if err != nil {
			return "", err
		}
		whole = whole && f.Kind != "long_text"
		labelWidth := sum(grid[at : at+c.Label])
		valueWidth := sum(grid[at+c.Label : at+c.Label+c.Value])
		at += c.Label + c.Value
		cells = append(cells,
			cellOf(labelWidth, c.Label, "", "center", paragraph(centred, textRun(f.Label))),
			cellOf(valueWidth, c.Value, "", valueAlign(f), d.value(f, c.Field)...))
	}
	return rowOf(rowProperties(r.Height, whole, false), cells...), nil
}

func valueAlign(f *forms.Field) string {
	if f.Kind == "long_text" {
		return "top"
	}
	return "center"
}

// value draws the place for a value: the printed hint, then the control.
func (d *drawer) value(f *forms.Field, tag string) []string {
	var paragraphs []string
	if f.Hint != "" {
		paragraphs = append(paragraphs, paragraph("", textRun(f.Hint)))
	}
	return append(paragraphs, paragraph("", d.place(f, tag)...))
}

const (
	blankText = "    "
	blankDate = "      年    月    日"
)

// place writes the runs of one value inside a paragraph.
func (d *drawer) place(f *forms.Field, tag string) []string {
	switch f.Kind {
	case "choice":
		var runs []string
		for i, o := range f.Options {
			if i > 0 {
				runs = append(runs, textRun("　　"))
			}
			runs = append(runs, d.controls.box(tag+":"+o), textRun(" "+o))
		}
		return runs
	case "date":
		return []string{d.controls.date(tag, blankText, "yyyy年M月d日")}
	case "datetime":
		return []string{d.controls.date(tag, blankText, "yyyy年M月d日 HH:mm")}
	}
	return []string{d.controls.text(tag, blankText)}
}

// repeated draws a rows field: its label, the labels of its columns, one row to repeat.
func (d *drawer) repeated(grid []int, r Row) (string, error) {
	f, err := fieldOf(d.form, r.Table)
	if err != nil {
		return "", err
	}
	var labels, cells []string
	widths := grid
	if r.Numbered {
		d.numbered++
		labels = append(labels, cellOf(grid[0], 1, "", "center", paragraph(centred, textRun("序号"))))
		number := fmt.Sprintf(`<w:numPr><w:ilvl w:val="0"/><w:numId w:val="%d"/></w:numPr>`, d.numbered)
		cells = append(cells, cellOf(grid[0], 1, "", "center", paragraph(number+centred)))
		widths = grid[1:]
	}
	if len(widths) != len(f.Columns) {
		return "", fmt.Errorf("table %s has %d columns, its grid %d", r.Table, len(f.Columns), len(widths))
	}
	for i, column := range f.Columns {
		labels = append(labels, cellOf(widths[i], 1, "", "center", paragraph(centred, textRun(column.Label))))
		cells = append(cells, cellOf(widths[i], 1, "", "center",
			paragraph("", d.place(column, r.Table+"."+column.Key)...)))
	}
	return d.heading(grid, f.Label, true) + rowOf(rowProperties(0, true, true), labels...) +
		d.controls.repeat(r.Table, rowProperties(r.Height, true, false), cells), nil
}

// signOffs draws one row per step under a label merged over all of them.
func (d *drawer) signOffs(grid []int, r Row) (string, error) {
	var rows strings.Builder
	for i, step := range r.SignOffs {
		label, block, err := d.signOff(step)
		if err != nil {
			return "", err
		}
		var cells []string
		if r.Label > 0 {
			merge, text := "continue", ""
			if i == 0 {
				merge, text = "restart", label
			}
			cells = append(cells, cellOf(sum(grid[:r.Label]), r.Label, merge, "center", paragraph(centred, headingRuns(text)...)))
		}
		place := grid[r.Label+r.Party:]
		cells = append(cells,
			cellOf(sum(grid[r.Label:r.Label+r.Party]), r.Party, "", "center", paragraph(centred, textRun(block.Label))),
			cellOf(sum(place), len(place), "", "center", d.signature(block, sum(place))...))
		rows.WriteString(rowOf(rowProperties(r.Height, true, false), cells...))
	}
	return rows.String(), nil
}

// headingRuns puts the remark of a heading, as in 审核意见 (加盖公章), on a line of its own.
func headingRuns(text string) []string {
	title, remark, found := strings.Cut(text, " (")
	if !found {
		return []string{textRun(text)}
	}
	return []string{textRun(title + " "), "<w:r><w:br/></w:r>", textRun("(" + remark)}
}

func (d *drawer) signOff(step string) (string, forms.SignOffBlock, error) {
	for _, part := range d.form.SignOffs {
		for _, b := range part.Blocks {
			if b.Step == step {
				return part.Label, b, nil
			}
		}
	}
	return "", forms.SignOffBlock{}, fmt.Errorf("print part names the sign-off %q, which is not defined", step)
}

// signature draws 意见, 签字 and the date as the paper form has them: the date
// at the right edge of the line of the signature.
func (d *drawer) signature(b forms.SignOffBlock, width int) []string {
	tag := "signoff." + b.Step + "."
	var paragraphs []string
	if b.Opinion {
		paragraphs = append(paragraphs,
			paragraph(`<w:spacing w:after="240"/>`, textRun("意见："), d.controls.text(tag+"opinion", blankText)))
	}
	tab := fmt.Sprintf(`<w:tabs><w:tab w:val="right" w:pos="%d"/></w:tabs>`, width-170)
	return append(paragraphs, paragraph(tab,
		textRun("签字："), d.controls.picture(tag+"signature"), d.controls.text(tag+"note", ""),
		"<w:r><w:tab/></w:r>", d.controls.date(tag+"date", blankDate, "yyyy年M月d日")))
}

func sum(widths []int) (total int) {
	for _, w := range widths {
		total += w
	}
	return total
}
