package templates

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"countersign/forms"
	"countersign/internal/blob"
	"countersign/internal/store"
	"countersign/workflows/signoff"
	"countersign/workflows/upgrade"
)

// library opens a library over the upgrade process with an override folder.
func library(t *testing.T, folder fstest.MapFS) (*Library, *blob.Store) {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{Path: filepath.Join(t.TempDir(), "app.db"), Sync: store.Normal, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := st.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(st, blobs, []*signoff.Process{upgrade.Process}, folder)
	if err != nil {
		t.Fatal(err)
	}
	return l, blobs
}

// variant is the built-in template as another file.
func variant(t *testing.T, comment string) []byte {
	t.Helper()
	docx := upgrade.Process.Template
	r, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, f := range r.File {
		if err := z.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.SetComment(comment), z.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestUploadBeatsFolderBeatsBuiltIn(t *testing.T) {
	ctx := context.Background()
	folder := fstest.MapFS{}
	l, blobs := library(t, folder)
	want := func(source Source, docx []byte) {
		t.Helper()
		found, got, err := l.InForce(ctx, "upgrade")
		if err != nil || got != source || found.Digest() != forms.Digest(docx) {
			t.Fatalf("in force: %s, %v; want %s", got, err, source)
		}
		// Whatever was in force can be had by its digest for ever.
		if kept, err := blobs.Has(ctx, found.Digest()); err != nil || !kept {
			t.Errorf("the %s template is not kept (%v)", source, err)
		}
		if again, err := l.Template(ctx, "upgrade", found.Digest()); err != nil || again.Digest() != found.Digest() {
			t.Errorf("by digest: %v", err)
		}
	}
	want(BuiltIn, upgrade.Process.Template)
	first, second, third := variant(t, "folder"), variant(t, "folder again"), variant(t, "upload")
	folder["upgrade.docx"] = &fstest.MapFile{Data: first, ModTime: time.Unix(1, 0)}
	want(Folder, first)
	folder["upgrade.docx"] = &fstest.MapFile{Data: second, ModTime: time.Unix(2, 0)}
	want(Folder, second)
	if _, err := l.Install(ctx, "upgrade", third, "P017", time.Unix(3, 0)); err != nil {
		t.Fatal(err)
	}
	want(Uploaded, third)
	if v, err := l.Versions(ctx, "upgrade"); err != nil || len(v) != 1 || v[0].SHA256 != forms.Digest(third) || v[0].By != "P017" {
		t.Errorf("versions %+v, %v", v, err)
	}
}

func TestFaultyTemplatesAreNeverSilentlyReplaced(t *testing.T) {
	ctx := context.Background()
	folder := fstest.MapFS{"upgrade.docx": &fstest.MapFile{Data: []byte("not a document")}}
	l, _ := library(t, folder)
	var file *forms.FileError
	if _, _, err := l.InForce(ctx, "upgrade"); !errors.As(err, &file) {
		t.Errorf("a faulty override: %v", err)
	}
	if _, err := l.Install(ctx, "upgrade", []byte("nothing"), "P017", time.Now()); !errors.As(err, &file) {
		t.Errorf("a faulty upload: %v", err)
	}
	if v, err := l.Versions(ctx, "upgrade"); err != nil || len(v) != 0 {
		t.Errorf("a refused upload left a version: %+v, %v", v, err)
	}
	for _, c := range [][2]string{{"nonsense", ""}, {"nonsense", forms.Digest(upgrade.Process.Template)}, {"upgrade", forms.Digest([]byte("x"))}} {
		if _, err := l.Template(ctx, c[0], c[1]); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", c, err)
		}
	}
}
