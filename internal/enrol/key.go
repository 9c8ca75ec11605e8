package enrol

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"countersign"
	"countersign/internal/pki"
	"countersign/internal/store"
)

// Certify gives a person a new signing key, sealed under the PIN, with a certificate of the built-in CA. A key that they
// had ends, and its certificate is revoked as superseded: what it signed before stays valid. That it is really the person
// who asks is for the caller to see to. Doing it again after a failure also revokes what was left over.
func (d *Desk) Certify(ctx context.Context, p countersign.Person, pin string) error {
	detail := d.about(p)
	err := d.certify(ctx, p, pin, detail)
	return d.record(ctx, "user_certify", detail, err)
}

func (d *Desk) certify(ctx context.Context, p countersign.Person, pin string, detail map[string]string) error {
	if p.Disabled {
		return refused(fmt.Errorf("%s is disabled: enable the account first", p.Account))
	}
	if err := pki.CheckPIN(pin); err != nil {
		return refused(err)
	}
	if err := d.newKey(ctx, p, pin, detail); err != nil {
		return err
	}
	keys, err := d.Store.Keys(ctx, p.ID)
	if err != nil {
		return err
	}
	d.Keyring.Forget(p.ID)
	// A revocation list counts in whole seconds: what the old key signed within this second shall stay valid.
	at := time.Now().Add(time.Second)
	for _, k := range keys {
		if k.Status != store.KeyReplaced {
			continue
		}
		serial, ok := new(big.Int).SetString(k.Serial, 16)
		if !ok {
			return fmt.Errorf("key %d of %s has no serial number", k.Version, p.ID)
		}
		if err := d.Authority.Revoke(ctx, serial, pki.ReasonSuperseded, at); err != nil {
			return err
		}
		detail["revoked"] = k.Serial // the last one is the certificate that was in use
	}
	return nil
}

// Unlock lets a person try their PIN again after too many wrong ones. The PIN stays: who has forgotten it needs Certify.
func (d *Desk) Unlock(ctx context.Context, p countersign.Person) error {
	detail := d.about(p)
	key, err := d.Store.ActiveKey(ctx, p.ID)
	switch {
	case errors.Is(err, countersign.ErrNotFound):
		err = refused(fmt.Errorf("%s has no signing key: certify makes one", p.Account))
	case err == nil:
		detail["serial"] = key.Serial
		err = d.Store.UnlockKey(ctx, key.ID)
	}
	return d.record(ctx, "user_unlock", detail, err)
}

// newKey makes a signing key, seals it under the PIN and stores it with its certificate as the person's active key.
func (d *Desk) newKey(ctx context.Context, p countersign.Person, pin string, detail map[string]string) error {
	versions, err := d.Store.KeyVersions(ctx, p.ID)
	if err != nil {
		return err
	}
	sealed, err := d.Keyring.NewKey(ctx, p.ID, versions+1, pin)
	if err != nil {
		return err
	}
	pub, err := sealed.PublicKey()
	if err != nil {
		return err
	}
	org, _ := d.Pack.Organisation(p.Organisation)
	cert, err := d.Authority.IssuePerson(ctx, pki.Person{ID: p.ID, Name: p.Name, OrganisationName: org.Name}, pub)
	if err != nil {
		return err
	}
	detail["serial"] = fmt.Sprintf("%x", cert.SerialNumber)
	return d.store(ctx, p.ID, sealed, cert)
}

func (d *Desk) store(ctx context.Context, person string, sealed pki.SealedKey, cert *x509.Certificate) error {
	raw, err := json.Marshal(sealed)
	if err != nil {
		return fmt.Errorf("sealed key: %w", err)
	}
	return d.Store.AddKey(ctx, store.PersonKey{
		Person: person, Version: sealed.Version, Serial: fmt.Sprintf("%x", cert.SerialNumber), Sealed: raw,
		Certificate: cert.Raw, CreatedAt: time.Now(),
	})
}
