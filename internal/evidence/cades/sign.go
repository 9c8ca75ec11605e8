package cades

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Sign returns a detached CAdES-B signature over content, DER. signer holds the private key of cert; at becomes the
// signing-time attribute, in whole seconds. The same verifier rules are applied to the result before it is returned,
// so a signer that does not belong to cert is an error.
func Sign(signer crypto.Signer, cert *x509.Certificate, content []byte, at time.Time) ([]byte, error) {
	if at.IsZero() {
		return nil, errors.New("cades: no signing time")
	}
	alg, err := algorithmOf(cert.PublicKey)
	if err != nil {
		return nil, err
	}
	attributes, err := signedAttributes(cert, sha256.Sum256(content), at)
	if err != nil {
		return nil, fmt.Errorf("cades: %w", err)
	}
	digest := sha256.Sum256(attributes)
	signature, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("cades: %w", err)
	}
	if err := cert.CheckSignature(alg.check, attributes, signature); err != nil {
		return nil, fmt.Errorf("cades: the key does not belong to the certificate: %w", err)
	}
	if signature, err = lowS(cert.PublicKey, signature); err != nil {
		return nil, err
	}
	return encode(cert, alg, attributes, signature)
}

// lowS brings an ECDSA signature (r, s) to the form with s <= n/2. Both s and n-s verify, so without this rule
// anybody could write a second valid form of somebody else's signature. Other signatures are returned unchanged.
func lowS(pub crypto.PublicKey, signature []byte) ([]byte, error) {
	key, ok := pub.(*ecdsa.PublicKey)
	if !ok {
		return signature, nil
	}
	var value struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &value); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("cades: ECDSA signature value: %w", errors.Join(err, ErrMalformed))
	}
	n := key.Params().N
	if half := new(big.Int).Rsh(n, 1); value.S.Cmp(half) > 0 {
		value.S.Sub(n, value.S)
	}
	return asn1.Marshal(value)
}
