package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"countersign"
	"countersign/internal/auditlog"
)

// OpenHeads returns the head of every chain that grew since a checkpoint last covered it, by name, and the digest that
// the next checkpoint must name as Prev.
func (s *Store) OpenHeads(ctx context.Context) (heads []countersign.ChainHead, prev string, err error) {
	err = s.read(ctx).Raw("SELECT chain, seq, hash FROM audit_heads WHERE seq > sealed ORDER BY chain").Find(&heads).Error
	if err == nil {
		prev, err = lastCheckpoint(s.read(ctx))
	}
	return heads, prev, fail("open heads", err)
}

// lastCheckpoint is the digest of the last checkpoint's body, "" without one.
func lastCheckpoint(db *gorm.DB) (string, error) {
	var body string
	err := scanRow(db.Raw("SELECT body FROM audit_checkpoints ORDER BY id DESC LIMIT 1"), &body)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	return bodyDigest([]byte(body)), err
}

func bodyDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// AddCheckpoint stores a signed checkpoint and notes that it covers its heads. ErrConflict when another checkpoint was
// added since, or a head is not an entry of its chain.
func (s *Store) AddCheckpoint(ctx context.Context, c countersign.Checkpoint) (countersign.Checkpoint, error) {
	var body auditlog.CheckpointBody
	if err := json.Unmarshal(c.Body, &body); err != nil {
		return c, fmt.Errorf("store: checkpoint: %w", err)
	}
	c.At, c.Heads = auditlog.Time(c.At), len(body.Heads)
	err := s.tx(ctx, "add checkpoint", func(tx *gorm.DB) error {
		prev, err := lastCheckpoint(tx)
		if err != nil {
			return err
		}
		if c.Prev != prev || body.Prev != prev {
			return conflict("checkpoint follows %.12q, not %.12q", c.Prev, prev)
		}
		err = scanRow(tx.Raw("INSERT INTO audit_checkpoints (at, prev, body, cms, heads) VALUES (?, ?, ?, ?, ?) RETURNING id",
			ms(c.At), c.Prev, string(c.Body), nonNil(c.CMS), c.Heads), &c.ID)
		if err != nil {
			return err
		}
		for _, h := range body.Heads {
			result := tx.Exec(`UPDATE audit_heads SET sealed = ? WHERE chain = ? AND sealed < ?
				AND EXISTS (SELECT 1 FROM audit_entries e WHERE e.chain = audit_heads.chain AND e.seq = ? AND e.hash = ?)`,
				h.Seq, h.Chain, h.Seq, h.Seq, h.Hash)
			if result.Error != nil {
				return result.Error
			}
			if result.RowsAffected == 0 {
				return conflict("checkpoint names entry %d of %s, which is not there or covered already", h.Seq, h.Chain)
			}
		}
		return nil
	})
	if errors.Is(err, countersign.ErrDuplicate) { // two checkpoints at once: prev is unique
		err = countersign.ErrConflict.Because(err)
	}
	return c, err
}

// Checkpoints returns one page of checkpoints, newest first, and the cursor of the next.
func (s *Store) Checkpoints(ctx context.Context, p Page) ([]countersign.Checkpoint, string, error) {
	db := s.read(ctx).Order("id DESC")
	if p.Cursor != "" {
		before, _, err := cursorKey(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		db = db.Where("id < ?", before)
	}
	limit := pageSize(p.Limit)
	var rows []checkpointRow
	err := db.Limit(limit + 1).Find(&rows).Error
	rows, next := cut(rows, limit, func(r checkpointRow) (int64, string) { return r.ID, "" })
	return mapRows(rows, checkpointRow.checkpoint), next, fail("checkpoints", err)
}
