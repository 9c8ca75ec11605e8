package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"countersign"
)

// AddAttachment stores what is known of an uploaded file and returns it with its ID. Its bytes are in the blob store.
func (s *Store) AddAttachment(ctx context.Context, a countersign.Attachment) (countersign.Attachment, error) {
	if err := text(a.Field, a.Name, a.MediaType); err != nil {
		return a, err
	}
	r := attachmentRow{
		Ticket: a.Ticket, Field: a.Field, Name: a.Name, MediaType: a.MediaType, Size: a.Size, SHA256: a.SHA256,
		UploadedBy: a.UploadedBy, UploadedAt: ms(a.UploadedAt),
	}
	err := s.w.WithContext(ctx).Create(&r).Error
	return r.attachment(), fail("add attachment", err)
}

// Attachments returns the attachments of a ticket in the order of upload.
func (s *Store) Attachments(ctx context.Context, ticket string) ([]countersign.Attachment, error) {
	var rows []attachmentRow
	err := s.read(ctx).Where("ticket = ?", ticket).Order("id").Find(&rows).Error
	return mapRows(rows, attachmentRow.attachment), fail("attachments", err)
}

// Attachment returns one attachment of a ticket.
func (s *Store) Attachment(ctx context.Context, ticket string, id int64) (countersign.Attachment, error) {
	var r attachmentRow
	err := s.read(ctx).Where("ticket = ? AND id = ?", ticket, id).Take(&r).Error
	return r.attachment(), fail("attachment", err)
}

// RemoveAttachment takes an attachment off a ticket that is with its drafter, else ErrConflict. Digests that a revision
// froze stay in that revision.
func (s *Store) RemoveAttachment(ctx context.Context, ticket string, id int64) error {
	return s.tx(ctx, "remove attachment", func(tx *gorm.DB) error {
		was, err := s.lockTicket(tx, ticket)
		if err != nil {
			return err
		}
		if !was.state.Editable() {
			return conflict("%s is %s and cannot be edited", ticket, was.state)
		}
		result := tx.Exec("DELETE FROM attachments WHERE ticket = ? AND id = ?", ticket, id)
		if result.Error == nil && result.RowsAffected == 0 {
			return gorm.ErrRecordNotFound
		}
		return result.Error
	})
}

// PutDocument stores what is known of a rendered file, in place of the one with the same name.
func (s *Store) PutDocument(ctx context.Context, d countersign.Document) error {
	_, err := s.exec(ctx, "put document", `INSERT INTO documents
		(ticket, name, revision, media_type, sha256, size, pending, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (ticket, name) DO UPDATE SET revision = excluded.revision, media_type = excluded.media_type,
		sha256 = excluded.sha256, size = excluded.size, pending = excluded.pending, created_at = excluded.created_at`,
		d.Ticket, d.Name, d.Revision, d.MediaType, d.SHA256, d.Size, d.Pending, ms(d.CreatedAt))
	return err
}

// A document is pending, too, while a newer rendering of its ticket is due; its bytes are then those of before.
const documentColumns = `d.ticket, d.name, d.revision, d.media_type, d.sha256, d.size, d.created_at,
	(d.pending OR t.render_due IS NOT NULL) AS pending FROM documents d JOIN tickets t ON t.number = d.ticket WHERE d.ticket = ?`

// Documents returns the documents of a ticket by name.
func (s *Store) Documents(ctx context.Context, ticket string) ([]countersign.Document, error) {
	var rows []documentRow
	err := s.read(ctx).Raw("SELECT "+documentColumns+" ORDER BY d.name", ticket).Find(&rows).Error
	return mapRows(rows, documentRow.document), fail("documents", err)
}

// Document returns one document of a ticket.
func (s *Store) Document(ctx context.Context, ticket, name string) (countersign.Document, error) {
	if err := text(name); err != nil {
		return countersign.Document{}, err
	}
	var r documentRow
	err := s.read(ctx).Raw("SELECT "+documentColumns+" AND d.name = ?", ticket, name).Take(&r).Error
	return r.document(), fail("document", err)
}

// renderLease is how long a renderer has before its ticket is given to another.
const renderLease = 2 * time.Minute

// RenderJob is a ticket whose documents are out of date. Mark says which change made them so.
type RenderJob struct {
	Ticket string
	Mark   int64
}

// MarkRender puts a ticket's documents into the queue, as Transition.Render does.
func (s *Store) MarkRender(ctx context.Context, ticket string) error {
	return s.execOne(ctx, "mark render", "UPDATE tickets SET render_due = ?, render_mark = render_mark + 1 WHERE number = ?",
		ms(s.now()), ticket)
}

// NextRender hands out the ticket that has waited longest among those unchanged for debounce; ok is false when there is
// none. The job is the caller's for two minutes; without DoneRender it then goes to the next caller.
func (s *Store) NextRender(ctx context.Context, debounce time.Duration) (job RenderJob, ok bool, err error) {
	skip := ""
	if s.postgres {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	now := s.now()
	err = scanRow(s.w.WithContext(ctx).Raw(`UPDATE tickets SET render_due = ? WHERE number = (
		SELECT number FROM tickets WHERE render_due IS NOT NULL AND render_due <= ? ORDER BY render_due LIMIT 1`+skip+`)
		RETURNING number, render_mark`,
		ms(now.Add(renderLease-debounce)), ms(now.Add(-debounce))), &job.Ticket, &job.Mark)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return RenderJob{}, false, nil
	}
	return job, err == nil, fail("next render", err)
}

// DoneRender takes a job out of the queue. A ticket that changed meanwhile stays in it.
func (s *Store) DoneRender(ctx context.Context, job RenderJob) error {
	_, err := s.exec(ctx, "done render", "UPDATE tickets SET render_due = NULL WHERE number = ? AND render_mark = ?",
		job.Ticket, job.Mark)
	return err
}

// SettleRender takes a ticket out of the queue whatever changed: its final documents are made.
func (s *Store) SettleRender(ctx context.Context, ticket string) error {
	_, err := s.exec(ctx, "settle render", "UPDATE tickets SET render_due = NULL WHERE number = ?", ticket)
	return err
}
