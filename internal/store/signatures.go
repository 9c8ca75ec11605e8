package store

import (
	"context"

	"gorm.io/gorm"

	"countersign"
)

// Signatures returns all signatures of a ticket in the order in which they were made, of every status.
func (s *Store) Signatures(ctx context.Context, ticket string) ([]countersign.Signature, error) {
	var rows []signatureRow
	err := s.read(ctx).Where("ticket = ?", ticket).Order("seq").Find(&rows).Error
	return mapRows(rows, signatureRow.signature), fail("signatures", err)
}

// LastSignature returns the signature that the next statement of a ticket names as the one before it: the last that
// counted, also when a later round made it void. ErrNotFound when none ever counted.
func (s *Store) LastSignature(ctx context.Context, ticket string) (countersign.Signature, error) {
	var r signatureRow
	err := s.read(ctx).Where("ticket = ? AND counted_at IS NOT NULL", ticket).Order("counted_at DESC").Limit(1).Take(&r).Error
	return r.signature(), fail("last signature", err)
}

// RefuseSignature marks a staged signature as not accepted and keeps the code that says why. Repeating it is fine; one
// that counts (or counted) is ErrConflict.
func (s *Store) RefuseSignature(ctx context.Context, id, code string) error {
	return s.tx(ctx, "refuse signature", func(tx *gorm.DB) error { return refuseSignature(tx, id, code) })
}

func refuseSignature(tx *gorm.DB, id, code string) error {
	result := tx.Exec("UPDATE signatures SET status = 'refused', refusal = ? WHERE id = ? AND status IN ('staged', 'refused')", code, id)
	if result.Error != nil || result.RowsAffected == 1 {
		return result.Error
	}
	var status string
	if err := scanRow(tx.Raw("SELECT status FROM signatures WHERE id = ?", id), &status); err != nil {
		return err
	}
	return conflict("signature %s is %s", id, status)
}

// Records returns all records of a ticket, by time, those that do not count included.
func (s *Store) Records(ctx context.Context, ticket string) ([]countersign.Record, error) {
	var rows []recordRow
	err := s.read(ctx).Where("ticket = ?", ticket).Order("at, id").Find(&rows).Error
	return mapRows(rows, recordRow.record), fail("records", err)
}

// Record returns one record of a ticket.
func (s *Store) Record(ctx context.Context, ticket, id string) (countersign.Record, error) {
	var r recordRow
	err := s.read(ctx).Where("ticket = ? AND id = ?", ticket, id).Take(&r).Error
	return r.record(), fail("record", err)
}
