package checkpoint

import (
	"context"
	"time"

	"countersign"
	"countersign/internal/auditlog"
	"countersign/internal/evidence/cades"
	"countersign/internal/pki"
	"countersign/internal/store"
)

// Sign returns a signed checkpoint over heads that follows the checkpoint whose body has the digest prev ("" for none).
func Sign(signer pki.Signer, prev string, heads []countersign.ChainHead, now time.Time) (countersign.Checkpoint, error) {
	now = auditlog.Time(now)
	body, err := auditlog.CheckpointBody{Prev: prev, At: now, Heads: heads}.Canonical()
	if err != nil {
		return countersign.Checkpoint{}, err
	}
	cms, err := cades.Sign(signer, signer.Certificate, body, now)
	return countersign.Checkpoint{At: now, Prev: prev, Body: body, CMS: cms, Heads: len(heads)}, err
}

// Add signs the heads of all chains that grew since the last checkpoint and stores the result; the zero checkpoint when none
// did. ErrConflict when another process was faster.
func Add(ctx context.Context, s *store.Store, signer pki.Signer, now time.Time) (countersign.Checkpoint, error) {
	heads, prev, err := s.OpenHeads(ctx)
	if err != nil || len(heads) == 0 {
		return countersign.Checkpoint{}, err
	}
	c, err := Sign(signer, prev, heads, now)
	if err != nil {
		return c, err
	}
	return s.AddCheckpoint(ctx, c)
}
