package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

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
		for heads := range slices.Chunk(body.Heads, 500) {
			if err := s.writeAll(tx, []write{sealWrite(heads)}); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, countersign.ErrDuplicate) { // two checkpoints at once: prev is unique
		err = countersign.ErrConflict.Because(err)
	}
	return c, err
}

// sealWrite notes that a checkpoint covers heads, each of which must be an entry that none covered before.
func sealWrite(heads []countersign.ChainHead) write {
	row := "(CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT))"
	w := write{
		// column1 to column3 are what both databases call the columns of VALUES.
		sql: "UPDATE audit_heads SET sealed = v.column2 FROM (VALUES " + strings.Repeat(row+",", len(heads)-1) + row + `) AS v
			WHERE chain = v.column1 AND sealed < v.column2
			AND EXISTS (SELECT 1 FROM audit_entries e WHERE e.chain = v.column1 AND e.seq = v.column2 AND e.hash = v.column3)`,
		want: int64(len(heads)), miss: "the checkpoint names an entry that is not there or that another one covers",
	}
	for _, h := range heads {
		w.args = append(w.args, h.Chain, h.Seq, h.Hash)
	}
	return w
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
