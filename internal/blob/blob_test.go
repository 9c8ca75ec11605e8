package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign"
)

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "deep", "files"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t testing.TB, s *Store, content []byte) string {
	t.Helper()
	digest, size, err := s.Put(t.Context(), bytes.NewReader(content), int64(len(content)))
	if err != nil || size != int64(len(content)) || digest != digestOf(content) {
		t.Fatalf("put: %s, %d, %v", digest, size, err)
	}
	return digest
}

// files lists the paths of all regular files below the store.
func files(t testing.TB, s *Store) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatIsPutCanBeRead(t *testing.T) {
	s := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		content := rapid.SliceOfN(rapid.Byte(), 0, 100_000).Draw(rt, "content")
		digest, _, err := s.Put(t.Context(), bytes.NewReader(content), 100_000)
		if err != nil || digest != digestOf(content) {
			rt.Fatalf("%s, %v", digest, err)
		}
		for _, open := range []func(context.Context, string) (io.ReadSeekCloser, error){s.Open, s.OpenVerified} {
			f, err := open(t.Context(), digest)
			if err != nil {
				rt.Fatal(err)
			}
			got, err := io.ReadAll(f)
			if err := errors.Join(err, f.Close()); err != nil || !bytes.Equal(got, content) {
				rt.Fatalf("%d bytes, %v", len(got), err)
			}
		}
		if has, err := s.Has(t.Context(), digest); !has || err != nil {
			rt.Fatal(has, err)
		}
	})
}

func TestSameContentLiesOnce(t *testing.T) {
	s := open(t)
	content := bytes.Repeat([]byte("x"), 1<<20)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if digest, _, err := s.Put(t.Context(), bytes.NewReader(content), 1<<20); err != nil || digest != digestOf(content) {
				t.Errorf("%s, %v", digest, err)
			}
		})
	}
	wg.Wait()
	if got := files(t, s); len(got) != 1 {
		t.Errorf("files: %v", got)
	}
	info, err := os.Stat(files(t, s)[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// failing yields some bytes and then an error.
type failing struct{ left int }

func (f *failing) Read(p []byte) (int, error) {
	if f.left == 0 {
		return 0, errors.New("line cut")
	}
	n := min(f.left, len(p))
	f.left -= n
	return n, nil
}

func TestRefusedContentLeavesNothing(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		r     io.Reader
		limit int64
		want  error
	}{
		"over the limit":   {t.Context(), strings.NewReader("12345"), 4, countersign.ErrTooLarge},
		"nothing allowed":  {t.Context(), strings.NewReader("1"), 0, countersign.ErrTooLarge},
		"reader fails":     {t.Context(), &failing{left: 70_000}, 1 << 20, nil},
		"request is ended": {cancelled, strings.NewReader("1"), 4, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			_, _, err := s.Put(c.ctx, c.r, c.limit)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if got := files(t, s); len(got) != 0 {
				t.Errorf("left: %v", got)
			}
		})
	}
}

func TestDigestsThatAreNoneAreNotFound(t *testing.T) {
	s := open(t)
	secret := filepath.Join(s.dir, "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := put(t, s, []byte("good"))
	for _, digest := range []string{
		"", "..", "../secret", "secret", good[:63], good + "0", strings.ToUpper(good), digestOf([]byte("other")),
		"../" + good[3:], strings.Repeat("/", 64), good[:63] + "\x00", strings.Repeat("g", 64),
	} {
		if f, err := s.Open(t.Context(), digest); !errors.Is(err, countersign.ErrNotFound) {
			t.Errorf("open %q: %v, %v", digest, f, err)
		}
		if has, err := s.Has(t.Context(), digest); has || err != nil {
			t.Errorf("has %q: %v, %v", digest, has, err)
		}
	}
}

func TestOpenRemovesWhatACrashLeft(t *testing.T) {
	s := open(t)
	digest := put(t, s, []byte("kept"))
	old, young := filepath.Join(s.dir, "tmp", "old"), filepath.Join(s.dir, "tmp", "young")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-2 * staleAfter)
	if err := os.Chtimes(old, before, before); err != nil {
		t.Fatal(err)
	}
	s, err := Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("old leftover is still there: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("a file that another process may be writing was removed: %v", err)
	}
	if has, err := s.Has(t.Context(), digest); !has || err != nil {
		t.Errorf("blob lost: %v, %v", has, err)
	}
}

func TestDamageIsFoundAndHealed(t *testing.T) {
	s := open(t)
	content := []byte("what was signed")
	digest := put(t, s, content)
	path := files(t, s)[0]
	if err := os.WriteFile(path, []byte("what was Signed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenVerified(t.Context(), digest); !errors.Is(err, ErrDamaged) {
		t.Errorf("changed byte: %v", err)
	}
	// A file cut short, as by a disk that lied, is replaced by the next Put of the same content.
	if err := os.WriteFile(path, content[:4], 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, s, content)
	f, err := s.OpenVerified(t.Context(), digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
