package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"countersign"
)

// RevisionDraft is a filled-in form to save. N is the number that its author saw: the last revision while that is not
// submitted, the one behind it otherwise.
type RevisionDraft struct {
	Ticket      string
	N           int
	Title       string // "" keeps the ticket's title
	Canonical   []byte // RFC 8785 bytes
	FormVersion string
	By          countersign.Actor
	At          time.Time
}

// SaveRevision overwrites the unsubmitted revision N, or begins it when revision N-1 is submitted. ErrConflict when the
// ticket is not with its drafter, when another revision is current or when revision N is just being submitted.
func (s *Store) SaveRevision(ctx context.Context, d RevisionDraft) (countersign.Revision, error) {
	if err := text(d.Title, d.FormVersion); err != nil {
		return countersign.Revision{}, err
	}
	err := s.tx(ctx, "save revision", func(tx *gorm.DB) error {
		was, err := s.lockTicket(tx, d.Ticket)
		if err != nil {
			return err
		}
		if !was.state.Editable() {
			return conflict("%s is %s and cannot be edited", d.Ticket, was.state)
		}
		var last revisionRow
		err = tx.Select("n", "frozen_by", "submitted_at").Where("ticket = ?", d.Ticket).Order("n DESC").Limit(1).Take(&last).Error
		if err != nil {
			return err
		}
		open := last.N
		if last.SubmittedAt != nil {
			open++
		} else if last.FrozenBy != "" {
			return conflict("revision %d of %s is being submitted", last.N, d.Ticket)
		}
		if d.N != open {
			return conflict("%s expects revision %d, not %d", d.Ticket, open, d.N)
		}
		change := write{sql: "UPDATE tickets SET updated_at = ? WHERE number = ?", args: []any{ms(d.At), d.Ticket}, want: 1}
		if d.Title != "" {
			change.sql = "UPDATE tickets SET title = ?, search = ?, updated_at = ? WHERE number = ?"
			change.args = []any{d.Title, searchText(d.Ticket, d.Title), ms(d.At), d.Ticket}
		}
		writes := []write{change, revisionWrite(d.Ticket, d.N, d.Canonical, d.FormVersion, d.By.Person, d.At)}
		return s.writeAll(tx, append(writes, drafterWrites(d.Ticket, d.By)...))
	})
	if err != nil {
		return countersign.Revision{}, err
	}
	return s.Revision(ctx, d.Ticket, d.N)
}

// Revisions returns all revisions of a ticket in order.
func (s *Store) Revisions(ctx context.Context, ticket string) ([]countersign.Revision, error) {
	var rows []revisionRow
	if err := s.read(ctx).Where("ticket = ?", ticket).Order("n").Find(&rows).Error; err != nil {
		return nil, fail("revisions", err)
	}
	return tryRows(rows, revisionRow.revision)
}

// Revision returns revision n of a ticket, the last one when n is 0.
func (s *Store) Revision(ctx context.Context, ticket string, n int) (countersign.Revision, error) {
	q := s.read(ctx).Where("ticket = ?", ticket).Order("n DESC").Limit(1)
	if n != 0 {
		q = q.Where("n = ?", n)
	}
	var r revisionRow
	if err := q.Take(&r).Error; err != nil {
		return countersign.Revision{}, fail("revision", err)
	}
	return r.revision()
}

// Submission freezes a revision: what its signers will be shown.
type Submission struct {
	Revision       int
	SHA256         string                 // of the canonical bytes that were rendered: a draft saved since is not frozen
	Document       countersign.FileDigest // the rendered page
	Attachments    []countersign.FileDigest
	FormVersion    string
	TemplateSHA256 string
}

// freeze is the write that stores sub for the command by; Apply marks the revision submitted.
func (sub Submission) freeze(ticket, by string) (write, error) {
	attachments, err := jsonText(sub.Attachments)
	return write{
		sql: `UPDATE revisions SET document_name = ?, document_sha256 = ?, attachments = ?, form_version = ?, template_sha256 = ?,
			frozen_by = ? WHERE ticket = ? AND n = ? AND sha256 = ? AND submitted_at IS NULL AND frozen_by = ''`,
		args: []any{
			sub.Document.Name, sub.Document.SHA256, attachments, sub.FormVersion, sub.TemplateSHA256, by, ticket, sub.Revision, sub.SHA256,
		},
		want: 1, miss: ticket + " has no open revision " + itoa(int64(sub.Revision)) + " with these contents",
	}, err
}

// SubmitInput is the first submission of a draft.
type SubmitInput struct {
	Ticket  string
	Command string // the request that submits, see SubmittedBy
	Submission
	Chain    []countersign.ChainStep // frozen for the ticket's life; the first step waits
	At       time.Time
	Tasks    []countersign.Task
	Due      *time.Time
	Events   []countersign.Event
	Progress []byte // JSON, nil for none
}

// SubmitTransition is the ID of the transition that Submit stores.
const SubmitTransition = "submit"

// Submit takes a draft to its first signature (state signing, version 1) in one transaction. Later submissions are
// staged with a command (Staged.Submission) and arrive through Apply. A second call is ErrConflict.
func (s *Store) Submit(ctx context.Context, in SubmitInput) (countersign.Ticket, error) {
	if len(in.Chain) == 0 {
		return countersign.Ticket{}, errors.New("store: submit without a chain")
	}
	tr := countersign.Transition{
		ID: SubmitTransition, Ticket: in.Ticket, Version: 1, State: countersign.StateSigning, Step: in.Chain[0].ID,
		Revision: in.Revision, Tasks: in.Tasks, Events: in.Events, Progress: in.Progress, Render: true, At: in.At,
	}
	err := s.tx(ctx, "submit", func(tx *gorm.DB) error {
		was, err := s.lockTicket(tx, in.Ticket)
		if err != nil {
			return err
		}
		if was.state != countersign.StateDraft || was.version != 0 {
			return conflict("%s is %s, not a draft", in.Ticket, was.state)
		}
		if err := s.freezeFirst(tx, in); err != nil {
			return err
		}
		writes, err := transitionWrites(was, tr, timePtr(msPtr(in.Due)))
		if err != nil {
			return err
		}
		return s.writeAll(tx, writes)
	})
	if err != nil {
		return countersign.Ticket{}, err
	}
	return s.Ticket(ctx, in.Ticket)
}

// SubmittedBy reports whether a revision of the ticket was submitted by that command, rather than merely frozen for it.
func (s *Store) SubmittedBy(ctx context.Context, ticket, command string) (bool, error) {
	var n int
	err := scanRow(s.read(ctx).Raw("SELECT COUNT(*) FROM revisions WHERE ticket = ? AND frozen_by = ? AND submitted_at IS NOT NULL",
		ticket, command), &n)
	return n > 0, fail("submitted by", err)
}

// freezeFirst stores what the first submission fixes: the chain, and what the signers of revision 1 are shown.
func (s *Store) freezeFirst(tx *gorm.DB, in SubmitInput) error {
	chain, err := jsonText(in.Chain)
	if err != nil {
		return err
	}
	freeze, err := in.freeze(in.Ticket, in.Command)
	if err != nil {
		return err
	}
	fix := write{sql: "UPDATE tickets SET chain = ? WHERE number = ?", args: []any{chain, in.Ticket}, want: 1}
	return s.writeAll(tx, []write{freeze, fix})
}
