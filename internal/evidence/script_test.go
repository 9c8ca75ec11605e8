package evidence_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"countersign/internal/evidence/evidencetest"
)

// unpack writes the files of a pack into a folder.
func unpack(t *testing.T, data []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	evidencetest.Check(t, err)
	dir := t.TempDir()
	for _, f := range z.File {
		in, err := f.Open()
		evidencetest.Check(t, err)
		content, err := io.ReadAll(in)
		evidencetest.Check(t, err)
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		evidencetest.Check(t, os.MkdirAll(filepath.Dir(path), 0o700))
		evidencetest.Check(t, os.WriteFile(path, content, 0o600))
	}
	return dir
}

// script runs verify.sh in an unpacked pack.
func script(t *testing.T, dir string, args ...string) (string, bool) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is missing: install the Debian package openssl")
	}
	out, err := exec.Command("sh", append([]string{filepath.Join(dir, "verify.sh")}, args...)...).CombinedOutput()
	return string(out), err == nil
}

func TestScriptAcceptsGoodPacks(t *testing.T) {
	k := evidencetest.New(t)
	for name, s := range map[string]*evidencetest.Story{"straight": k.Straight(t), "returned": k.Returned(t)} {
		t.Run(name, func(t *testing.T) {
			out, ok := script(t, unpack(t, s.Zip()))
			if !ok {
				t.Fatal(out)
			}
			t.Log(out)
		})
	}
}

// flip changes one bit of a file in an unpacked pack.
func flip(t *testing.T, dir, name string, at int) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	data, err := os.ReadFile(path)
	evidencetest.Check(t, err)
	data[at] ^= 0x01
	evidencetest.Check(t, os.WriteFile(path, data, 0o600))
}
