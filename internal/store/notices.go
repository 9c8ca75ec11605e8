package store

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Kinds of notices.
const (
	NoticeReminder = "reminder" // 催办
	NoticeCC       = "cc"       // 抄送
)

// Notice tells a person about a ticket.
type Notice struct {
	ID     int64      `json:"id"`
	Person string     `json:"person"`
	Ticket string     `json:"ticket"`
	Kind   string     `json:"kind"`
	Sender string     `json:"sender"`
	At     time.Time  `json:"at"`
	ReadAt *time.Time `json:"read_at,omitempty"`
}

// Remind notes that by reminded the given people of a ticket, each of whom gets a notice.
func (s *Store) Remind(ctx context.Context, ticket, by string, people []string, at time.Time) error {
	writes := append([]write{insert("reminders", []string{"ticket", "person", "at"}, [][]any{{ticket, by, ms(at)}}, "")},
		noticeWrites(ticket, NoticeReminder, by, people, at)...)
	return s.tx(ctx, "remind", func(tx *gorm.DB) error { return s.writeAll(tx, writes) })
}

// LastReminder returns when a ticket was last reminded of, nil for never.
func (s *Store) LastReminder(ctx context.Context, ticket string) (*time.Time, error) {
	var at *int64
	err := scanRow(s.read(ctx).Raw("SELECT MAX(at) FROM reminders WHERE ticket = ?", ticket), &at)
	return timePtr(at), fail("last reminder", err)
}

// AddCC shows a ticket to the given people: it is in their box cc, and each gets a notice the first time.
func (s *Store) AddCC(ctx context.Context, ticket, by string, people []string, at time.Time) error {
	return s.tx(ctx, "add cc", func(tx *gorm.DB) error {
		for _, person := range people {
			result := tx.Exec("INSERT INTO ticket_people (person, relation, ticket) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
				person, relationCC, ticket)
			if result.Error != nil {
				return result.Error
			}
			if result.RowsAffected == 0 {
				continue
			}
			if err := s.writeAll(tx, noticeWrites(ticket, NoticeCC, by, []string{person}, at)); err != nil {
				return err
			}
		}
		return nil
	})
}

func noticeWrites(ticket, kind, sender string, people []string, at time.Time) []write {
	if len(people) == 0 {
		return nil
	}
	rows := make([][]any, len(people))
	for i, person := range people {
		rows[i] = []any{person, ticket, kind, sender, ms(at)}
	}
	return []write{insert("notices", []string{"person", "ticket", "kind", "sender", "at"}, rows, "")}
}

// Notices returns one page of a person's notices, newest first, and the cursor of the next.
func (s *Store) Notices(ctx context.Context, person string, unread bool, p Page) ([]Notice, string, error) {
	db := s.read(ctx).Where("person = ?", person).Order("id DESC")
	if unread {
		db = db.Where("read_at IS NULL")
	}
	if p.Cursor != "" {
		before, _, err := cursorKey(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		db = db.Where("id < ?", before)
	}
	limit := pageSize(p.Limit)
	var rows []noticeRow
	err := db.Limit(limit + 1).Find(&rows).Error
	rows, next := cut(rows, limit, func(r noticeRow) (int64, string) { return r.ID, "" })
	return mapRows(rows, noticeRow.notice), next, fail("notices", err)
}

// UnreadNotices counts a person's unread notices.
func (s *Store) UnreadNotices(ctx context.Context, person string) (int, error) {
	var n int
	err := scanRow(s.read(ctx).Raw("SELECT COUNT(*) FROM notices WHERE person = ? AND read_at IS NULL", person), &n)
	return n, fail("unread notices", err)
}

// ReadNotices marks a person's notices as read: those with the given IDs, all when none is given.
func (s *Store) ReadNotices(ctx context.Context, person string, at time.Time, ids ...int64) error {
	db := s.w.WithContext(ctx).Table("notices").Where("person = ? AND read_at IS NULL", person)
	if len(ids) > 0 {
		db = db.Where("id IN ?", ids)
	}
	return fail("read notices", db.Update("read_at", ms(at)).Error)
}
