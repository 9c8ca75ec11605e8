package evidence_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign"
	"countersign/internal/evidence"
	"countersign/internal/evidence/evidencetest"
)

func TestVerifyFile(t *testing.T) {
	k := evidencetest.New(t)
	dir := t.TempDir()
	for name, c := range map[string]struct {
		data []byte
		kind string
		exit int
	}{
		"evidence.zip": {k.Straight(t).Zip(), "evidence-pack", evidence.ExitValid},
		"renamed.bin":  {k.Straight(t).Zip(), "evidence-pack", evidence.ExitValid},
		"form.docx":    {seal(t, k), "docx", evidence.ExitValid},
		"plain.docx":   {evidencetest.Docx(t), "docx", evidence.ExitInvalid},
		"form.pdf":     {[]byte("%PDF-1.7\n"), "unknown", evidence.ExitUnreadable},
		"other.zip":    {canonical(t, map[string][]byte{"a": nil}), "evidence-pack", evidence.ExitUnreadable},
		"text.txt":     {[]byte("hello"), "evidence-pack", evidence.ExitUnreadable},
		"empty":        {nil, "unknown", evidence.ExitUnreadable},
	} {
		path := filepath.Join(dir, name)
		evidencetest.Check(t, os.WriteFile(path, c.data, 0o600))
		rep := evidence.VerifyFile(t.Context(), path, evidence.Options{Root: k.CA.Root()})
		if rep.ExitCode() != c.exit || rep.Kind != c.kind || rep.File != path {
			t.Errorf("%s: exit %d, kind %s\n%s", name, rep.ExitCode(), rep.Kind, text(t, rep))
		}
		raw, err := rep.JSON()
		evidencetest.Check(t, err)
		var again evidence.Report
		if err := json.Unmarshal(raw, &again); err != nil || again.Valid != rep.Valid || len(again.Findings) != len(rep.Findings) {
			t.Errorf("%s: JSON %s %v", name, raw, err)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "missing")} {
		if rep := evidence.VerifyFile(t.Context(), path, evidence.Options{}); rep.ExitCode() != evidence.ExitUnreadable {
			t.Errorf("%s: exit %d", path, rep.ExitCode())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data := k.Straight(t).Zip()
	if rep := evidence.Verify(ctx, bytes.NewReader(data), int64(len(data)), evidence.Options{}); !rep.Unreadable {
		t.Error("a cancelled verification gives a verdict")
	}
}

// TestCutOffFilesAreDamaged cuts an evidence pack that holds a filed Word form, and the form itself, at every length near
// the end and at some before.
func TestCutOffFilesAreDamaged(t *testing.T) {
	k := evidencetest.New(t)
	sealed := seal(t, k)
	s := k.Begin(t, "UPG-2026-000060")
	s.Attach("表单.docx", sealed)
	for name, data := range map[string][]byte{"evidence.zip": s.Close(countersign.StateCancelled).Zip(), "form.docx": sealed} {
		path := filepath.Join(t.TempDir(), name)
		for cut := 1; cut < len(data)-4; cut += 1 + cut/8 {
			evidencetest.Check(t, os.WriteFile(path, data[:len(data)-cut], 0o600))
			rep := evidence.VerifyFile(t.Context(), path, evidence.Options{Root: k.CA.Root()})
			if out := text(t, rep); rep.ExitCode() != evidence.ExitUnreadable || !strings.Contains(out, "已损坏或不完整") {
				t.Fatalf("%s without its last %d bytes: exit %d\n%s", name, cut, rep.ExitCode(), out)
			}
		}
	}
}

func TestAFileNamedLikeAnotherTicketIsPointedOut(t *testing.T) {
	k := evidencetest.New(t)
	sealed, zip := seal(t, k), k.Straight(t).Zip()
	for name, warns := range map[string]bool{
		"UPG-2026-000001.docx": false, "UPG-2026-000007.docx": true, "副本 UPG-2026-000007 (1).docx": true, "form.docx": false,
		"UPG-2026-000007-evidence.zip": true, "UPG-2026-000001.zip": false,
	} {
		data := zip
		if strings.HasSuffix(name, ".docx") {
			data = sealed
		}
		path := filepath.Join(t.TempDir(), name)
		evidencetest.Check(t, os.WriteFile(path, data, 0o600))
		rep := evidence.VerifyFile(t.Context(), path, evidence.Options{Root: k.CA.Root()})
		if out := text(t, rep); !rep.Valid || strings.Contains(out, "file_name") != warns {
			t.Errorf("%s: want warning %v\n%s", name, warns, out)
		}
	}
}

func TestReportKeepsHostileTextOnItsLine(t *testing.T) {
	k := evidencetest.New(t)
	s := k.Begin(t, "UPG-2026-000040")
	s.Sign("P002", "approval.implementer", approve, func(st *countersign.Statement) { st.Opinion = "好\n有效：forged\x1b[2J" })
	rep := verify(s.Close(countersign.StateCancelled).Zip(), evidence.Options{})
	if out := text(t, rep); strings.Contains(out, "\n有效：forged") || strings.ContainsRune(out, '\x1b') {
		t.Fatal(out)
	}
}

func FuzzVerify(f *testing.F) {
	k := evidencetest.New(f)
	good := k.Begin(f, "UPG-2026-000050").Close(countersign.StateCancelled).Zip()
	sealed := seal(f, k)
	f.Add(good)
	f.Add(sealed)
	f.Fuzz(func(t *testing.T, data []byte) {
		rep := verify(data, evidence.Options{Root: k.CA.Root()})
		if rep.Valid && !bytes.Equal(data, good) {
			t.Fatal("another file is valid")
		}
		if rep := evidence.VerifyDocx(data, evidence.Options{Root: k.CA.Root()}); rep.Valid && !bytes.Equal(data, sealed) {
			t.Fatal("a sealed file by a key that nobody has")
		}
	})
}

func FuzzFileInAPack(f *testing.F) {
	k := evidencetest.New(f)
	good := files(f, k.Straight(f).Zip())
	names := slices.Sorted(maps.Keys(good))
	for i, name := range names {
		f.Add(uint(i), good[name])
	}
	f.Fuzz(func(t *testing.T, which uint, data []byte) {
		name := names[which%uint(len(names))]
		list := maps.Clone(good)
		list[name] = data
		if rep := verify(canonical(t, list), evidence.Options{Root: k.CA.Root()}); rep.Valid && !bytes.Equal(data, good[name]) {
			t.Fatalf("another content of %s is valid", name)
		}
	})
}
