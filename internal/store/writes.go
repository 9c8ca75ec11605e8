package store

import (
	"strings"

	"gorm.io/gorm"
)

// write is one INSERT, UPDATE or DELETE.
type write struct {
	sql  string
	args []any
	want int64  // rows that must change, or anyRows
	miss string // the conflict that another number of rows means
}

const anyRows = -1

// writeAll carries out writes that touch different rows, so that their order does not matter. PostgreSQL receives them
// as one statement: on the path of every decision the round trips are most of the cost.
func (s *Store) writeAll(tx *gorm.DB, writes []write) error {
	if s.postgres && len(writes) > 1 {
		return writeTogether(tx, writes)
	}
	for _, w := range writes {
		result := tx.Exec(w.sql, w.args...)
		if result.Error != nil {
			return result.Error
		}
		if err := w.check(result.RowsAffected); err != nil {
			return err
		}
	}
	return nil
}

func (w write) check(rows int64) error {
	if w.want != anyRows && rows != w.want {
		return conflict("%s", w.miss)
	}
	return nil
}

// writeTogether chains writes by WITH and counts the rows of each.
func writeTogether(tx *gorm.DB, writes []write) error {
	var with, counts strings.Builder
	var args []any
	for i, w := range writes {
		name := "w" + itoa(int64(i))
		if i > 0 {
			with.WriteString(", ")
			counts.WriteString(", ")
		}
		with.WriteString(name + " AS (" + w.sql + " RETURNING 1)")
		counts.WriteString("(SELECT COUNT(*) FROM " + name + ")")
		args = append(args, w.args...)
	}
	rows := make([]int64, len(writes))
	targets := make([]any, len(writes))
	for i := range rows {
		targets[i] = &rows[i]
	}
	if err := scanRow(tx.Raw("WITH "+with.String()+" SELECT "+counts.String(), args...), targets...); err != nil {
		return err
	}
	for i, w := range writes {
		if err := w.check(rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// insert builds an INSERT of several rows; every row has one value per column. conflict is what follows the values.
func insert(table string, columns []string, rows [][]any, conflict string) write {
	row := "(" + strings.Repeat("?,", len(columns)-1) + "?)"
	w := write{
		sql: "INSERT INTO " + table + " (" + strings.Join(columns, ",") + ") VALUES " +
			strings.Repeat(row+",", len(rows)-1) + row + conflict,
		want: anyRows,
	}
	for _, r := range rows {
		w.args = append(w.args, r...)
	}
	return w
}

// scanRow reads the one row of a raw query; none is gorm.ErrRecordNotFound.
func scanRow(query *gorm.DB, targets ...any) (err error) {
	rows, err := query.Rows()
	if err != nil {
		return translated(query, err)
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = translated(query, e)
		}
	}()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return translated(query, err)
		}
		return gorm.ErrRecordNotFound
	}
	return rows.Scan(targets...)
}

// translated gives errors of rows the same meaning that GORM gives errors of statements.
func translated(db *gorm.DB, err error) error {
	if t, ok := db.Dialector.(gorm.ErrorTranslator); ok && err != nil {
		return t.Translate(err)
	}
	return err
}
