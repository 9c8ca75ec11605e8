package pki

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Reasons of a revocation (RFC 5280 5.3.1).
const (
	ReasonUnspecified   = 0
	ReasonKeyCompromise = 1
	ReasonAffiliation   = 3 // the holder left or changed the organisation
	ReasonSuperseded    = 4
	ReasonCessation     = 5
)

// Revocation says when and why a certificate ceased to be valid.
type Revocation struct {
	Serial *big.Int  `json:"serial"`
	Reason int       `json:"reason"` // RFC 5280 5.3.1
	At     time.Time `json:"at"`     // UTC, whole seconds
}

func revokedBlob(serial *big.Int) string { return fmt.Sprintf("%s%x", revokedPrefix, serial) }

// Revoke ends the validity of a certificate at a time. Revoking it again changes nothing: the first time stands.
// The caller also calls Keyring.Forget for the holder.
func (a *Authority) Revoke(ctx context.Context, serial *big.Int, reason int, at time.Time) error {
	if serial == nil || serial.Sign() <= 0 {
		return errors.New("revoke: no serial number")
	}
	plain, err := json.Marshal(Revocation{Serial: serial, Reason: reason, At: at.UTC().Truncate(time.Second)})
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	name := revokedBlob(serial)
	if err := a.store.Create(ctx, name, a.master.seal(name, plain)); err != nil && !errors.Is(err, ErrExists) {
		return err
	}
	return nil
}

// Revoked returns the revocation of a certificate, or nil when it is not revoked.
func (a *Authority) Revoked(ctx context.Context, serial *big.Int) (*Revocation, error) {
	r, err := a.revocation(ctx, revokedBlob(serial))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return r, err
}

func (a *Authority) revocation(ctx context.Context, name string) (*Revocation, error) {
	sealed, err := a.store.Load(ctx, name)
	if err != nil {
		return nil, err
	}
	plain, err := a.master.open(name, sealed)
	if err != nil {
		return nil, err
	}
	var r Revocation
	if err := json.Unmarshal(plain, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &r, nil
}

// CRL returns the revocation list of the issuing CA as of now, DER. It keeps expired certificates, because a
// signature must stay checkable after its certificate has run out.
func (a *Authority) CRL(ctx context.Context, now time.Time) ([]byte, error) {
	names, err := a.store.List(ctx, revokedPrefix)
	if err != nil {
		return nil, err
	}
	now = now.UTC()
	list := &x509.RevocationList{
		Number:     big.NewInt(now.UnixMilli()), // grows with every list without stored state
		ThisUpdate: now.Truncate(time.Second), NextUpdate: now.Add(a.options.CRLLifetime).Truncate(time.Second),
	}
	for _, name := range names {
		r, err := a.revocation(ctx, name)
		if err != nil {
			return nil, err
		}
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: r.Serial, RevocationTime: r.At, ReasonCode: r.Reason})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.issuing.Certificate, a.issuing.Signer)
	if err != nil {
		return nil, fmt.Errorf("revocation list: %w", err)
	}
	return der, nil
}
