package cades

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"countersign/internal/pki"
)

var content = []byte(`{"decision":"approve","opinion":"同意"}`)

// world is a CA with one person.
type world struct {
	ca   *pki.Authority
	key  crypto.Signer
	cert *x509.Certificate
}

func newWorld(tb testing.TB) world {
	tb.Helper()
	store, err := pki.NewFileStore(tb.TempDir())
	check(tb, err)
	master, err := pki.NewMaster(make([]byte, 32))
	check(tb, err)
	ca, err := pki.Open(context.Background(), store, master, pki.Options{})
	check(tb, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(tb, err)
	return world{ca: ca, key: key, cert: issue(tb, ca, key)}
}

func issue(tb testing.TB, ca *pki.Authority, key crypto.Signer) *x509.Certificate {
	tb.Helper()
	cert, err := ca.IssuePerson(context.Background(), pki.Person{ID: "P001", Name: "王芳", OrganisationName: "实施公司"}, key.Public())
	check(tb, err)
	return cert
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (w world) trust() Trust {
	roots := x509.NewCertPool()
	roots.AddCert(w.ca.Root())
	return Trust{Roots: roots, Intermediates: w.ca.Chain()}
}

func (w world) sign(tb testing.TB, at time.Time) []byte {
	tb.Helper()
	cms, err := Sign(w.key, w.cert, content, at)
	check(tb, err)
	return cms
}

func TestSignAndVerify(t *testing.T) {
	w := newWorld(t)
	at := time.Now()
	s, err := Verify(w.sign(t, at), content, w.trust(), time.Time{})
	check(t, err)
	if !s.At.Equal(at.UTC().Truncate(time.Second)) || !s.Certificate.Equal(w.cert) {
		t.Fatalf("%+v", s)
	}
	if _, err := Open(w.sign(t, at), append(content, ' ')); !errors.Is(err, ErrContent) {
		t.Fatalf("other content: %v", err)
	}
}

func TestSignRefusesAForeignKey(t *testing.T) {
	w := newWorld(t)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	if _, err := Sign(other, w.cert, content, time.Now()); err == nil {
		t.Fatal("signed with a key that is not the certificate's")
	}
	if _, err := Sign(w.key, w.cert, content, time.Time{}); err == nil {
		t.Fatal("signed without a time")
	}
}

func TestEveryBitMatters(t *testing.T) {
	w := newWorld(t)
	cms := w.sign(t, time.Now())
	for i := range cms {
		for bit := range 8 {
			bad := bytes.Clone(cms)
			bad[i] ^= 1 << bit
			if _, err := Verify(bad, content, w.trust(), time.Now()); err == nil {
				t.Fatalf("byte %d bit %d can be changed", i, bit)
			}
		}
	}
	for _, bad := range [][]byte{nil, cms[:len(cms)-1], append(bytes.Clone(cms), 0), make([]byte, maxCMS+1)} {
		if _, err := Open(bad, content); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d bytes: %v", len(bad), err)
		}
	}
}

func TestSecondFormOfASignatureIsRefused(t *testing.T) {
	w := newWorld(t)
	p, err := parse(w.sign(t, time.Now()))
	check(t, err)
	var value struct{ R, S *big.Int }
	_, err = asn1.Unmarshal(p.signature, &value)
	check(t, err)
	value.S.Sub(elliptic.P256().Params().N, value.S)
	high, err := asn1.Marshal(value)
	check(t, err)
	attributes, err := signedAttributes(p.cert, [32]byte(p.digest), p.at)
	check(t, err)
	alg, err := algorithmOf(p.cert.PublicKey)
	check(t, err)
	check(t, p.cert.CheckSignature(alg.check, attributes, high)) // it is mathematically valid
	cms, err := encode(p.cert, alg, attributes, high)
	check(t, err)
	if _, err := Open(cms, content); !errors.Is(err, ErrMalformed) {
		t.Fatalf("want ErrMalformed, got %v", err)
	}
}

func TestTrust(t *testing.T) {
	w, foreign := newWorld(t), newWorld(t)
	now := time.Now()
	signed := func(w world) *Signed {
		s, err := Open(w.sign(t, now), content)
		check(t, err)
		return s
	}
	crl := func(w world, at time.Time) []*x509.RevocationList {
		der, err := w.ca.CRL(t.Context(), at)
		check(t, err)
		list, err := x509.ParseRevocationList(der)
		check(t, err)
		return []*x509.RevocationList{list}
	}
	fresh := crl(w, now)
	check(t, w.ca.Revoke(t.Context(), w.cert.SerialNumber, pki.ReasonKeyCompromise, now.Add(time.Minute)))
	after := crl(w, now.Add(time.Hour))
	audit := w
	audit.key, audit.cert = w.ca.AuditSigner(), w.ca.AuditSigner().Certificate

	for name, c := range map[string]struct {
		signed *Signed
		crls   []*x509.RevocationList
		at     time.Time
		want   error
	}{
		"no CRL asked":             {signed(w), nil, now, nil},
		"good":                     {signed(w), fresh, now, nil},
		"system signer":            {signed(audit), fresh, now, nil},
		"foreign CA":               {signed(foreign), fresh, now, ErrPath},
		"before its validity":      {signed(w), fresh, now.Add(-time.Hour), ErrPath},
		"after its validity":       {signed(w), fresh, now.AddDate(3, 0, 0), ErrPath},
		"revoked later":            {signed(w), after, now, nil},
		"revoked before":           {signed(w), after, now.Add(2 * time.Minute), ErrRevoked},
		"list older than that":     {signed(w), fresh, now.Add(time.Hour), ErrNoCRL},
		"list of another CA":       {signed(w), crl(foreign, now), now, ErrNoCRL},
		"empty set of lists given": {signed(w), []*x509.RevocationList{}, now, ErrNoCRL},
	} {
		t.Run(name, func(t *testing.T) {
			trust := w.trust()
			trust.CRLs = c.crls
			if _, err := c.signed.Check(trust, c.at); !errors.Is(err, c.want) {
				t.Fatalf("want %v, got %v", c.want, err)
			}
		})
	}
	root := Signed{Certificate: w.ca.Root(), At: now}
	if _, err := root.Check(w.trust(), now); !errors.Is(err, ErrUsage) && !errors.Is(err, ErrPath) {
		t.Fatalf("a CA certificate as signer: %v", err)
	}
}

func TestOpenSSLJudges(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is missing: install the Debian package openssl")
	}
	w := newWorld(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	byRSA := world{ca: w.ca, key: rsaKey, cert: issue(t, w.ca, rsaKey)}
	for name, w := range map[string]world{"P-256": w, "RSA-2048": byRSA} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			at := time.Now()
			write := func(name string, data []byte) { check(t, os.WriteFile(dir+"/"+name, data, 0o600)) }
			certificate := func(c *x509.Certificate) []byte {
				return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
			}
			write("data", content)
			write("bad", append(content, '\n'))
			write("s.p7s", w.sign(t, at))
			write("ca.pem", append(certificate(w.ca.Root()), certificate(w.ca.Chain()[0])...))
			for file, ok := range map[string]bool{"data": true, "bad": false} {
				for _, extra := range [][]string{nil, {"-cades"}} {
					args := append([]string{"cms", "-verify", "-binary", "-inform", "DER", "-in", "s.p7s", "-content", file,
						"-CAfile", "ca.pem", "-attime", fmt.Sprint(at.Unix()), "-out", "/dev/null"}, extra...)
					cmd := exec.Command("openssl", args...)
					cmd.Dir = dir
					out, err := cmd.CombinedOutput()
					if (err == nil) != ok || ok != strings.Contains(string(out), "successful") {
						t.Errorf("%s %v: %v %s", file, extra, err, out)
					}
				}
			}
			_, err := Verify(w.sign(t, at), content, w.trust(), at)
			check(t, err)
		})
	}
}

func FuzzOpen(f *testing.F) {
	w := newWorld(f)
	cms := w.sign(f, time.Now())
	f.Add(cms)
	f.Add(cms[:40])
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Open(data, content)
		if err == nil && !bytes.Equal(data, cms) {
			// Only a signer can make another valid signature; the fuzzer has no key of this certificate.
			if s.Certificate.Equal(w.cert) {
				t.Fatal("a changed signature was accepted")
			}
		}
	})
}

func BenchmarkSign(b *testing.B) {
	w := newWorld(b)
	at := time.Now()
	for b.Loop() {
		_, err := Sign(w.key, w.cert, content, at)
		check(b, err)
	}
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	cms, trust := w.sign(b, time.Now()), w.trust()
	for b.Loop() {
		_, err := Verify(cms, content, trust, time.Time{})
		check(b, err)
	}
}
