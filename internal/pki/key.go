package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Errors of keys and PINs; test them with errors.Is.
var (
	ErrWrongPIN  = errors.New("pki: wrong PIN")
	ErrPINFormat = errors.New("pki: a PIN has 6 to 12 digits or is a passphrase of 8 to 64 characters")
	ErrSealedKey = errors.New("pki: sealed key is damaged")
)

// KDF holds the argon2id parameters that a key was sealed with.
type KDF struct {
	Time      uint32 `json:"t"`
	MemoryKiB uint32 `json:"m"`
	Threads   uint8  `json:"p"`
}

// DefaultKDF costs about 0.16 s and 64 MiB for each PIN that is tried.
var DefaultKDF = KDF{Time: 3, MemoryKiB: 64 << 10, Threads: 2}

// valid bounds what a changed database row could make us compute.
func (k KDF) valid() bool {
	return k.Time >= 1 && k.Time <= 64 && k.MemoryKiB >= 8 && k.MemoryKiB <= 1<<20 && k.Threads >= 1 && k.Threads <= 64
}

// SealedKey is the private key of one person, sealed under their PIN and the server secret. It is safe to store;
// a changed person, version, public key or parameter makes it unusable.
type SealedKey struct {
	Person  string `json:"person"`
	Version int    `json:"version"` // 1 for a person's first key
	KDF     KDF    `json:"kdf"`
	Salt    []byte `json:"salt"`
	Public  []byte `json:"public"` // SubjectPublicKeyInfo, DER
	Sealed  []byte `json:"sealed"` // nonce and AES-256-GCM ciphertext of the PKCS #8 key
}

// PublicKey parses Public.
func (s SealedKey) PublicKey() (crypto.PublicKey, error) {
	pub, err := x509.ParsePKIXPublicKey(s.Public)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealedKey, err)
	}
	return pub, nil
}

// context is the additional data that binds the ciphertext to everything beside it.
func (s SealedKey) context() []byte {
	return fmt.Appendf(nil, "countersign/key\x00%q\x00%d\x00%+v\x00%x\x00%x", s.Person, s.Version, s.KDF, s.Salt, s.Public)
}

// wrapKey turns a PIN into the AES key: the pepper makes a stolen database useless, argon2id makes guesses slow.
func (s SealedKey) wrapKey(pepper []byte, pin string) []byte {
	mac := hmac.New(sha256.New, pepper)
	mac.Write([]byte(pin))
	return argon2.IDKey(mac.Sum(nil), s.Salt, s.KDF.Time, s.KDF.MemoryKiB, s.KDF.Threads, 32)
}

func sealKey(pepper []byte, kdf KDF, person string, version int, key *ecdsa.PrivateKey, pin string) (SealedKey, error) {
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return SealedKey{}, fmt.Errorf("seal key: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return SealedKey{}, fmt.Errorf("seal key: %w", err)
	}
	s := SealedKey{Person: person, Version: version, KDF: kdf, Salt: make([]byte, 16), Public: public}
	rand.Read(s.Salt)
	s.Sealed = gcmSeal(s.wrapKey(pepper, pin), private, s.context())
	return s, nil
}

func (s SealedKey) unseal(pepper []byte, pin string) (*ecdsa.PrivateKey, error) {
	private, err := gcmOpen(s.wrapKey(pepper, pin), s.Sealed, s.context())
	if err != nil {
		return nil, ErrWrongPIN
	}
	parsed, err := x509.ParsePKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealedKey, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w: not a P-256 key", ErrSealedKey)
	}
	return key, nil
}

// CheckPIN returns ErrPINFormat unless pin has 6 to 12 digits or is a passphrase of 8 to 64 characters.
func CheckPIN(pin string) error {
	n := utf8.RuneCountInString(pin)
	if digits(pin) && n >= 6 && n <= 12 {
		return nil
	}
	if !digits(pin) && utf8.ValidString(pin) && n >= 8 && n <= 64 && strings.TrimSpace(pin) == pin {
		return nil
	}
	return ErrPINFormat
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
