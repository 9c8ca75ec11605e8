package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/evidence"
	"countersign/internal/evidence/evidencetest"
	"countersign/internal/pki"
)

// command runs the program in this process and returns what it prints and its exit code.
func command(t *testing.T, in string, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	cmd := root(strings.NewReader(in), &out, &out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	var code exit
	switch {
	case errors.As(err, &code):
		return out.String(), int(code)
	case err != nil:
		return out.String() + err.Error(), 1
	}
	return out.String(), 0
}

func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	evidencetest.Check(t, os.WriteFile(path, data, 0o600))
	return path
}

func TestVerifyCalledWronglyIsNoVerdict(t *testing.T) {
	for _, args := range [][]string{{"verify"}, {"verify", "a", "b"}, {"verify", "--nonsense", "a"}, {"verify", "--root"},
		{"verify", "--root", "/nowhere/root.pem", "a"}} {
		if out, code := command(t, "", args...); code != 2 || out == "" {
			t.Errorf("%v: exit %d, %q", args, code, out)
		}
	}
}

// TestRootIsTheAnchor plays an auditor: a pack and a Word form of a foreign installation look fine by themselves, and are
// not valid under the root certificate that our operator publishes.
func TestRootIsTheAnchor(t *testing.T) {
	pemFile := filepath.Join(t.TempDir(), "root.pem")
	migrated := t.TempDir()
	if out, code := command(t, "", "migrate", "up", "--data", migrated); code != 0 {
		t.Fatal(out)
	}
	out, code := command(t, "", "root", "--data", migrated, "--out", pemFile)
	if code != 0 {
		t.Fatal(out)
	}
	raw, err := os.ReadFile(pemFile)
	evidencetest.Check(t, err)
	block, _ := pem.Decode(raw)
	cert, err := x509.ParseCertificate(block.Bytes)
	evidencetest.Check(t, err)
	if !strings.Contains(out, "Root certificate SHA-256 "+pki.Fingerprint(cert)) {
		t.Errorf("no fingerprint: %s", out)
	}
	if again, _ := command(t, "", "root", "--data", migrated); !strings.Contains(again, string(raw)) {
		t.Errorf("without --out the certificate is not printed: %s", again)
	}

	k := evidencetest.New(t)
	sealed, err := evidence.SealDocx(evidencetest.Docx(t), k.CA.FilingSigner(), append(k.CA.Chain(), k.CA.Root()), time.Now())
	evidencetest.Check(t, err)
	theirs := writeFile(t, "root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.CA.Root().Raw}))
	for _, file := range []string{writeFile(t, "evidence.zip", k.Straight(t).Zip()), writeFile(t, "form.docx", sealed)} {
		if out, code := command(t, "", "verify", file); code != 0 || !strings.Contains(out, "root_unconfirmed") {
			t.Errorf("%s without a root: exit %d\n%s", filepath.Base(file), code, out)
		}
		if out, code := command(t, "", "verify", "--root", pemFile, file); code != 1 {
			t.Errorf("%s under our root: exit %d\n%s", filepath.Base(file), code, out)
		}
		if out, code := command(t, "", "verify", "--root", theirs, file); code != 0 || strings.Contains(out, "root_unconfirmed") {
			t.Errorf("%s under its own root: exit %d\n%s", filepath.Base(file), code, out)
		}
	}
}
