package store

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Statuses of a command.
const (
	CommandStaged  = "staged"
	CommandApplied = "applied"
	CommandRefused = "refused"
)

// Command is an entry of the outbox: what the API was about to tell a workflow. Its ID is that of the workflow update
// and of the transition that carries it out.
type Command struct {
	ID        string
	Ticket    string
	Name      string
	Payload   []byte
	Signature string // staged with it, or ""
	Status    string
	Refusal   string // code
	CreatedAt time.Time
}

// A command is applied once its transition is stored. The path of a decision writes nothing for that: the status is
// read from the transitions, and PendingCommands brings the rows up to date.
const commandColumns = `c.id, c.ticket, c.name, c.payload, c.signature, c.refusal, c.created_at,
	CASE WHEN EXISTS (SELECT 1 FROM transitions x WHERE x.ticket = c.ticket AND x.id = c.id) THEN 'applied' ELSE c.status END AS status`

// Command returns the command with that ID.
func (s *Store) Command(ctx context.Context, id string) (Command, error) {
	var r commandRow
	err := s.read(ctx).Raw("SELECT "+commandColumns+" FROM commands c WHERE c.id = ?", id).Take(&r).Error
	return r.command(), fail("command", err)
}

// PendingCommands returns commands that were staged more than olderThan ago and are neither applied nor refused, oldest
// first, at most MaxLimit: the reconciler asks their workflows and applies or refuses them.
func (s *Store) PendingCommands(ctx context.Context, olderThan time.Duration) ([]Command, error) {
	var rows []commandRow
	err := s.tx(ctx, "pending commands", func(tx *gorm.DB) error {
		err := tx.Exec(`UPDATE commands SET status = 'applied' WHERE status = 'staged'
			AND EXISTS (SELECT 1 FROM transitions x WHERE x.ticket = commands.ticket AND x.id = commands.id)`).Error
		if err != nil {
			return err
		}
		return tx.Raw("SELECT * FROM commands WHERE status = 'staged' AND created_at <= ? ORDER BY created_at, id LIMIT ?",
			ms(s.now().Add(-olderThan)), MaxLimit).Find(&rows).Error
	})
	return mapRows(rows, commandRow.command), err
}

// RefuseCommand settles a command that its workflow did not accept: its signature is refused with the code, a revision
// that it was submitting is open again. Repeating it is fine; an applied command is ErrConflict.
func (s *Store) RefuseCommand(ctx context.Context, id, code string) error {
	return s.tx(ctx, "refuse command", func(tx *gorm.DB) error {
		var ticket string
		if err := scanRow(tx.Raw("SELECT ticket FROM commands WHERE id = ?", id), &ticket); err != nil {
			return err
		}
		// Apply holds the same lock: from here on the command is either applied or never.
		if _, err := s.lockTicket(tx, ticket); err != nil {
			return err
		}
		var r commandRow
		if err := tx.Raw("SELECT "+commandColumns+" FROM commands c WHERE c.id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		switch r.Status {
		case CommandRefused:
			return nil
		case CommandApplied:
			return conflict("command %s is applied", id)
		}
		if r.Signature != "" {
			if err := refuseSignature(tx, r.Signature, code); err != nil {
				return err
			}
		}
		return s.writeAll(tx, []write{
			{sql: "UPDATE commands SET status = 'refused', refusal = ? WHERE id = ?", args: []any{code, id}, want: 1},
			{
				sql:  "UPDATE revisions SET frozen_by = '' WHERE ticket = ? AND frozen_by = ? AND submitted_at IS NULL",
				args: []any{ticket, id}, want: anyRows,
			},
		})
	})
}
