package e2e

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemo runs the example tickets as a stranger would and verifies what they leave, whole and with flipped bytes.
func TestDemo(t *testing.T) {
	dir := t.TempDir()
	if out, code := run(t, nil, "demo", "--out", dir); code != 0 {
		t.Fatalf("demo: exit %d\n%s", code, out)
	}
	tickets := glob(t, filepath.Join(dir, "UPG-*"))
	if len(tickets) != 3 {
		t.Fatalf("%d tickets, want straight, returned and rolled back", len(tickets))
	}
	var said []string
	for _, ticket := range tickets {
		for _, file := range []string{filepath.Join(ticket, "evidence.zip"), filepath.Join(ticket, filepath.Base(ticket)+".docx")} {
			out, code := run(t, nil, "verify", file)
			if code != 0 || !strings.Contains(out, "有效") {
				t.Errorf("verify %s: exit %d\n%s", file, code, out)
			}
			said = append(said, out)
			flip(t, file)
		}
		checkJSON(t, filepath.Join(ticket, "evidence.zip"))
	}
	if all := strings.Join(said, "\n"); !strings.Contains(all, "退回：") || !strings.Contains(all, "已失效") {
		t.Errorf("no returned and void signature among the example tickets:\n%s", all)
	}
	garbage := filepath.Join(dir, "garbage.zip")
	if err := os.WriteFile(garbage, []byte("PK\x03\x04 this is no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{garbage, filepath.Join(dir, "missing.zip")} {
		if out, code := run(t, nil, "verify", file); code != 2 {
			t.Errorf("verify %s: exit %d, want 2\n%s", filepath.Base(file), code, out)
		}
	}
}

// flip changes one byte at some places of a file; the verifier must find each.
func flip(t *testing.T, file string) {
	t.Helper()
	good := read(t, file)
	bad := filepath.Join(t.TempDir(), filepath.Base(file))
	for range 4 {
		at := rand.IntN(len(good))
		content := append([]byte(nil), good...)
		content[at] ^= 1 << rand.IntN(8)
		if err := os.WriteFile(bad, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, code := run(t, nil, "verify", bad); code == 0 {
			t.Errorf("%s: a changed byte at %d was not found\n%s", filepath.Base(file), at, out)
		}
	}
}

func checkJSON(t *testing.T, file string) {
	t.Helper()
	out, _ := run(t, nil, "verify", "--json", file)
	var report struct {
		Valid   bool `json:"valid"`
		Summary struct {
			Signatures []struct{ Party, Step string } `json:"signatures"`
		} `json:"summary"`
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !report.Valid || len(report.Summary.Signatures) < 4 {
		t.Errorf("report %+v", report)
	}
}
