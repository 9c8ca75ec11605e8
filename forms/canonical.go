package forms

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/gowebpki/jcs"
)

// Canonical returns the RFC 8785 form of the values: the bytes that are stored
// as a revision, digested and signed. It fails on values that JSON cannot hold.
func Canonical(v Values) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write form values as JSON: %w", err)
	}
	canonical, err := jcs.Transform(plain)
	if err != nil {
		return nil, fmt.Errorf("canonicalize form values (RFC 8785): %w", err)
	}
	return canonical, nil
}

// Digest returns the SHA-256 of the bytes in lower-case hex.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
