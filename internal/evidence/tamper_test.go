package evidence_test

import (
	"bytes"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"countersign/internal/evidence"
	"countersign/internal/evidence/container"
	"countersign/internal/evidence/evidencetest"
)

// files returns the content of a pack by name.
func files(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	a, err := container.Open(bytes.NewReader(data), int64(len(data)))
	evidencetest.Check(t, err)
	out := map[string][]byte{}
	for _, name := range a.Names {
		out[name], err = a.Read(name, 1<<30)
		evidencetest.Check(t, err)
	}
	return out
}

// canonical packs files in the one valid container form, so that only their content can give a change away.
func canonical(t testing.TB, list map[string][]byte) []byte {
	t.Helper()
	var entries []container.Entry
	for name, data := range list {
		entries = append(entries, container.Entry{
			Name: name, Size: int64(len(data)), CRC: crc32.ChecksumIEEE(data),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
		})
	}
	var b bytes.Buffer
	evidencetest.Check(t, container.Write(&b, entries))
	return b.Bytes()
}

// positions returns every index of a small file and about n of a large one, with both ends.
func positions(size, n int) []int {
	if size <= n {
		return slices.Collect(func(yield func(int) bool) {
			for i := 0; i < size && yield(i); i++ {
			}
		})
	}
	out := []int{0, 1, 2, size - 3, size - 2, size - 1}
	inner := n - len(out)
	for i := range inner {
		out = append(out, 3+i*(size-6)/inner)
	}
	return out
}

func TestAnyChangedByteOfAnyFileIsFoundAndNamed(t *testing.T) {
	k := evidencetest.New(t)
	good := files(t, k.Returned(t).Zip())
	for name, data := range good {
		t.Run(name, func(t *testing.T) {
			for n, i := range positions(len(data), 45) {
				list := maps.Clone(good)
				list[name] = bytes.Clone(data)
				list[name][i] ^= 1 << (n % 8)
				rep := verify(canonical(t, list), evidence.Options{Root: k.CA.Root()})
				if rep.ExitCode() != evidence.ExitInvalid {
					t.Fatalf("byte %d: exit %d", i, rep.ExitCode())
				}
				named := slices.ContainsFunc(rep.Findings, func(f evidence.Finding) bool {
					return f.File == name || name == "MANIFEST.json" && f.File == "MANIFEST.p7s"
				})
				if !named {
					t.Fatalf("byte %d: the report does not name the file:\n%s", i, text(t, rep))
				}
			}
		})
	}
}

func TestAnyChangedByteOfTheZipIsFound(t *testing.T) {
	k := evidencetest.New(t)
	good := k.Straight(t).Zip()
	for n, i := range positions(len(good), 800) {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (n % 8)
		if verify(bad, evidence.Options{Root: k.CA.Root()}).Valid {
			t.Fatalf("byte %d of %d can be changed", i, len(good))
		}
	}
	for name, bad := range map[string][]byte{
		"byte added": append(bytes.Clone(good), 0), "byte before": append([]byte{0}, good...), "cut": good[:len(good)-1], "empty": nil,
	} {
		if verify(bad, evidence.Options{}).Valid {
			t.Errorf("%s: still valid", name)
		}
	}
}

func TestPackedAgainIsInvalidAndFaultsAreStillNamed(t *testing.T) {
	k := evidencetest.New(t)
	good := k.Straight(t).Zip()
	same := repack(t, good, func(map[string][]byte) {})
	if rep := verify(same, evidence.Options{}); rep.ExitCode() != evidence.ExitInvalid || len(rep.Findings) != 2 {
		t.Fatalf("packed again without a change: %s", text(t, rep))
	}
	changed := repack(t, good, func(f map[string][]byte) { f["audit.jsonl"][40] ^= 1 })
	if out := text(t, verify(changed, evidence.Options{})); !strings.Contains(out, "audit.jsonl：文件内容已被改动") {
		t.Fatal(out)
	}
}

func TestFilesRemovedAddedOrSwapped(t *testing.T) {
	k := evidencetest.New(t)
	good, other := files(t, k.Straight(t).Zip()), files(t, k.Returned(t).Zip())
	root := evidence.Options{Root: k.CA.Root()}
	for name := range good {
		list := maps.Clone(good)
		delete(list, name)
		if rep := verify(canonical(t, list), root); rep.Valid {
			t.Errorf("without %s the pack is valid", name)
		}
		if _, ok := other[name]; !ok || bytes.Equal(other[name], good[name]) {
			continue
		}
		list = maps.Clone(good)
		list[name] = other[name]
		if rep := verify(canonical(t, list), root); rep.Valid {
			t.Errorf("with %s of another ticket the pack is valid", name)
		}
	}
	for _, name := range []string{"extra.txt", "signatures/09-client.json", "certs/issuing-2.pem", "revocation/issuing-2.crl"} {
		list := maps.Clone(good)
		list[name] = []byte("x")
		if out := text(t, verify(canonical(t, list), root)); !strings.HasPrefix(out, "无效") || !strings.Contains(out, name) {
			t.Errorf("with %s: %s", name, out)
		}
	}
}

func TestSwappedStatementsOfOnePack(t *testing.T) {
	k := evidencetest.New(t)
	list := files(t, k.Straight(t).Zip())
	a, b := "signatures/04-client", "signatures/05-client"
	for _, ext := range []string{".json", ".p7s"} {
		list[a+ext], list[b+ext] = list[b+ext], list[a+ext]
	}
	if verify(canonical(t, list), evidence.Options{Root: k.CA.Root()}).Valid {
		t.Fatal("two signatures can be exchanged")
	}
}

func TestScriptFindsChangedBytes(t *testing.T) {
	k := evidencetest.New(t)
	s := k.Begin(t, "UPG-2026-000003").Approve().Close("expired")
	good := s.Zip()
	// Files on which the script's trust rests end it at once, so they are changed one at a time; the others together.
	alone := []string{"MANIFEST.json", "certs/root.pem", "certs/issuing.pem", "revocation/issuing.crl"}
	for round := range 2 {
		dir := unpack(t, good)
		var changed []string
		for name, data := range files(t, good) {
			if !slices.Contains(alone, name) && name != "verify.sh" {
				flip(t, dir, name, len(data)*(2*round+1)/4)
				changed = append(changed, name)
			}
		}
		out, ok := script(t, dir)
		for _, name := range changed {
			if ok || !strings.Contains(out, "FAULT 错误: "+name+":") {
				t.Errorf("round %d: a change in %s is not named:\n%s", round, name, out)
			}
		}
	}
	s = k.Begin(t, "UPG-2026-000004")
	s.Sign("P002", "approval.implementer", approve)
	good = s.Close("cancelled").Zip()
	for _, name := range append(alone, "verify.sh") {
		data := files(t, good)[name]
		for i := range 2 {
			dir := unpack(t, good)
			at := len(data) * (2*i + 1) / 4
			if name == "verify.sh" {
				at = bytes.Index(data, []byte("VERIFY.md")) + i // a comment: the script itself still runs
			}
			flip(t, dir, name, at)
			out, ok := script(t, dir)
			if ok || !strings.Contains(out, name) {
				t.Errorf("byte %d of %s: ok %v\n%s", at, name, ok, out)
			}
		}
	}
}

// OpenSSL ignores some bytes of a signature file that no signature protects; the script looks at them itself.
func TestScriptFindsChangedSignatureFrame(t *testing.T) {
	k := evidencetest.New(t)
	good := k.Begin(t, "UPG-2026-000003").Close("cancelled").Zip()
	cms := files(t, good)["MANIFEST.p7s"]
	ecdsa := []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02}
	for name, at := range map[string]int{
		"version": 25, "content type": 53, "algorithm": bytes.LastIndex(cms, ecdsa), "end of the algorithm": bytes.LastIndex(cms, ecdsa) + 7,
	} {
		dir := unpack(t, good)
		flip(t, dir, "MANIFEST.p7s", at)
		if out, ok := script(t, dir); ok || !strings.Contains(out, "FAULT 错误: MANIFEST.p7s:") {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestScriptComparesTheTrustedRoot(t *testing.T) {
	k, other := evidencetest.New(t), evidencetest.New(t)
	dir := unpack(t, k.Begin(t, "UPG-2026-000003").Close("cancelled").Zip())
	good, bad := unpack(t, k.Straight(t).Zip()), unpack(t, other.Straight(t).Zip())
	if out, ok := script(t, dir, good+"/certs/root.pem"); !ok {
		t.Fatal(out)
	}
	if out, ok := script(t, dir, bad+"/certs/root.pem"); ok || !strings.Contains(out, "certs/root.pem") {
		t.Fatal(out)
	}
}
