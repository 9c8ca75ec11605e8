package container

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func entryOf(name string, data []byte) Entry {
	return Entry{
		Name: name, Size: int64(len(data)), CRC: crc32.ChecksumIEEE(data),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

func write(tb testing.TB, entries ...Entry) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := Write(&b, entries); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func sample(tb testing.TB) []byte {
	tb.Helper()
	return write(tb, entryOf("b/二.txt", []byte("two")), entryOf("a.txt", []byte("one, one")), entryOf("empty", nil))
}

func open(data []byte) (*Archive, error) { return Open(bytes.NewReader(data), int64(len(data))) }

func TestWriteAndOpen(t *testing.T) {
	a, err := open(sample(t))
	if err != nil || a.Strange != nil || fmt.Sprint(a.Names) != "[a.txt b/二.txt empty]" {
		t.Fatalf("%v %v %v", a, a.Strange, err)
	}
	if data, err := a.Read("a.txt", 8); err != nil || string(data) != "one, one" {
		t.Fatalf("%q %v", data, err)
	}
	if _, err := a.Read("a.txt", 7); !errors.Is(err, errTooLarge) {
		t.Fatalf("over the limit: %v", err)
	}
	if _, err := a.Read("c", 7); err == nil {
		t.Fatal("read a file that is not there")
	}
}

func TestOtherReadersAccept(t *testing.T) {
	z, err := zip.NewReader(bytes.NewReader(sample(t)), int64(len(sample(t))))
	if err != nil || len(z.File) != 3 || z.File[1].Name != "b/二.txt" || !z.File[0].Mode().IsRegular() {
		t.Fatalf("%v %v", z, err)
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Fatal("python3 is missing: install the Debian package python3")
	}
	path := filepath.Join(t.TempDir(), "x.zip")
	if err := os.WriteFile(path, sample(t), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("python3", "-m", "zipfile", "-t", path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Done testing") {
		t.Fatalf("%v %s", err, out)
	}
}

// judge reads everything and reports whether nothing was found.
func judge(data []byte) bool {
	a, err := open(data)
	if err != nil || a.Strange != nil {
		return false
	}
	for _, e := range a.Entries {
		if _, err := e.Measure(io.Discard); err != nil {
			return false
		}
	}
	return true
}

func TestEveryBitMatters(t *testing.T) {
	good := sample(t)
	if !judge(good) {
		t.Fatal("the sample is not canonical")
	}
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			if judge(bad) {
				t.Fatalf("byte %d bit %d can be changed", i, bit)
			}
		}
	}
	for i := range good {
		if judge(good[:i]) {
			t.Fatalf("can be cut at %d", i)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	many := make([]Entry, maxEntries+1)
	for i := range many {
		many[i] = entryOf(fmt.Sprintf("%06d", i), nil)
	}
	wrongSize, failing := entryOf("a", []byte("abc")), entryOf("a", nil)
	wrongSize.Size = 2
	failing.Open = func() (io.ReadCloser, error) { return nil, errors.New("gone") }
	huge := entryOf("a", nil)
	huge.Size = maxContainer
	for name, entries := range map[string][]Entry{
		"doubled": {entryOf("a", nil), entryOf("a", nil)}, "parent": {entryOf("../a", nil)}, "too many": many,
		"absolute": {entryOf("/a", nil)}, "wrong size": {wrongSize}, "failing": {failing}, "huge": {huge}, "space": {entryOf("a b", nil)},
	} {
		if err := Write(io.Discard, entries); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"a": true, "a/b.txt": true, "[Content_Types].xml": true, "附件/报告.pdf": true, "": false, "/": false, "a/": false, "a//b": false,
		"./a": false, "a/../b": false, "..": false, `a\b`: false, "a:b": false, "a\nb": false, "a\xff": false, "a b": false,
		"$(x)": false, "a\u202eb": false, strings.Repeat("a", maxName+1): false,
	} {
		if ValidName(name) != ok {
			t.Errorf("%q: want %v", name, ok)
		}
	}
	for name, want := range map[string]string{
		"报告 (1).pdf": "报告__1_.pdf", "../../etc/passwd": "passwd", `C:\x\y.docx`: "y.docx", "": "file", "..": "file", ".bashrc": "file.bashrc",
		"-rf": "rf", "a\x00b": "a_b", strings.Repeat("长", 100) + ".txt": strings.Repeat("长", 40) + ".txt",
	} {
		got := SafeName(name)
		if got != want || !ValidName("x/"+got) {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// foreign writes a zip with the standard library.
func foreign(t *testing.T, add func(z *zip.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if err := add(z); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func create(names ...string) func(*zip.Writer) error {
	return func(z *zip.Writer) error {
		for _, n := range names {
			if _, err := z.Create(n); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestForeignZips(t *testing.T) {
	symlink := &zip.FileHeader{Name: "a"}
	symlink.SetMode(os.ModeSymlink | 0o777)
	var names []string
	for i := range maxEntries + 1 {
		names = append(names, fmt.Sprint(i))
	}
	bomb := func(z *zip.Writer) error {
		w, err := z.Create("a")
		if err == nil {
			_, err = io.Copy(w, io.LimitReader(zeros{}, ratioAllowed+1))
		}
		return err
	}
	for name, c := range map[string]struct {
		data []byte
		ok   bool
	}{
		"plain":      {foreign(t, create("a", "b/c")), true},
		"folder":     {foreign(t, create("b/", "b/c")), true},
		"traversal":  {foreign(t, create("../a")), false},
		"absolute":   {foreign(t, create("/a")), false},
		"doubled":    {foreign(t, create("a", "a")), false},
		"symlink":    {foreign(t, func(z *zip.Writer) error { _, err := z.CreateHeader(symlink); return err }), false},
		"too many":   {foreign(t, create(names...)), false},
		"bomb":       {foreign(t, bomb), false},
		"not a zip":  {[]byte("hello"), false},
		"end only":   {directory(nil), true},
		"empty file": {nil, false},
	} {
		a, err := open(c.data)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && a.Strange == nil && name != "end only" {
			t.Errorf("%s passes as canonical", name)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestForeignZipThatLiesAboutSizes(t *testing.T) {
	data := foreign(t, func(z *zip.Writer) error {
		w, err := z.Create("a")
		if err == nil {
			_, err = w.Write(bytes.Repeat([]byte("x"), 5000))
		}
		return err
	})
	i := bytes.LastIndex(data, []byte("PK\x01\x02"))
	data[i+24], data[i+25] = 10, 0 // uncompressed size in the directory
	a, err := open(data)
	if err != nil {
		return
	}
	if got, err := a.Read("a", 100); err == nil {
		t.Fatalf("read %d bytes", len(got))
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(sample(f))
	f.Add(directory(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := open(data)
		if err != nil || a.Strange != nil {
			return
		}
		var entries []Entry
		for _, n := range a.Names {
			entries = append(entries, a.Entries[n])
		}
		var again bytes.Buffer
		if err := Write(&again, entries); err == nil && !bytes.Equal(again.Bytes(), data) {
			t.Fatal("two containers for the same files")
		}
	})
}
