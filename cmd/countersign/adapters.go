package main

import (
	"context"
	"errors"
	"time"

	"countersign"
	"countersign/internal/checkpoint"
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
		_, err := checkpoint.Add(ctx, p.store, p.authority.AuditSigner(), time.Now())
		if err != nil && !errors.Is(err, countersign.ErrConflict) && ctx.Err() == nil {
			p.log.Error("audit checkpoint", "error", err)
		}
	}
}
