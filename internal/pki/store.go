package pki

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// Errors of a KeyStore; test them with errors.Is.
var (
	ErrNotFound = errors.New("pki: no such blob")
	ErrExists   = errors.New("pki: blob exists already")
)

// KeyStore keeps named sealed blobs. It only ever adds: a CA is created once and a revocation is never taken back,
// so two processes that start at the same time cannot overwrite each other's keys.
type KeyStore interface {
	// Load returns the blob of that name, or ErrNotFound.
	Load(ctx context.Context, name string) ([]byte, error)
	// Create stores a new blob durably, or returns ErrExists and changes nothing.
	Create(ctx context.Context, name string, blob []byte) error
	// List returns the names that begin with prefix, sorted.
	List(ctx context.Context, prefix string) ([]string, error)
}

// FileStore keeps each blob in one file (mode 0600) below a folder (mode 0700).
type FileStore struct{ dir string }

// NewFileStore returns a store in dir, which it creates if need be.
func NewFileStore(dir string) (*FileStore, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("key store: %w", err)
	}
	return &FileStore{dir: dir}, nil
}

// blobName is what a name may look like: lower-case path segments that cannot leave the folder.
var blobName = regexp.MustCompile(`^[a-z0-9-]+(/[a-z0-9-]+)*$`)

func (s *FileStore) path(name string) (string, error) {
	if !blobName.MatchString(name) {
		return "", fmt.Errorf("key store: bad name %q", name)
	}
	return filepath.Join(s.dir, filepath.FromSlash(name)), nil
}

// Load implements KeyStore.
func (s *FileStore) Load(_ context.Context, name string) ([]byte, error) {
	path, err := s.path(name)
	if err != nil {
		return nil, err
	}
	blob, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	if err != nil {
		return nil, fmt.Errorf("key store: %w", err)
	}
	return blob, nil
}

// Create implements KeyStore: the file appears under its name only when its bytes are on disk.
func (s *FileStore) Create(_ context.Context, name string, blob []byte) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("key store: %w", err)
	}
	err = createFile(path, blob)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %s", ErrExists, name)
	}
	if err != nil {
		return fmt.Errorf("key store: %w", err)
	}
	return nil
}

// tempPrefix begins the names of files that are still being written; blob names cannot begin like this.
const tempPrefix = ".new-"

// createFile writes path with mode 0600 if it does not exist. A link cannot replace a file, unlike a rename.
func createFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, tempPrefix)
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Link(tmp.Name(), path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	return errors.Join(err, os.Remove(tmp.Name()))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// List implements KeyStore.
func (s *FileStore) List(_ context.Context, prefix string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), tempPrefix) {
			return err
		}
		rel, err := filepath.Rel(s.dir, path)
		if name := filepath.ToSlash(rel); strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("key store: %w", err)
	}
	sort.Strings(names)
	return names, nil
}
