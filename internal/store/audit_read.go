package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"countersign"
)

// AuditQuery filters audit entries; zero fields match everything.
type AuditQuery struct {
	Chain   string
	Person  string // who did it, or on whose behalf
	Action  string
	Outcome string
	From    time.Time // inclusive
	To      time.Time // exclusive
}

// AuditEntries returns one page of entries and the cursor of the next: entries of one chain in their order, so that they
// can be checked, those of all chains newest first.
func (s *Store) AuditEntries(ctx context.Context, q AuditQuery, p Page) ([]countersign.AuditEntry, string, error) {
	db, err := q.where(s.read(ctx), p.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := pageSize(p.Limit)
	var rows []entryRow
	if err := db.Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, "", fail("audit entries", err)
	}
	rows, next := cut(rows, limit, func(r entryRow) (int64, string) {
		if q.Chain != "" {
			return r.Seq, ""
		}
		return r.ID, ""
	})
	entries, err := tryRows(rows, entryRow.entry)
	return entries, next, err
}

func (q AuditQuery) where(db *gorm.DB, cursor string) (*gorm.DB, error) {
	if err := text(q.Chain, q.Person, q.Action, q.Outcome); err != nil {
		return nil, err
	}
	order, beyond := "id DESC", "id < ?"
	if q.Chain != "" {
		order, beyond = "seq", "seq > ?"
		db = db.Where("chain = ?", q.Chain)
	}
	db = db.Order(order)
	if cursor != "" {
		key, _, err := cursorKey(cursor)
		if err != nil {
			return nil, err
		}
		db = db.Where(beyond, key)
	}
	if q.Person != "" {
		db = db.Where("(person = ? OR on_behalf_of = ?)", q.Person, q.Person)
	}
	if q.Action != "" {
		db = db.Where("action = ?", q.Action)
	}
	if q.Outcome != "" {
		db = db.Where("outcome = ?", q.Outcome)
	}
	if !q.From.IsZero() {
		db = db.Where("at >= ?", ms(q.From))
	}
	if !q.To.IsZero() {
		db = db.Where("at < ?", ms(q.To))
	}
	return db, nil
}
