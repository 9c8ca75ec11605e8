package builder

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"countersign/forms"
)

// Table is one table of the printed form.
type Table struct {
	// Title is the heading row, repeated on every page; empty for a table that goes on without one.
	Title string `yaml:"title"`
	// Grid lists the column widths in twips (1/20 point).
	Grid []int `yaml:"grid"`
	// NewPage starts the table on a new page.
	NewPage bool  `yaml:"new_page"`
	Rows    []Row `yaml:"rows"`
}

// Row is one line of the notation. Exactly one of Cells, Heading, Table and
// SignOffs is given.
type Row struct {
	// Height is the least height in millimetres; 0 means one line.
	Height int `yaml:"height"`
	// Cells are pairs of label and value.
	Cells []Cell `yaml:"cells"`
	// Heading is a text over all columns.
	Heading string `yaml:"heading"`
	// Table is the tag of a rows field: a heading, the column labels and one repeated row.
	Table string `yaml:"table"`
	// Numbered puts a running number into the first grid column of the table.
	Numbered bool `yaml:"numbered"`
	// SignOffs are the steps of one sign-off part, one row each.
	SignOffs []string `yaml:"signoffs"`
	// Label and Party are the grid columns of the sign-off heading and of the party's name.
	Label int `yaml:"label"`
	Party int `yaml:"party"`
}

// Cell is the label of a field and the place of its value.
type Cell struct {
	// Field is the tag of the field, with its section: results.functional.
	Field string `yaml:"field"`
	// Label and Value count grid columns.
	Label int `yaml:"label"`
	Value int `yaml:"value"`
}

// parseSpec reads the print part of a form.yaml.
func parseSpec(form []byte) ([]Table, error) {
	var whole map[string]yaml.Node
	if err := yaml.Unmarshal(form, &whole); err != nil {
		return nil, fmt.Errorf("read form: %w", err)
	}
	node := whole["print"]
	part, err := yaml.Marshal(&node)
	if err != nil {
		return nil, fmt.Errorf("read print part: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(part))
	decoder.KnownFields(true)
	var tables []Table
	if err := decoder.Decode(&tables); err != nil {
		return nil, fmt.Errorf("read print part: %w", err)
	}
	var problems []error
	for i, t := range tables {
		for j, r := range t.Rows {
			if got := r.width(len(t.Grid)); got != len(t.Grid) {
				problems = append(problems, fmt.Errorf("print table %d row %d fills %d of %d grid columns", i+1, j+1, got, len(t.Grid)))
			}
		}
	}
	return tables, errors.Join(problems...)
}

// width counts the grid columns that the row fills; rows over the whole width fill all.
func (r Row) width(all int) int {
	if len(r.Cells) == 0 {
		return all
	}
	n := 0
	for _, c := range r.Cells {
		n += c.Label + c.Value
	}
	return n
}

// fieldOf finds the field behind a tag.
func fieldOf(d *forms.Definition, tag string) (*forms.Field, error) {
	level, key := d, tag
	if section, rest, inSection := strings.Cut(tag, "."); inSection {
		level, key = d.Section(section), rest
	}
	if level != nil {
		if f := level.Field(key); f != nil {
			return f, nil
		}
	}
	return nil, fmt.Errorf("print part names the field %q, which is not defined", tag)
}
