package cades

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Errors of a signature; test them with errors.Is.
var (
	ErrMalformed = errors.New("cades: not a signature in the form that this software writes")
	ErrContent   = errors.New("cades: the content is not the one that was signed")
	ErrSignature = errors.New("cades: the signature value is wrong")
	ErrPath      = errors.New("cades: the certificate is not issued by the trusted authority or was not valid then")
	ErrUsage     = errors.New("cades: the certificate is not meant for signing documents")
	ErrRevoked   = errors.New("cades: the certificate was revoked before the signature")
	ErrNoCRL     = errors.New("cades: no revocation list of the certificate's issuer that is younger than the signature")
)

// maxCMS is far above any signature that we write, and keeps hostile input cheap.
const maxCMS = 64 << 10

// Signed is a signature whose form, content digest and value have been checked, but not yet who the signer is.
type Signed struct {
	Certificate *x509.Certificate
	At          time.Time // signing-time attribute: the signer's claim
}

// Open checks that cms is exactly one canonical signature over content by the key of the certificate inside. It
// returns ErrMalformed, ErrContent or ErrSignature. It says nothing about trust: see Signed.Check.
func Open(cms, content []byte) (*Signed, error) {
	p, err := parse(cms)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); !bytes.Equal(p.digest, sum[:]) {
		return nil, ErrContent
	}
	attributes, err := signedAttributes(p.cert, [sha256.Size]byte(p.digest), p.at)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	alg, err := algorithmOf(p.cert.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	again, err := encode(p.cert, alg, attributes, p.signature)
	if err != nil || !bytes.Equal(again, cms) {
		return nil, fmt.Errorf("%w: bytes differ from the canonical encoding", ErrMalformed)
	}
	if err := p.cert.CheckSignature(alg.check, attributes, p.signature); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if low, err := lowS(p.cert.PublicKey, p.signature); err != nil || !bytes.Equal(low, p.signature) {
		return nil, fmt.Errorf("%w: a second form of the signature value", ErrMalformed)
	}
	return &Signed{Certificate: p.cert, At: p.at}, nil
}

// parts are the only things that vary between two signatures; everything else follows from them.
type parts struct {
	cert      *x509.Certificate
	digest    []byte
	at        time.Time
	signature []byte
}

// parse takes the varying parts out. It may be lax, because Open encodes them again and compares every byte.
func parse(cms []byte) (*parts, error) {
	if len(cms) > maxCMS {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, len(cms))
	}
	context0 := tag.Tag(0).ContextSpecific().Constructed()
	in := cryptobyte.String(cms)
	var info, explicit, data, certs, signers, signer, attributes, signature cryptobyte.String
	ok := in.ReadASN1(&info, tag.SEQUENCE) && info.SkipASN1(tag.OBJECT_IDENTIFIER) &&
		info.ReadASN1(&explicit, context0) && explicit.ReadASN1(&data, tag.SEQUENCE) &&
		data.SkipASN1(tag.INTEGER) && data.SkipASN1(tag.SET) && data.SkipASN1(tag.SEQUENCE) &&
		data.ReadASN1(&certs, context0) && data.ReadASN1(&signers, tag.SET) &&
		signers.ReadASN1(&signer, tag.SEQUENCE) && signer.SkipASN1(tag.INTEGER) &&
		signer.SkipASN1(tag.SEQUENCE) && signer.SkipASN1(tag.SEQUENCE) && signer.ReadASN1(&attributes, context0) &&
		signer.SkipASN1(tag.SEQUENCE) && signer.ReadASN1(&signature, tag.OCTET_STRING)
	if !ok {
		return nil, ErrMalformed
	}
	cert, err := x509.ParseCertificate(certs)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	p := &parts{cert: cert, signature: signature}
	if p.digest, p.at, ok = readAttributes(attributes); !ok {
		return nil, ErrMalformed
	}
	return p, nil
}

// readAttributes finds the message digest and the signing time.
func readAttributes(in cryptobyte.String) (digest []byte, at time.Time, ok bool) {
	for !in.Empty() {
		var item, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !in.ReadASN1(&item, tag.SEQUENCE) || !item.ReadASN1ObjectIdentifier(&oid) || !item.ReadASN1(&value, tag.SET) {
			return nil, at, false
		}
		switch {
		case oid.Equal(oidMessageDigest):
			if !value.ReadASN1Bytes(&digest, tag.OCTET_STRING) {
				return nil, at, false
			}
		case oid.Equal(oidSigningTime):
			if !value.ReadASN1UTCTime(&at) && !value.ReadASN1GeneralizedTime(&at) {
				return nil, at, false
			}
		}
	}
	return digest, at, len(digest) == sha256.Size && !at.IsZero()
}

// Trust says what a verifier believes in.
type Trust struct {
	Roots         *x509.CertPool
	Intermediates []*x509.Certificate
	CRLs          []*x509.RevocationList // nil: revocation is not checked
}

// Skew is how far the clocks of the machines of one installation may be apart.
const Skew = 5 * time.Minute

// Check validates the certificate at the time at (the signing-time attribute if at is zero): path to a root, key
// usage, and revocation. A certificate that was revoked after that time is still good for it; revoked then holds the
// time. It returns ErrPath, ErrUsage, ErrRevoked or ErrNoCRL.
func (s *Signed) Check(trust Trust, at time.Time) (revoked time.Time, err error) {
	if at.IsZero() {
		at = s.At
	}
	cert := s.Certificate
	pool := x509.NewCertPool()
	for _, c := range trust.Intermediates {
		pool.AddCert(c)
	}
	chains, err := cert.Verify(x509.VerifyOptions{
		Roots: trust.Roots, Intermediates: pool, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	})
	if err != nil {
		return revoked, fmt.Errorf("%w: %w", ErrPath, err)
	}
	const usage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	if cert.IsCA || cert.KeyUsage != usage || len(chains[0]) < 2 {
		return revoked, ErrUsage
	}
	if trust.CRLs == nil {
		return revoked, nil
	}
	return checkCRL(cert, chains[0][1], trust.CRLs, at)
}

// checkCRL looks cert up in a list that its issuer signed at or after the time at.
func checkCRL(cert, issuer *x509.Certificate, lists []*x509.RevocationList, at time.Time) (revoked time.Time, err error) {
	found := false
	for _, list := range lists {
		if list.CheckSignatureFrom(issuer) != nil || list.ThisUpdate.Add(Skew).Before(at) {
			continue
		}
		found = true
		for _, e := range list.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(cert.SerialNumber) == 0 && (revoked.IsZero() || e.RevocationTime.Before(revoked)) {
				revoked = e.RevocationTime
			}
		}
	}
	switch {
	case !found:
		return revoked, ErrNoCRL
	case !revoked.IsZero() && !revoked.After(at):
		return revoked, ErrRevoked
	}
	return revoked, nil
}

// Verify opens a signature and checks its certificate at the time at, see Open and Signed.Check.
func Verify(cms, content []byte, trust Trust, at time.Time) (*Signed, error) {
	s, err := Open(cms, content)
	if err != nil {
		return nil, err
	}
	if _, err := s.Check(trust, at); err != nil {
		return nil, err
	}
	return s, nil
}
