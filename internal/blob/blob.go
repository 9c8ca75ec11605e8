package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"countersign"
)

// Store is a folder of blobs: ab/cdef... for the digest abcdef..., and tmp for what is being written. It may be used by
// many goroutines and by several processes.
type Store struct{ dir string }

// tmpFolder holds files that are being written; its name is not the beginning of a digest.
const tmpFolder = "tmp"

// staleAfter is the age from which a file in tmp counts as left by a crash: other processes may be writing younger ones.
const staleAfter = time.Hour

// Open returns the store in dir, makes its folders (mode 0700) where missing and removes what crashed writers left.
func Open(dir string) (*Store, error) {
	if err := errors.Join(makeFolders(dir), removeStale(filepath.Join(dir, tmpFolder))); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &Store{dir: dir}, nil
}

// makeFolders makes all folders at once, durably, so that Put has but one folder to synchronise.
func makeFolders(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, tmpFolder), 0o700); err != nil {
		return err
	}
	for i := range 256 {
		if err := os.Mkdir(filepath.Join(dir, fmt.Sprintf("%02x", i)), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return errors.Join(syncFolder(dir), syncFolder(filepath.Dir(dir)))
}

func removeStale(tmp string) error {
	left, err := os.ReadDir(tmp)
	if err != nil {
		return err
	}
	for _, f := range left {
		info, err := f.Info()
		if err == nil && time.Since(info.ModTime()) > staleAfter {
			err = os.Remove(filepath.Join(tmp, f.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another process removes them, too
			return err
		}
	}
	return nil
}

// path returns where a digest lies; anything but 64 lower-case hex digits is ErrNotFound and touches no file.
func (s *Store) path(digest string) (string, error) {
	if len(digest) != 2*sha256.Size {
		return "", countersign.ErrNotFound.Because(fmt.Errorf("blob: bad digest %q", digest))
	}
	for _, c := range []byte(digest) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", countersign.ErrNotFound.Because(fmt.Errorf("blob: bad digest %q", digest))
		}
	}
	return filepath.Join(s.dir, digest[:2], digest[2:]), nil
}

// Put stores what r yields and returns its SHA-256 (lower-case hex) and size in bytes. More than limit bytes are
// ErrTooLarge, and nothing is kept. Content that is there already is not written again. When Put returns, the blob is on
// disk.
func (s *Store) Put(ctx context.Context, r io.Reader, limit int64) (digest string, size int64, err error) {
	f, err := os.CreateTemp(filepath.Join(s.dir, tmpFolder), "")
	if err != nil {
		return "", 0, fmt.Errorf("blob: %w", err)
	}
	defer func() {
		// After the rename the name is gone, and that is what is wanted.
		if e := os.Remove(f.Name()); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("blob: %w", e))
		}
	}()
	digest, size, err = receive(ctx, f, r, limit)
	if err != nil {
		return "", 0, errors.Join(err, f.Close())
	}
	path, err := s.path(digest)
	if err != nil {
		return "", 0, errors.Join(err, f.Close())
	}
	if same, err := s.kept(path, size); err != nil || same {
		return digest, size, errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return "", 0, fmt.Errorf("blob: %w", err)
	}
	return digest, size, s.publish(f.Name(), path)
}

// receive copies r into w and returns the digest and size of what came.
func receive(ctx context.Context, w io.Writer, r io.Reader, limit int64) (string, int64, error) {
	h := sha256.New()
	size, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(&reader{ctx, r}, limit+1))
	if err != nil {
		return "", 0, fmt.Errorf("blob: %w", err)
	}
	if size > limit {
		return "", 0, countersign.ErrTooLarge.Because(fmt.Errorf("blob: more than %d bytes", limit))
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// reader stops reading when ctx ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// kept reports whether path holds a blob already. The folder is synchronised all the same: a writer that was first may
// not have come that far, and the caller is about to rely on the blob. A file of another size is damaged, and replaced.
func (s *Store) kept(path string, size int64) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() != size {
		return false, nil
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return false, fmt.Errorf("blob: %w", err)
	}
	return true, nil
}

// publish gives a finished file its name and makes that durable.
func (s *Store) publish(tmp, path string) error {
	err := os.Rename(tmp, path)
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Has reports whether the store holds that digest.
func (s *Store) Has(_ context.Context, digest string) (bool, error) {
	path, bad := s.path(digest)
	if bad != nil {
		return false, nil //nolint:nilerr // as documented
	}
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("blob: %w", err)
	}
	return true, nil
}

// Open returns the bytes of that digest, ErrNotFound when it is not there or not a digest. The caller closes it.
func (s *Store) Open(_ context.Context, digest string) (io.ReadSeekCloser, error) {
	path, err := s.path(digest)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, countersign.ErrNotFound.Because(fmt.Errorf("blob: %w", err))
	}
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return f, nil
}

// ErrDamaged says that the bytes of a blob are not those of its digest.
var ErrDamaged = errors.New("blob: content does not match its digest")

// OpenVerified is Open with a first pass over the bytes that makes sure that they are those of the digest, else
// ErrDamaged.
func (s *Store) OpenVerified(ctx context.Context, digest string) (io.ReadSeekCloser, error) {
	f, err := s.Open(ctx, digest)
	if err != nil {
		return nil, err
	}
	if err := verify(ctx, f, digest, sha256.New()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func verify(ctx context.Context, f io.ReadSeeker, digest string, h hash.Hash) error {
	if _, err := io.Copy(h, &reader{ctx, f}); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != digest {
		return fmt.Errorf("%w: %s has %s", ErrDamaged, digest, got)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}
