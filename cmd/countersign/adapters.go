package main

import (
	"context"
	"errors"
	"time"

	"countersign"
	"countersign/internal/auditlog"
	"countersign/internal/evidence/cades"
	"countersign/internal/pki"
	"countersign/internal/store"
)

// secrets keeps the certificate authority's sealed blobs in the application database.
type secrets struct{ store *store.Store }

// Load implements pki.KeyStore.
func (s secrets) Load(ctx context.Context, name string) ([]byte, error) {
	blob, err := s.store.Secret(ctx, name)
	if errors.Is(err, countersign.ErrNotFound) {
		return nil, pki.ErrNotFound
	}
	return blob, err
}

// Create implements pki.KeyStore.
func (s secrets) Create(ctx context.Context, name string, blob []byte) error {
	err := s.store.CreateSecret(ctx, name, blob)
	if errors.Is(err, countersign.ErrDuplicate) {
		return pki.ErrExists
	}
	return err
}

// List implements pki.KeyStore.
func (s secrets) List(ctx context.Context, prefix string) ([]string, error) {
	return s.store.SecretNames(ctx, prefix)
}

// checkpoints signs the heads of the audit chains that grew, until ctx ends.
func (p *parts) checkpoints(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(checkpointEvery):
		}
		if err := p.checkpoint(ctx); err != nil && !errors.Is(err, countersign.ErrConflict) && ctx.Err() == nil {
			p.log.Error("audit checkpoint", "error", err)
		}
	}
}

// checkpoint signs one checkpoint; another process may have been faster, which is a conflict and no loss.
func (p *parts) checkpoint(ctx context.Context) error {
	heads, prev, err := p.store.OpenHeads(ctx)
	if err != nil || len(heads) == 0 {
		return err
	}
	now := time.Now()
	body, err := auditlog.CheckpointBody{Prev: prev, At: now, Heads: heads}.Canonical()
	if err != nil {
		return err
	}
	signer := p.authority.AuditSigner()
	cms, err := cades.Sign(signer, signer.Certificate, body, now)
	if err != nil {
		return err
	}
	_, err = p.store.AddCheckpoint(ctx, countersign.Checkpoint{At: now, Prev: prev, Body: body, CMS: cms})
	return err
}
