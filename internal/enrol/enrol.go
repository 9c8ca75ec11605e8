package enrol

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign"
	"countersign/internal/contract"
	"countersign/internal/pki"
	"countersign/internal/store"
)

// Desk enrols people. All fields are required.
type Desk struct {
	Store     *store.Store
	Pack      *contract.Pack
	Authority *pki.Authority
	Keyring   *pki.Keyring
}

// Newcomer is somebody to enrol. An empty PIN leaves them without a key: they can read and act, but not sign.
type Newcomer struct {
	Person       countersign.Person
	Grants       []countersign.Grant
	PasswordHash string // of password.Hash
	PIN          string
}

// Enrol stores a person with account, roles and, with a PIN, key and certificate. Enrolling somebody again changes name,
// organisation, roles and password, and leaves their key alone. What is refused changes nothing.
func (d *Desk) Enrol(ctx context.Context, n Newcomer) error {
	if _, ok := d.Pack.Organisation(n.Person.Organisation); !ok {
		return fmt.Errorf("the contract has no organisation %q", n.Person.Organisation)
	}
	if n.PIN != "" {
		if err := pki.CheckPIN(n.PIN); err != nil {
			return err
		}
	}
	grants, err := d.expand(n.Person, n.Grants)
	if err != nil {
		return err
	}
	if err := d.Store.PutPerson(ctx, n.Person); err != nil {
		return err
	}
	if err := d.Store.SetGrants(ctx, n.Person.ID, grants); err != nil {
		return err
	}
	if err := d.Store.SetPassword(ctx, n.Person.ID, n.PasswordHash); err != nil {
		return err
	}
	if n.PIN == "" {
		return nil
	}
	_, err = d.Store.ActiveKey(ctx, n.Person.ID)
	if !errors.Is(err, countersign.ErrNotFound) {
		return err
	}
	return d.Certify(ctx, n.Person, n.PIN)
}

// Grant replaces a person's roles.
func (d *Desk) Grant(ctx context.Context, p countersign.Person, grants []countersign.Grant) error {
	grants, err := d.expand(p, grants)
	if err != nil {
		return err
	}
	return d.Store.SetGrants(ctx, p.ID, grants)
}

// expand turns "every system" into the systems for which the person's organisation plays the role's party, and refuses roles
// of a party that it does not play: who is not of the party cannot act for it.
func (d *Desk) expand(p countersign.Person, grants []countersign.Grant) ([]countersign.Grant, error) {
	var out []countersign.Grant
	var errs []error
	for _, g := range grants {
		role, ok := d.Pack.Role(g.Role)
		if !ok {
			errs = append(errs, fmt.Errorf("the contract has no role %q", g.Role))
			continue
		}
		systems := []string{g.System}
		if role.Party != "" {
			systems = d.plays(p.Organisation, role.Party, g.System)
		}
		if len(systems) == 0 {
			errs = append(errs, fmt.Errorf("%s does not play %s for system %q", p.Organisation, role.Party, g.System))
		}
		for _, system := range systems {
			out = append(out, countersign.Grant{Person: p.ID, Role: g.Role, System: system})
		}
	}
	return out, errors.Join(errs...)
}

// plays lists what of system, which may be "*", an organisation plays a party for.
func (d *Desk) plays(organisation string, party countersign.Party, system string) []string {
	if system == "*" {
		return d.Pack.Everywhere(organisation, party)
	}
	if d.Pack.PartyOrganisation(system, party) != organisation {
		return nil
	}
	return []string{system}
}

// Certify makes a signing key for a person, seals it under the PIN and stores it with a certificate of the built-in CA.
func (d *Desk) Certify(ctx context.Context, p countersign.Person, pin string) error {
	if err := pki.CheckPIN(pin); err != nil {
		return err
	}
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
