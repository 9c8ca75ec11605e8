package opc

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"sort"
	"strings"
	"time"

	"countersign/internal/evidence/container"
)

// ErrUnsigned says that a file holds no signature.
var ErrUnsigned = errors.New("opc: the file is not sealed")

// Problem is one thing that is wrong with a sealed file.
type Problem struct {
	Part string // "" for the file as a whole
	Err  error
}

// Sealed is what the seal of a file proves, unless Problems says otherwise. Who the signer is remains to be checked.
type Sealed struct {
	Chain    []*x509.Certificate // the signer's first
	At       time.Time
	Parts    int
	Problems []Problem
}

// maxChain bounds the certificates that are parsed from a hostile file.
const maxChain = 8

var (
	valueXML = regexp.MustCompile(`<SignatureValue>([A-Za-z0-9+/=]*)</SignatureValue>`)
	certXML  = regexp.MustCompile(`<X509Certificate>([A-Za-z0-9+/=]*)</X509Certificate>`)
	timeXML  = regexp.MustCompile(`<xd:SigningTime>([0-9TZ:-]*)</xd:SigningTime>`)
)

// Check verifies the seal of a Word file: container, every part, and the signature value. It returns ErrUnsigned, or an
// error when the seal cannot be taken apart at all.
func Check(a *container.Archive) (*Sealed, error) {
	p, broken := readParts(a)
	s := &Sealed{Parts: len(a.Names)}
	if a.Strange != nil {
		s.problem("", fmt.Errorf("the zip container was changed or packed again: %w", a.Strange))
	}
	for _, name := range a.Names {
		if err := broken[name]; err != nil {
			s.problem(name, err)
		}
	}
	raw, ok := p[signaturePart]
	if _, named := broken[signaturePart]; named {
		return s, nil
	}
	if !ok {
		return nil, ErrUnsigned
	}
	value, err := s.varying(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", signaturePart, err)
	}
	s.compare(p, string(raw), value)
	return s, nil
}

// compare writes the signature again from the parts and demands the same bytes and a good value.
func (s *Sealed) compare(p parts, raw string, value []byte) {
	switch again, err := compose(p, s.Chain, s.At); {
	case err != nil:
		s.problem("", err)
	case again.with(b64(value)) != raw:
		s.differences(again, p, raw)
	case !verifyValue(s.Chain[0], again.signedInfo, value):
		s.problem(signaturePart, errors.New("the signature value is wrong"))
	}
}

func (s *Sealed) problem(part string, err error) { s.Problems = append(s.Problems, Problem{part, err}) }

// varying takes out the only things that the parts do not determine: certificates, time and value.
func (s *Sealed) varying(raw string) ([]byte, error) {
	value, at := valueXML.FindStringSubmatch(raw), timeXML.FindStringSubmatch(raw)
	certs := certXML.FindAllStringSubmatch(raw, maxChain)
	if value == nil || at == nil || len(certs) == 0 {
		return nil, errors.New("not a signature in the form that this software writes")
	}
	for _, m := range certs {
		der, err := base64.StdEncoding.DecodeString(m[1])
		if err != nil {
			return nil, err
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		s.Chain = append(s.Chain, cert)
	}
	var err error
	if s.At, err = time.Parse(timeFormat, at[1]); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(value[1])
}

// differences names the parts whose digest is not in the signature, and what else cannot be explained by them.
func (s *Sealed) differences(again signature, p parts, raw string) {
	before := len(s.Problems)
	listed := map[string]bool{}
	for _, r := range again.references {
		if !strings.Contains(raw, r.xml) {
			s.problem(r.part, errors.New("the content is not the one that was sealed"))
		}
		listed[r.part] = true
	}
	for _, m := range regexp.MustCompile(`<Reference URI="/([^"?]*)\?`).FindAllStringSubmatch(raw, -1) {
		if name := m[1]; !listed[name] {
			s.problem(name, errors.New("a sealed part is missing"))
			listed[name] = true
		}
	}
	if len(s.Problems) > before {
		return
	}
	if !strings.Contains(raw, digestLabel+p.digest()) {
		var open []string
		for _, name := range p.names() {
			if name != signaturePart && (!covered(name) || strings.HasSuffix(name, ".rels")) {
				open = append(open, name)
			}
		}
		sort.Strings(open)
		s.problem("", fmt.Errorf("one of these parts is not the one that was sealed: %s", strings.Join(open, ", ")))
		return
	}
	s.problem(signaturePart, errors.New("the signature part was changed"))
}

func verifyValue(cert *x509.Certificate, data, value []byte) bool {
	pub, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() || len(value) != 64 {
		return false
	}
	r, s := new(big.Int).SetBytes(value[:32]), new(big.Int).SetBytes(value[32:])
	digest := sha256.Sum256(data)
	return !highS(s) && ecdsa.Verify(pub, digest[:], r, s)
}

// IsDocx reports whether an archive looks like an Office file.
func IsDocx(a *container.Archive) bool {
	types, err := a.Read(typesPart, maxPart)
	return err == nil && bytes.Contains(types, []byte(typesNS))
}
