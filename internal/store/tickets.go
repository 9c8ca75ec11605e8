package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign"
	"countersign/internal/auditlog"
)

// How a person has to do with a ticket.
const (
	relationDrafter = "drafter"
	relationDone    = "done"
	relationCC      = "cc"
)

// beijing is the clock that the year of a ticket number is read from. China has no daylight saving time.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// NewTicket is a draft to begin. Canonical are the RFC 8785 bytes of its first revision.
type NewTicket struct {
	Process     string
	Prefix      string // of the number, such as UPG
	Contract    string
	System      string
	Title       string
	Drafter     countersign.Actor // a stand-in and whom they stand in for both count as drafters
	Canonical   []byte
	FormVersion string
	At          time.Time
	Events      []countersign.Event // first audit entries
}

// CreateTicket stores a draft with revision 1 and gives it the next number of its prefix and year (of At in Beijing),
// such as UPG-2026-000001: no gap and no number twice.
func (s *Store) CreateTicket(ctx context.Context, n NewTicket) (countersign.Ticket, error) {
	at := auditlog.Time(n.At)
	t := countersign.Ticket{
		Process: n.Process, Contract: n.Contract, System: n.System, Title: n.Title, State: countersign.StateDraft,
		Revision: 1, Drafter: n.Drafter.Person, Chain: []countersign.ChainStep{}, CreatedAt: at, UpdatedAt: at,
	}
	if err := text(n.Process, n.Prefix, n.Contract, n.System, n.Title, n.FormVersion); err != nil {
		return t, err
	}
	year := at.In(beijing).Year()
	err := s.tx(ctx, "create ticket", func(tx *gorm.DB) error {
		var last int64
		err := scanRow(tx.Raw(`INSERT INTO ticket_counters (prefix, year, last) VALUES (?, ?, 1)
			ON CONFLICT (prefix, year) DO UPDATE SET last = ticket_counters.last + 1 RETURNING last`, n.Prefix, year), &last)
		if err != nil {
			return err
		}
		t.Number = fmt.Sprintf("%s-%04d-%06d", n.Prefix, year, last)
		first := insert("tickets",
			[]string{"number", "process", "contract", "system", "title", "search", "state", "revision", "drafter", "created_at", "updated_at"},
			[][]any{{t.Number, t.Process, t.Contract, t.System, t.Title, searchText(t.Number, t.Title), string(t.State), 1, t.Drafter,
				ms(at), ms(at)}}, "")
		// The rows that name the ticket come after it: foreign keys are checked at the end of each statement.
		head := insert("audit_heads", []string{"chain"}, [][]any{{t.Number}}, "")
		if err := s.writeAll(tx, []write{first, head}); err != nil {
			return err
		}
		writes, err := eventWrites(countersign.ChainHead{Chain: t.Number}, n.Events, at)
		if err != nil {
			return err
		}
		writes = append(writes, revisionWrite(t.Number, 1, n.Canonical, n.FormVersion, n.Drafter.Person, at))
		return s.writeAll(tx, append(writes, drafterWrites(t.Number, n.Drafter)...))
	})
	return t, err
}

func drafterWrites(ticket string, a countersign.Actor) []write {
	var rows [][]any
	for _, person := range a.Identities() {
		rows = append(rows, []any{person, relationDrafter, ticket})
	}
	return peopleWrites(rows)
}

func revisionWrite(ticket string, n int, canonical []byte, formVersion, by string, at time.Time) write {
	sum := sha256.Sum256(canonical)
	return insert("revisions", []string{"ticket", "n", "canonical", "sha256", "form_version", "created_by", "created_at"},
		[][]any{{ticket, n, canonical, hex.EncodeToString(sum[:]), formVersion, by, ms(at)}},
		` ON CONFLICT (ticket, n) DO UPDATE SET canonical = excluded.canonical, sha256 = excluded.sha256,
		form_version = excluded.form_version, created_by = excluded.created_by, created_at = excluded.created_at`)
}

// searchText is what the word search looks through.
func searchText(number, title string) string { return strings.ToLower(number + " " + title) }

// Ticket returns the ticket with that number.
func (s *Store) Ticket(ctx context.Context, number string) (countersign.Ticket, error) {
	var r ticketRow
	if err := s.read(ctx).Raw("SELECT "+ticketColumns+" FROM tickets t WHERE t.number = ?", number).Take(&r).Error; err != nil {
		return countersign.Ticket{}, fail("ticket", err)
	}
	return r.ticket()
}

// Tasks returns what a ticket waits for.
func (s *Store) Tasks(ctx context.Context, ticket string) ([]countersign.Task, error) {
	var rows []taskRow
	err := s.read(ctx).Raw(`SELECT ticket, kind, step, party, organisation, role, person, due_at FROM tasks
		WHERE ticket = ? ORDER BY n`, ticket).Find(&rows).Error
	return mapRows(rows, taskRow.task), fail("tasks", err)
}

// RunningTickets returns tickets that a workflow must be running for (submitted and not closed), by number, for the
// reconciler: up to limit numbers behind after ("" = from the beginning).
func (s *Store) RunningTickets(ctx context.Context, after string, limit int) ([]countersign.Ticket, error) {
	var rows []ticketRow
	err := s.read(ctx).Raw("SELECT "+ticketColumns+` FROM tickets t WHERE t.version > 0 AND t.closed = FALSE AND t.number > ?
		ORDER BY t.number LIMIT ?`, after, pageSize(limit)).Find(&rows).Error
	if err != nil {
		return nil, fail("running tickets", err)
	}
	return tryRows(rows, ticketRow.ticket)
}

// LastTransition returns the ID of the last transition of a ticket, ErrNotFound before its submit.
func (s *Store) LastTransition(ctx context.Context, ticket string) (string, error) {
	var id string
	err := scanRow(s.read(ctx).Raw("SELECT id FROM transitions WHERE ticket = ? ORDER BY version DESC LIMIT 1", ticket), &id)
	return id, fail("last transition", err)
}

// Drafters returns the persons who drafted any revision of a ticket, stand-ins and their principals included.
func (s *Store) Drafters(ctx context.Context, ticket string) ([]string, error) {
	return s.related(ctx, "drafters", ticket, relationDrafter)
}

// Involved reports whether any of the persons drafted the ticket, acted on it, got a copy or has a task of their own in it.
func (s *Store) Involved(ctx context.Context, ticket string, persons ...string) (bool, error) {
	var n int64
	err := scanRow(s.read(ctx).Raw(`SELECT (SELECT COUNT(*) FROM ticket_people WHERE ticket = ? AND person IN ?)
		+ (SELECT COUNT(*) FROM tasks WHERE ticket = ? AND person IN ?)`, ticket, persons, ticket, persons), &n)
	return n > 0, fail("involved", err)
}

// related returns the people who have that relation to a ticket, by ID.
func (s *Store) related(ctx context.Context, op, ticket, relation string) ([]string, error) {
	var out []string
	err := s.read(ctx).Raw("SELECT person FROM ticket_people WHERE ticket = ? AND relation = ? ORDER BY person",
		ticket, relation).Find(&out).Error
	return out, fail(op, err)
}
