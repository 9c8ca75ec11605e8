package store

import (
	"context"

	"gorm.io/gorm"

	"countersign"
)

// Staged is what the API stores in one transaction before it tells a workflow: the signature or record that the command
// is about, the revision that it submits, and the command itself. Every part but Ticket may be missing.
type Staged struct {
	Ticket      string
	Signature   *countersign.Signature
	Record      *countersign.Record
	Submission  *Submission // needs CommandID: refusing the command opens the revision again
	CommandID   string
	CommandName string
	Payload     []byte
}

// Stage stores in and returns the signature's sequence number within the ticket (0 without one). A record that is
// staged already stays as it is; a second signature or command with the same ID, or a record that counts already, is
// ErrDuplicate.
func (s *Store) Stage(ctx context.Context, in Staged) (seq int, err error) {
	err = s.tx(ctx, "stage", func(tx *gorm.DB) error {
		if in.Signature != nil {
			// The update numbers the signature and holds the ticket, so that numbers have no gap.
			err := scanRow(tx.Raw("UPDATE tickets SET signed = signed + 1 WHERE number = ? RETURNING signed", in.Ticket), &seq)
			if err != nil {
				return err
			}
		}
		writes, err := in.writes(seq, ms(s.now()))
		if err != nil {
			return err
		}
		if in.Record != nil {
			var counted int
			err := scanRow(tx.Raw("SELECT COUNT(*) FROM records WHERE ticket = ? AND id = ? AND counted = TRUE", in.Ticket, in.Record.ID), &counted)
			if err != nil {
				return err
			}
			if counted > 0 {
				return gorm.ErrDuplicatedKey
			}
		}
		return s.writeAll(tx, writes)
	})
	return seq, err
}

func (in Staged) writes(seq int, now int64) ([]write, error) {
	var writes []write
	command := insert("commands", []string{"id", "ticket", "name", "payload", "signature", "created_at"},
		[][]any{{in.CommandID, in.Ticket, in.CommandName, nonNil(in.Payload), "", now}}, "")
	if sig := in.Signature; sig != nil {
		if err := text(sig.Opinion); err != nil {
			return nil, err
		}
		command.args[4] = sig.ID
		writes = append(writes, insert("signatures",
			[]string{"id", "ticket", "seq", "revision", "step", "party", "organisation", "person", "on_behalf_of", "decision", "opinion",
				"status", "signed_at", "statement", "cms", "certificate", "picture"},
			[][]any{{sig.ID, in.Ticket, seq, sig.Revision, sig.Step, string(sig.Party), sig.Organisation, sig.Person, sig.OnBehalfOf,
				string(sig.Decision), sig.Opinion, string(countersign.SignatureStaged), ms(sig.SignedAt), nonNil(sig.Statement),
				nonNil(sig.CMS), nonNil(sig.Certificate), sig.Picture}}, ""))
	}
	if r := in.Record; r != nil {
		writes = append(writes, insert("records", []string{"ticket", "id", "kind", "body", "person", "at"},
			[][]any{{in.Ticket, r.ID, r.Kind, string(r.Body), r.Person, ms(r.At)}}, " ON CONFLICT (ticket, id) DO NOTHING"))
	}
	if in.Submission != nil {
		freeze, err := in.Submission.freeze(in.Ticket, in.CommandID)
		if err != nil {
			return nil, err
		}
		writes = append(writes, freeze)
	}
	if in.CommandID != "" {
		writes = append(writes, command)
	}
	return writes, nil
}

// nonNil keeps an empty value from becoming NULL.
func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// StageSignature is Stage of a signature alone. It returns its sequence number.
func (s *Store) StageSignature(ctx context.Context, sig countersign.Signature) (int, error) {
	return s.Stage(ctx, Staged{Ticket: sig.Ticket, Signature: &sig})
}

// StageRecord is Stage of a record alone.
func (s *Store) StageRecord(ctx context.Context, r countersign.Record) error {
	_, err := s.Stage(ctx, Staged{Ticket: r.Ticket, Record: &r})
	return err
}

// StageCommand is Stage of a command alone.
func (s *Store) StageCommand(ctx context.Context, id, ticket, name string, payload []byte) error {
	_, err := s.Stage(ctx, Staged{Ticket: ticket, CommandID: id, CommandName: name, Payload: payload})
	return err
}
