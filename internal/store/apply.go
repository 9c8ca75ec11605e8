package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign"
)

// Calendar returns when c runs out if it starts at from.
type Calendar = func(c countersign.Clock, from time.Time) (time.Time, error)

// Apply writes one transition in one transaction: the ticket, the signature and record that count from now, the open
// tasks, the audit entries of its events, the render mark. Tasks without a time of their own get the transition's
// deadline. A transition that leaves the drafter's hands also marks its revision submitted.
//
// It is idempotent by (ticket, ID): a second call answers with the stored deadline and Again. A gap in versions, or a
// signature or record that is not staged for this ticket, is ErrConflict and changes nothing.
func (s *Store) Apply(ctx context.Context, tr countersign.Transition, calendar Calendar) (countersign.Applied, error) {
	due, err := deadline(tr, calendar)
	if err != nil {
		return countersign.Applied{}, err
	}
	err = s.tx(ctx, "apply", func(tx *gorm.DB) error {
		was, err := s.lockTicket(tx, tr.Ticket)
		if err != nil {
			return err
		}
		if was.version != tr.Version-1 {
			return conflict("transition %s of %s: version %d after %d", tr.ID, tr.Ticket, tr.Version, was.version)
		}
		writes, err := transitionWrites(was, tr, due)
		if err != nil {
			return err
		}
		return s.writeAll(tx, writes)
	})
	if errors.Is(err, countersign.ErrConflict) || errors.Is(err, countersign.ErrDuplicate) {
		return s.appliedBefore(ctx, tr, err)
	}
	if err != nil {
		return countersign.Applied{}, err
	}
	return countersign.Applied{DueAt: due}, nil
}

// appliedBefore answers a repeated transition; one that is not stored keeps the refusal.
func (s *Store) appliedBefore(ctx context.Context, tr countersign.Transition, refusal error) (countersign.Applied, error) {
	var due *int64
	err := scanRow(s.w.WithContext(ctx).Raw("SELECT due_at FROM transitions WHERE ticket = ? AND id = ?", tr.Ticket, tr.ID), &due)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return countersign.Applied{}, countersign.ErrConflict.Because(refusal)
	}
	if err != nil {
		return countersign.Applied{}, fail("apply", err)
	}
	return countersign.Applied{DueAt: timePtr(due), Again: true}, nil
}

// deadline is when the transition's clock runs out, nil for none.
func deadline(tr countersign.Transition, calendar Calendar) (*time.Time, error) {
	if tr.Due != nil || tr.Clock == nil {
		return timePtr(msPtr(tr.Due)), nil
	}
	due, err := calendar(*tr.Clock, tr.At)
	if err != nil {
		return nil, fmt.Errorf("clock %s of %s: %w", tr.Clock.Name, tr.Ticket, err)
	}
	return timePtr(msPtr(&due)), nil
}

// locked is what a transaction that changes a ticket must know of it.
type locked struct {
	number    string
	system    string
	state     countersign.State
	drafter   string
	version   int
	openTasks int
	head      countersign.ChainHead
	now       int64
}

// lockTicket reads a ticket and the head of its audit chain and keeps both from changing until tx ends.
func (s *Store) lockTicket(tx *gorm.DB, number string) (locked, error) {
	was := locked{number: number, now: ms(s.now()), head: countersign.ChainHead{Chain: number}}
	err := scanRow(tx.Raw(`SELECT t.system, t.state, t.drafter, t.version, t.open_tasks, h.seq, h.hash
		FROM tickets t JOIN audit_heads h ON h.chain = t.number WHERE t.number = ?`+s.lock(), number),
		&was.system, &was.state, &was.drafter, &was.version, &was.openTasks, &was.head.Seq, &was.head.Hash)
	return was, err
}

// transitionWrites lists everything that tr changes.
func transitionWrites(was locked, tr countersign.Transition, due *time.Time) ([]write, error) {
	writes := []write{
		ticketWrite(tr, due, was.now),
		insert("transitions", []string{"ticket", "id", "version", "due_at", "at"},
			[][]any{{tr.Ticket, tr.ID, tr.Version, msPtr(due), ms(tr.At)}}, ""),
	}
	writes = append(writes, signatureWrites(tr)...)
	if tr.Record != "" {
		writes = append(writes, write{
			sql:  "UPDATE records SET counted = TRUE WHERE ticket = ? AND id = ? AND counted = FALSE",
			args: []any{tr.Ticket, tr.Record}, want: 1, miss: "record " + tr.Record + " is not staged for " + tr.Ticket,
		})
	}
	if was.state.Editable() && !tr.State.Editable() && !tr.State.Closed() {
		writes = append(writes, write{
			sql:  "UPDATE revisions SET submitted_at = ? WHERE ticket = ? AND n = ? AND submitted_at IS NULL",
			args: []any{ms(tr.At), tr.Ticket, tr.Revision}, want: 1, miss: fmt.Sprintf("%s has no revision %d to submit", tr.Ticket, tr.Revision),
		})
	}
	writes = append(writes, taskWrites(was, tr.Tasks, due)...)
	writes = append(writes, doneWrites(was, tr.Events)...)
	audit, err := eventWrites(was.head, tr.Events, tr.At)
	return append(writes, audit...), err
}

func ticketWrite(tr countersign.Transition, due *time.Time, now int64) write {
	w := write{
		sql: "UPDATE tickets SET state = ?, closed = ?, step = ?, revision = ?, version = ?, due_at = ?, open_tasks = ?, updated_at = ?",
		args: []any{string(tr.State), tr.State.Closed(), tr.Step, tr.Revision, tr.Version, msPtr(due), len(tr.Tasks),
			ms(tr.At)},
		want: 1, miss: "ticket " + tr.Ticket + " vanished",
	}
	if tr.Progress != nil {
		w.sql += ", progress = ?"
		w.args = append(w.args, string(tr.Progress))
	}
	if tr.Render {
		w.sql += ", render_due = ?, render_mark = render_mark + 1"
		w.args = append(w.args, now)
	}
	w.sql += " WHERE number = ?"
	w.args = append(w.args, tr.Ticket)
	return w
}

// signatureWrites lets the transition's signature count and those of earlier rounds count no more. A signature that
// opens the new round itself (a return) is void at once: it is kept, and the next statement still names it.
func signatureWrites(tr countersign.Transition) []write {
	var writes []write
	if tr.Signature != "" {
		writes = append(writes, write{
			sql: "UPDATE signatures SET status = CASE WHEN revision < ? THEN 'void' ELSE 'counted' END, counted_at = ?" +
				" WHERE id = ? AND ticket = ? AND status = 'staged'",
			args: []any{tr.VoidBefore, tr.Version, tr.Signature, tr.Ticket},
			want: 1, miss: "signature " + tr.Signature + " is not staged for " + tr.Ticket,
		})
	}
	if tr.VoidBefore > 0 {
		writes = append(writes, write{
			sql:  "UPDATE signatures SET status = 'void' WHERE ticket = ? AND status = 'counted' AND revision < ? AND id <> ?",
			args: []any{tr.Ticket, tr.VoidBefore, tr.Signature}, want: anyRows,
		})
	}
	return writes
}

// taskWrites replaces the open tasks: the first rows are overwritten, superfluous ones deleted.
func taskWrites(was locked, tasks []countersign.Task, due *time.Time) []write {
	var writes []write
	if len(tasks) > 0 {
		rows := make([][]any, len(tasks))
		for i, t := range tasks {
			at := t.DueAt
			if at == nil {
				at = due
			}
			rows[i] = []any{was.number, i, was.system, t.Kind, t.Step, string(t.Party), t.Organisation, t.Role, t.Person, msPtr(at)}
		}
		writes = append(writes, insert("tasks",
			[]string{"ticket", "n", "system", "kind", "step", "party", "organisation", "role", "person", "due_at"}, rows,
			` ON CONFLICT (ticket, n) DO UPDATE SET kind = excluded.kind, step = excluded.step, party = excluded.party,
			organisation = excluded.organisation, role = excluded.role, person = excluded.person, due_at = excluded.due_at`))
	}
	if was.openTasks > len(tasks) {
		writes = append(writes, write{sql: "DELETE FROM tasks WHERE ticket = ? AND n >= ?", args: []any{was.number, len(tasks)}, want: anyRows})
	}
	return writes
}

// doneWrites notes for the box "done" who acted on the ticket; the drafter has it among their own.
func doneWrites(was locked, events []countersign.Event) []write {
	var rows [][]any
	seen := map[string]bool{"": true, was.drafter: true}
	for _, e := range events {
		for _, person := range e.Actor.Identities() {
			if !seen[person] {
				seen[person] = true
				rows = append(rows, []any{person, relationDone, was.number})
			}
		}
	}
	return peopleWrites(rows)
}

// peopleWrites adds rows (person, relation, ticket); those that are there already stay.
func peopleWrites(rows [][]any) []write {
	if len(rows) == 0 {
		return nil
	}
	return []write{insert("ticket_people", []string{"person", "relation", "ticket"}, rows, " ON CONFLICT DO NOTHING")}
}
