package pki

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// masterSize is the length of the server secret in bytes.
const masterSize = 32

// ErrMaster says that a blob was sealed under another server secret, or was changed.
var ErrMaster = errors.New("pki: sealed under another server secret, or damaged")

// Master is the server secret (pepper). Everything is sealed under keys derived from it; who loses it loses the CA.
type Master struct{ key [masterSize]byte }

// NewMaster makes a Master of 32 secret bytes.
func NewMaster(secret []byte) (Master, error) {
	var m Master
	if len(secret) != masterSize {
		return m, fmt.Errorf("server secret: want %d bytes, got %d", masterSize, len(secret))
	}
	copy(m.key[:], secret)
	return m, nil
}

// ReadMaster reads a server secret from a file of 64 hex digits that only its owner may read.
func ReadMaster(path string) (Master, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Master{}, fmt.Errorf("server secret: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Master{}, fmt.Errorf("server secret: %s may be read by others; run chmod 600 on it", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Master{}, fmt.Errorf("server secret: %w", err)
	}
	secret, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil {
		return Master{}, fmt.Errorf("server secret: %s is not hexadecimal", path)
	}
	return NewMaster(secret)
}

// EnsureMaster reads the server secret at path, after creating a random one if there is no such file.
func EnsureMaster(path string) (Master, error) {
	if m, err := ReadMaster(path); !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	secret := make([]byte, masterSize)
	rand.Read(secret) // never fails: crypto/rand
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Master{}, fmt.Errorf("server secret: %w", err)
	}
	err := createFile(path, []byte(hex.EncodeToString(secret)+"\n"))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return Master{}, fmt.Errorf("server secret: %w", err)
	}
	return ReadMaster(path)
}

// String hides the secret from logs.
func (m Master) String() string { return "server secret (hidden)" }

// GoString hides the secret from %#v.
func (m Master) GoString() string { return m.String() }

// Derive returns a 32 byte key for one purpose (HKDF-SHA-256): keys of different purposes tell nothing about each other.
func (m Master) Derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, m.key[:], nil, "countersign/pki/"+purpose, 32)
	if err != nil {
		panic(err) // only for lengths beyond 255 hashes
	}
	return key
}

// seal encrypts plain for the blob of that name: random nonce, then AES-256-GCM with the name as additional data.
func (m Master) seal(name string, plain []byte) []byte {
	return gcmSeal(m.Derive("blob/"+name), plain, []byte(name))
}

func (m Master) open(name string, blob []byte) ([]byte, error) {
	plain, err := gcmOpen(m.Derive("blob/"+name), blob, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrMaster, name)
	}
	return plain, nil
}

// aead returns AES-256-GCM that puts a random nonce before the ciphertext.
func aead(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a wrong key length
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for another block size
	}
	return gcm
}

func gcmSeal(key, plain, additional []byte) []byte {
	return aead(key).Seal(nil, nil, plain, additional)
}

func gcmOpen(key, sealed, additional []byte) ([]byte, error) {
	return aead(key).Open(nil, nil, sealed, additional)
}
