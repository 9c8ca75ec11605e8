package pki

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func testMaster(t *testing.T, b byte) Master {
	t.Helper()
	m, err := NewMaster(bytes.Repeat([]byte{b}, masterSize))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func testStore(t *testing.T) *FileStore {
	t.Helper()
	s, err := NewFileStore(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openAuthority(t *testing.T, store KeyStore, o Options) *Authority {
	t.Helper()
	a, err := Open(t.Context(), store, testMaster(t, 1), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func issuePerson(t *testing.T, a *Authority) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.IssuePerson(t.Context(), Person{ID: "P007", Name: "张三", OrganisationName: "监理公司"}, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestOpenTwiceKeepsTheSameKeys(t *testing.T) {
	store := testStore(t)
	a, b := openAuthority(t, store, Options{}), openAuthority(t, store, Options{})
	if !a.Root().Equal(b.Root()) || !a.AuditSigner().Certificate.Equal(b.AuditSigner().Certificate) {
		t.Fatal("a second start made new keys")
	}
	if _, err := Open(t.Context(), store, testMaster(t, 2), Options{}); !errors.Is(err, ErrMaster) {
		t.Fatalf("another server secret: want ErrMaster, got %v", err)
	}
}

func TestOpenAtTheSameTime(t *testing.T) {
	store := testStore(t)
	roots := make([]string, 8)
	var wg sync.WaitGroup
	for i := range roots {
		wg.Go(func() {
			a, err := Open(context.Background(), store, testMaster(t, 1), Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := a.Chain()[0].CheckSignatureFrom(a.Root()); err != nil {
				t.Error(err)
			}
			roots[i] = Fingerprint(a.Root()) + Fingerprint(a.FilingSigner().Certificate)
		})
	}
	wg.Wait()
	for _, r := range roots {
		if r != roots[0] {
			t.Fatal("processes that start together disagree about the CA")
		}
	}
}

func TestSystemSignerIsRenewedBeforeItEnds(t *testing.T) {
	store := testStore(t)
	old := openAuthority(t, store, Options{}).AuditSigner().Certificate
	later := openAuthority(t, store, Options{Now: func() time.Time { return old.NotAfter.Add(-24 * time.Hour) }})
	if renewed := later.AuditSigner().Certificate; renewed.Equal(old) || !renewed.NotAfter.After(old.NotAfter) {
		t.Fatal("the audit signer was not renewed")
	}
	if !openAuthority(t, store, Options{}).AuditSigner().Certificate.Equal(later.AuditSigner().Certificate) {
		t.Fatal("the newest generation is not used")
	}
}

func TestPersonCertificate(t *testing.T) {
	a := openAuthority(t, testStore(t), Options{PersonLifetime: 48 * time.Hour})
	cert := issuePerson(t, a)
	if p, ok := PersonOf(cert); !ok || p != (Person{ID: "P007", Name: "张三", OrganisationName: "监理公司"}) {
		t.Fatalf("subject: %+v %v", p, ok)
	}
	if _, ok := PersonOf(a.FilingSigner().Certificate); ok || IsSystem(cert, FilingName) {
		t.Fatal("a person and the system can be confused")
	}
	if !IsSystem(a.AuditSigner().Certificate, AuditName) || IsSystem(a.AuditSigner().Certificate, FilingName) {
		t.Fatal("the audit signer is not told from the filing signer")
	}
	if cert.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment || len(cert.UnknownExtKeyUsage) != 1 {
		t.Fatalf("key usage %v, extended %v %v", cert.KeyUsage, cert.ExtKeyUsage, cert.UnknownExtKeyUsage)
	}
	if got := time.Until(cert.NotAfter).Round(time.Hour); got != 48*time.Hour {
		t.Fatalf("lifetime %v", got)
	}
	if n := cert.SerialNumber.BitLen(); n != 128 {
		t.Fatalf("serial of %d bits", n)
	}
	if _, err := a.IssuePerson(t.Context(), Person{ID: "P007"}, cert.PublicKey); err == nil {
		t.Fatal("a certificate without a name was issued")
	}
}

func TestCertificateDoesNotOutliveItsIssuer(t *testing.T) {
	a := openAuthority(t, testStore(t), Options{IssuingLifetime: time.Hour})
	if cert := issuePerson(t, a); cert.NotAfter.After(a.Chain()[0].NotAfter) {
		t.Fatal("the certificate outlives the issuing CA")
	}
}

// openssl runs the outside judge and returns its output and whether it was content.
func openssl(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is missing: install the Debian package openssl")
	}
	out, err := exec.Command("openssl", args...).CombinedOutput()
	return string(out), err == nil
}

func writePEM(t *testing.T, path, kind string, der ...[]byte) string {
	t.Helper()
	var out []byte
	for _, d := range der {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: d})...)
	}
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenSSLJudgesCertificatesAndCRL(t *testing.T) {
	a := openAuthority(t, testStore(t), Options{})
	good, bad := issuePerson(t, a), issuePerson(t, a)
	when := time.Now().Add(-time.Minute)
	for range 2 { // the second time changes nothing
		if err := a.Revoke(t.Context(), bad.SerialNumber, ReasonKeyCompromise, when); err != nil {
			t.Fatal(err)
		}
	}
	list, err := a.CRL(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	root := writePEM(t, dir+"/root.pem", "CERTIFICATE", a.Root().Raw)
	issuing := writePEM(t, dir+"/issuing.pem", "CERTIFICATE", a.Chain()[0].Raw)
	crl := writePEM(t, dir+"/issuing.crl", "X509 CRL", list)
	for _, c := range []struct {
		name string
		cert *x509.Certificate
		ok   bool
		says string
	}{{"good", good, true, "OK"}, {"revoked", bad, false, "error 23"}, {"audit", a.AuditSigner().Certificate, true, "OK"}} {
		file := writePEM(t, dir+"/"+c.name+".pem", "CERTIFICATE", c.cert.Raw)
		out, ok := openssl(t, "verify", "-x509_strict", "-purpose", "smimesign", "-crl_check",
			"-CAfile", root, "-untrusted", issuing, "-CRLfile", crl, file)
		if ok != c.ok || !strings.Contains(out, c.says) {
			t.Errorf("%s: ok %v, output %s", c.name, ok, out)
		}
	}
}

func TestRevokedIsKept(t *testing.T) {
	store := testStore(t)
	a := openAuthority(t, store, Options{})
	serial, when := big.NewInt(77), time.Now().Truncate(time.Second)
	if r, err := a.Revoked(t.Context(), serial); r != nil || err != nil {
		t.Fatalf("before: %v %v", r, err)
	}
	if err := a.Revoke(t.Context(), serial, ReasonSuperseded, when); err != nil {
		t.Fatal(err)
	}
	if err := a.Revoke(t.Context(), serial, ReasonCessation, when.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	r, err := openAuthority(t, store, Options{}).Revoked(t.Context(), serial)
	if err != nil || r == nil || !r.At.Equal(when) || r.Reason != ReasonSuperseded {
		t.Fatalf("after a restart: %+v %v", r, err)
	}
	if err := a.Revoke(t.Context(), big.NewInt(0), ReasonUnspecified, when); err == nil {
		t.Fatal("serial 0 was revoked")
	}
}

func TestFileStore(t *testing.T) {
	s := testStore(t)
	if err := s.Create(t.Context(), "a/b", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), "a/b", []byte("2")); !errors.Is(err, ErrExists) {
		t.Fatalf("want ErrExists, got %v", err)
	}
	if b, err := s.Load(t.Context(), "a/b"); err != nil || string(b) != "1" {
		t.Fatalf("%q %v", b, err)
	}
	if _, err := s.Load(t.Context(), "a/c"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("want ErrNotFound, got %v", err)
	}
	for _, name := range []string{"../x", "/x", "a//b", "", "a/../b", "A", "a\x00"} {
		if err := s.Create(t.Context(), name, nil); err == nil {
			t.Errorf("name %q was accepted", name)
		}
	}
	if names, err := s.List(t.Context(), "a/"); err != nil || fmt.Sprint(names) != "[a/b]" {
		t.Fatalf("%v %v", names, err)
	}
	info, err := os.Stat(filepath.Join(s.dir, "a", "b"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v %v", info.Mode(), err)
	}
}

func TestMaster(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret", "master.key")
	m, err := EnsureMaster(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := EnsureMaster(path)
	if err != nil || again != m {
		t.Fatalf("a second start made another secret: %v", err)
	}
	if s := fmt.Sprintf("%v %+v %#v", m, m, m); strings.Contains(s, fmt.Sprint(m.key[0])+" "+fmt.Sprint(m.key[1])) || !strings.Contains(s, "hidden") {
		t.Fatalf("the secret can be printed: %s", s)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadMaster(path); err == nil {
		t.Fatal("a secret that everybody can read was accepted")
	}
	sealed := m.seal("x", []byte("plain"))
	if _, err := m.open("y", sealed); !errors.Is(err, ErrMaster) {
		t.Fatal("a blob opens under another name")
	}
}
