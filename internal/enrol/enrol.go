package enrol

import (
	"context"
	"errors"
	"fmt"

	"countersign"
	"countersign/internal/contract"
	"countersign/internal/pki"
	"countersign/internal/store"
)

// Desk manages people. All fields are required. Whatever it changes or refuses, it appends to the audit chain "system".
type Desk struct {
	Store     *store.Store
	Pack      *contract.Pack
	Authority *pki.Authority
	Keyring   *pki.Keyring
	Via       string // where the change comes from: "cli", "demo"
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
	detail := d.about(n.Person)
	detail["account"], detail["organisation"], detail["roles"] = n.Person.Account, n.Person.Organisation, roles(n.Grants)
	grants, err := d.check(n)
	if err == nil {
		detail["roles"] = roles(grants)
		err = d.enrol(ctx, n, grants, detail)
	}
	return d.record(ctx, "user_add", detail, err)
}

// check returns the newcomer's expanded roles, or why they cannot be enrolled.
func (d *Desk) check(n Newcomer) ([]countersign.Grant, error) {
	if _, ok := d.Pack.Organisation(n.Person.Organisation); !ok {
		return nil, refused(fmt.Errorf("the contract has no organisation %q", n.Person.Organisation))
	}
	if n.PIN != "" {
		if err := pki.CheckPIN(n.PIN); err != nil {
			return nil, refused(err)
		}
	}
	return d.expand(n.Person, n.Grants)
}

func (d *Desk) enrol(ctx context.Context, n Newcomer, grants []countersign.Grant, detail map[string]string) error {
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
	_, err := d.Store.ActiveKey(ctx, n.Person.ID)
	if !errors.Is(err, countersign.ErrNotFound) {
		return err
	}
	return d.newKey(ctx, n.Person, n.PIN, detail)
}

// Grant replaces a person's roles.
func (d *Desk) Grant(ctx context.Context, p countersign.Person, grants []countersign.Grant) error {
	detail := d.about(p)
	detail["roles"] = roles(grants)
	grants, err := d.expand(p, grants)
	if err == nil {
		detail["roles"] = roles(grants)
		err = d.Store.SetGrants(ctx, p.ID, grants)
	}
	return d.record(ctx, "user_grant", detail, err)
}

// SetPassword gives a person the password with that hash (of password.Hash) and ends all their sessions.
func (d *Desk) SetPassword(ctx context.Context, p countersign.Person, hash string) error {
	err := errors.Join(d.Store.SetPassword(ctx, p.ID, hash), d.Store.DeleteSessions(ctx, p.ID))
	return d.record(ctx, "user_password", d.about(p), err)
}

// Disable ends a person's sessions and lets them log in no more.
func (d *Desk) Disable(ctx context.Context, p countersign.Person) error {
	p.Disabled = true
	err := errors.Join(d.Store.PutPerson(ctx, p), d.Store.DeleteSessions(ctx, p.ID))
	return d.record(ctx, "user_disable", d.about(p), err)
}

// Enable lets a disabled person log in again, with the password, roles and key that they had.
func (d *Desk) Enable(ctx context.Context, p countersign.Person) error {
	p.Disabled = false
	return d.record(ctx, "user_enable", d.about(p), d.Store.PutPerson(ctx, p))
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
	return out, refused(errs...)
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
