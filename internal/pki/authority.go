package pki

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Options of an Authority; the zero value means the defaults.
type Options struct {
	Name            string           // organisation in the CA's subjects; default "Countersign"
	RootLifetime    time.Duration    // default 20 years
	IssuingLifetime time.Duration    // default 10 years
	PersonLifetime  time.Duration    // default 2 years
	SystemLifetime  time.Duration    // of audit and filing signers; default 3 years
	CRLLifetime     time.Duration    // nextUpdate - thisUpdate; default 7 days
	Now             func() time.Time // default time.Now
}

const year = 365 * 24 * time.Hour

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	set(&o.RootLifetime, 20*year)
	set(&o.IssuingLifetime, 10*year)
	set(&o.PersonLifetime, 2*year)
	set(&o.SystemLifetime, 3*year)
	set(&o.CRLLifetime, 7*24*time.Hour)
	if o.Name == "" {
		o.Name = "Countersign"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Signer is a certificate with its private key.
type Signer struct {
	crypto.Signer
	Certificate *x509.Certificate
}

// Authority is the built-in certificate authority. It is safe for concurrent use.
type Authority struct {
	store   KeyStore
	master  Master
	options Options

	root    *x509.Certificate
	issuing Signer
	audit   Signer
	filing  Signer
}

// Names of blobs in the key store. The system's signers are followed by a generation number.
const (
	rootBlob      = "ca/root"
	issuingBlob   = "ca/issuing"
	auditPrefix   = "signer/audit/"
	filingPrefix  = "signer/filing/"
	revokedPrefix = "revoked/"
)

// Open loads the authority from store, and creates what is missing: root, issuing CA, audit and filing signers.
// It returns ErrMaster when the store was sealed under another server secret.
func Open(ctx context.Context, store KeyStore, master Master, options Options) (*Authority, error) {
	a := &Authority{store: store, master: master, options: options.withDefaults()}
	now := a.options.Now()
	rootName := pkix.Name{CommonName: a.options.Name + " Root CA", Organization: []string{a.options.Name}}
	issuingName := pkix.Name{CommonName: a.options.Name + " Issuing CA", Organization: []string{a.options.Name}}

	root, err := a.ensure(ctx, rootBlob, caTemplate(rootName, 1, now, a.options.RootLifetime), nil)
	if err != nil {
		return nil, err
	}
	a.root = root.Certificate
	a.issuing, err = a.ensure(ctx, issuingBlob, caTemplate(issuingName, 0, now, a.options.IssuingLifetime), &root)
	if err != nil {
		return nil, err
	}
	if a.audit, err = a.ensureSystem(ctx, auditPrefix, AuditName); err != nil {
		return nil, err
	}
	a.filing, err = a.ensureSystem(ctx, filingPrefix, FilingName)
	return a, err
}

// blob is a sealed key pair.
type blob struct {
	Certificate []byte `json:"certificate"` // DER
	Key         []byte `json:"key"`         // PKCS #8
}

// ensure loads the key pair of that name, or makes one from template under parent (nil: self-signed). When another
// process makes it at the same time, theirs is used.
func (a *Authority) ensure(ctx context.Context, name string, template *x509.Certificate, parent *Signer) (Signer, error) {
	s, err := a.load(ctx, name)
	if !errors.Is(err, ErrNotFound) {
		return s, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Signer{}, fmt.Errorf("%s: %w", name, err)
	}
	if parent == nil {
		parent = &Signer{Signer: key, Certificate: template}
	}
	cert, err := issue(template, *parent, key.Public())
	if err != nil {
		return Signer{}, fmt.Errorf("%s: %w", name, err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Signer{}, fmt.Errorf("%s: %w", name, err)
	}
	plain, err := json.Marshal(blob{Certificate: cert.Raw, Key: private})
	if err != nil {
		return Signer{}, fmt.Errorf("%s: %w", name, err)
	}
	if err := a.store.Create(ctx, name, a.master.seal(name, plain)); errors.Is(err, ErrExists) {
		return a.load(ctx, name)
	} else if err != nil {
		return Signer{}, err
	}
	return Signer{Signer: key, Certificate: cert}, nil
}

func (a *Authority) load(ctx context.Context, name string) (Signer, error) {
	sealed, err := a.store.Load(ctx, name)
	if err != nil {
		return Signer{}, err
	}
	plain, err := a.master.open(name, sealed)
	if err != nil {
		return Signer{}, err
	}
	var b blob
	if err := json.Unmarshal(plain, &b); err != nil {
		return Signer{}, fmt.Errorf("%s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(b.Certificate)
	if err != nil {
		return Signer{}, fmt.Errorf("%s: %w", name, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(b.Key)
	if err != nil {
		return Signer{}, fmt.Errorf("%s: %w", name, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return Signer{}, fmt.Errorf("%s: not a signing key", name)
	}
	return Signer{Signer: signer, Certificate: cert}, nil
}

// ensureSystem returns the newest signer below prefix, or makes the next generation when its last month has begun.
func (a *Authority) ensureSystem(ctx context.Context, prefix, name string) (Signer, error) {
	names, err := a.store.List(ctx, prefix)
	if err != nil {
		return Signer{}, err
	}
	now := a.options.Now()
	if len(names) > 0 {
		s, err := a.load(ctx, names[len(names)-1])
		if err != nil || now.Add(year/12).Before(s.Certificate.NotAfter) {
			return s, err
		}
	}
	template := signerTemplate(a.options.systemSubject(name), now, a.options.SystemLifetime)
	return a.ensure(ctx, fmt.Sprintf("%s%04d", prefix, len(names)+1), template, &a.issuing)
}

// issue signs template with parent. No certificate outlives the one above it.
func issue(template *x509.Certificate, parent Signer, pub crypto.PublicKey) (*x509.Certificate, error) {
	if above := parent.Certificate.NotAfter; template.NotAfter.After(above) {
		template.NotAfter = above
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.Certificate, pub, parent.Signer)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// IssuePerson returns a new certificate for a person's public key. All fields of p are required.
func (a *Authority) IssuePerson(_ context.Context, p Person, pub crypto.PublicKey) (*x509.Certificate, error) {
	if p.ID == "" || p.Name == "" || p.OrganisationName == "" {
		return nil, fmt.Errorf("issue certificate: person ID, name and organisation are required, got %+v", p)
	}
	return issue(signerTemplate(personSubject(p), a.options.Now(), a.options.PersonLifetime), a.issuing, pub)
}

// Root returns the trust anchor.
func (a *Authority) Root() *x509.Certificate { return a.root }

// Chain returns the certificates between a signer and the root: the issuing CA.
func (a *Authority) Chain() []*x509.Certificate { return []*x509.Certificate{a.issuing.Certificate} }

// AuditSigner signs checkpoints of the audit log.
func (a *Authority) AuditSigner() Signer { return a.audit }

// FilingSigner signs evidence packs and filed Word documents.
func (a *Authority) FilingSigner() Signer { return a.filing }
