package api

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"strconv"
	"strings"
	"time"

	"github.com/gowebpki/jcs"

	"countersign"
	"countersign/internal/contract"
	"countersign/internal/evidence/cades"
	"countersign/internal/pki"
)

// makeSignature builds the statement of a decision and signs it with the caller's key.
func (s *Server) makeSignature(ctx context.Context, c *call, m *matter, step countersign.ChainStep, b *decisionBody) (*countersign.Signature, error) {
	picture, err := handwriting(b.Handwriting)
	if err != nil {
		return nil, err
	}
	statement, err := s.statement(ctx, c, m, step, b)
	if err != nil {
		return nil, err
	}
	content, err := canonical(statement)
	if err != nil {
		return nil, err
	}
	signer, cert, err := s.unlock(ctx, c, b.PIN)
	if err != nil {
		return nil, err
	}
	cms, err := cades.Sign(signer, cert, content, statement.SignedAt)
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(cms)
	return &countersign.Signature{
		ID: hex.EncodeToString(id[:]), Ticket: m.Number, Revision: m.Revision, Step: step.ID, Party: step.Party,
		Organisation: step.Organisation, Person: c.actor.Person, OnBehalfOf: c.actor.OnBehalfOf, Decision: b.Decision, Opinion: b.Opinion,
		Status: countersign.SignatureStaged, SignedAt: statement.SignedAt, Statement: content, CMS: cms, Certificate: cert.Raw, Picture: picture,
	}, nil
}

// statement states every fact that is signed. Form, template, page and attachments are those frozen at submit.
func (s *Server) statement(ctx context.Context, c *call, m *matter, step countersign.ChainStep, b *decisionBody) (countersign.Statement, error) {
	var st countersign.Statement
	f, err := s.frozen(ctx, m.Ticket)
	if err != nil {
		return st, err
	}
	revision := f.revision
	st = countersign.Statement{
		Version: countersign.StatementVersion, Contract: m.Contract, Ticket: m.Number, Process: m.Process, System: m.System,
		Revision: revision.N, FormVersion: revision.FormVersion, FormSHA256: revision.SHA256, TemplateSHA256: revision.TemplateSHA256,
		Documents: []countersign.FileDigest{revision.Document}, Attachments: append([]countersign.FileDigest{}, revision.Attachments...),
		Records: []countersign.FileDigest{}, Drafters: m.drafters, Chain: m.Chain,
		Step: step.ID, Party: step.Party, Organisation: step.Organisation, OrganisationName: s.organisationName(step.Organisation),
		Person: c.session.Person.ID, PersonName: c.session.Person.Name, OnBehalfOf: c.actor.OnBehalfOf,
		Decision: b.Decision, Opinion: b.Opinion, Waivers: append([]string{}, b.Waivers...), Previous: m.previous(),
		SignedAt: s.clock().UTC().Truncate(time.Millisecond),
	}
	if st.OnBehalfOf != "" {
		principal, err := s.people.person(ctx, st.OnBehalfOf)
		if err != nil {
			return st, err
		}
		st.OnBehalfOfName = principal.Name
	}
	if m.inChain(step.ID) {
		return st, nil
	}
	// Later steps answer for what was reported after the approval.
	records, err := s.store.Records(ctx, m.Number)
	for _, r := range records {
		if r.Counted {
			st.Records = append(st.Records, countersign.FileDigest{Name: r.Kind, SHA256: r.ID})
		}
	}
	return st, err
}

func (m *matter) inChain(step string) bool {
	for _, s := range m.Chain {
		if s.ID == step {
			return true
		}
	}
	return false
}

// unlock returns the caller's signing key after checking the PIN. Wrong PINs are counted and lock the key (D-58).
func (s *Server) unlock(ctx context.Context, c *call, pin string) (crypto.Signer, *x509.Certificate, error) {
	key, err := s.store.ActiveKey(ctx, c.session.Person.ID)
	if errors.Is(err, countersign.ErrNotFound) {
		return nil, nil, countersign.ErrNoCert
	}
	if err != nil {
		return nil, nil, err
	}
	if key.LockedAt != nil {
		return nil, nil, countersign.ErrPINLocked
	}
	cert, err := x509.ParseCertificate(key.Certificate)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate of %s: %w", c.session.Person.ID, err)
	}
	if err := s.checkCertificate(ctx, c, cert); err != nil {
		return nil, nil, err
	}
	var sealed pki.SealedKey
	if err := json.Unmarshal(key.Sealed, &sealed); err != nil {
		return nil, nil, fmt.Errorf("sealed key of %s: %w", c.session.Person.ID, err)
	}
	// Most PINs are right and warm: nothing to count, and nothing to wait for since the lock was read.
	if signer := s.config.Keyring.Warm(sealed, pin); signer != nil && key.FailedPINs == 0 {
		return signer, cert, nil
	}
	signer, err := s.tryPIN(ctx, c, key.ID, sealed, pin)
	return signer, cert, err
}

// tryPIN judges a PIN. The try is counted before it waits for its turn: however many come at once, to however many
// processes, no more are judged than the contract allows.
func (s *Server) tryPIN(ctx context.Context, c *call, key int64, sealed pki.SealedKey, pin string) (crypto.Signer, error) {
	tries, err := s.pack.Rules().Tries(contract.RulePINTries)
	if err != nil {
		return nil, err
	}
	n, err := s.store.TryPIN(ctx, key, tries)
	if err != nil {
		return nil, err
	}
	signer, err := s.config.Keyring.Unlock(ctx, sealed, pin)
	// The try must be settled also when the caller has hung up.
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	switch {
	case errors.Is(err, pki.ErrWrongPIN):
		return nil, s.wrongPIN(settle, c, key, tries, tries-n)
	case err != nil: // not judged
		return nil, errors.Join(err, s.store.PINUntried(settle, key))
	}
	if err := s.store.PINSucceeded(settle, key); err != nil {
		s.config.Keyring.Forget(c.session.Person.ID)
		return nil, err
	}
	return signer, nil
}

// checkCertificate refuses certificates that are expired or revoked now, or that name somebody as they were called before.
func (s *Server) checkCertificate(ctx context.Context, c *call, cert *x509.Certificate) error {
	p := c.session.Person
	holder, ok := pki.PersonOf(cert)
	if !ok || holder != (pki.Person{ID: p.ID, Name: p.Name, OrganisationName: s.organisationName(p.Organisation)}) {
		return countersign.ErrCertBad
	}
	if now := s.clock(); now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return countersign.ErrCertBad
	}
	revoked, err := s.config.Authority.Revoked(ctx, cert.SerialNumber)
	if err != nil {
		return err
	}
	if revoked != nil {
		return countersign.ErrCertBad
	}
	return nil
}

func (s *Server) wrongPIN(ctx context.Context, c *call, key int64, tries, left int) error {
	c.note("tries_left", strconv.Itoa(left))
	locked, err := s.store.PINFailed(ctx, key, tries)
	if err != nil {
		return err
	}
	if !locked {
		return countersign.ErrPIN
	}
	s.config.Keyring.Forget(c.session.Person.ID)
	return countersign.ErrPINLocked
}

// certificateOf describes a person's certificate, nil when there is none.
func (s *Server) certificateOf(ctx context.Context, person string) (*certificateBody, error) {
	key, err := s.store.ActiveKey(ctx, person)
	if errors.Is(err, countersign.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(key.Certificate)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", person, err)
	}
	return &certificateBody{Serial: cert.SerialNumber.Text(16), NotAfter: cert.NotAfter, Locked: key.LockedAt != nil}, nil
}

// Bounds of a handwriting picture.
const (
	pictureBytes = 256 << 10
	pictureSide  = 2000
)

// handwriting decodes the picture of a handwritten name. It must be a small PNG; "" is none.
func handwriting(text string) ([]byte, error) {
	text = strings.TrimPrefix(text, "data:image/png;base64,")
	if text == "" {
		return nil, nil
	}
	bad := countersign.ErrMalformed.With(countersign.FieldError{Field: "handwriting", Code: "bad_picture", Message: "手写签名图片不正确，请重新书写。"})
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) > pictureBytes {
		return nil, bad
	}
	size, err := png.DecodeConfig(bytes.NewReader(raw))
	if err != nil || size.Width > pictureSide || size.Height > pictureSide || size.Width < 1 || size.Height < 1 {
		return nil, bad
	}
	if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
		return nil, bad
	}
	return raw, nil
}

// canonical returns the RFC 8785 bytes of v.
func canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	out, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON (RFC 8785): %w", err)
	}
	return out, nil
}
