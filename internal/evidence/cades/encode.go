package cades

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"sort"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Object identifiers of RFC 5652, RFC 5035 and the algorithms.
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCertV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
)

// algorithm is one way to sign: its identifier and how it is checked.
type algorithm struct {
	oid       asn1.ObjectIdentifier
	nullParam bool // RSA carries NULL parameters, ECDSA none
	check     x509.SignatureAlgorithm
}

// algorithmOf picks the algorithm for a public key.
func algorithmOf(pub crypto.PublicKey) (algorithm, error) {
	switch pub.(type) {
	case *ecdsa.PublicKey:
		return algorithm{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, false, x509.ECDSAWithSHA256}, nil
	case *rsa.PublicKey:
		return algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, true, x509.SHA256WithRSA}, nil
	}
	return algorithm{}, fmt.Errorf("cades: keys of type %T are not supported", pub)
}

// seconds is the precision of the signing-time attribute.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// signedAttributes returns the attributes as the SET that is signed (RFC 5652 5.4), sorted as DER demands.
func signedAttributes(cert *x509.Certificate, contentDigest [sha256.Size]byte, at time.Time) ([]byte, error) {
	certDigest := sha256.Sum256(cert.Raw)
	attributes := [][]byte{
		attribute(oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidData) }),
		attribute(oidMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(contentDigest[:]) }),
		attribute(oidSigningTime, func(b *cryptobyte.Builder) { addTime(b, seconds(at)) }),
		// ESSCertIDv2 whose hash algorithm is the default, SHA-256, and therefore left out.
		attribute(oidSigningCertV2, func(b *cryptobyte.Builder) {
			nest(b, func(b *cryptobyte.Builder) { b.AddASN1OctetString(certDigest[:]) }, tag.SEQUENCE, tag.SEQUENCE, tag.SEQUENCE)
		}),
	}
	sort.Slice(attributes, func(i, j int) bool { return bytes.Compare(attributes[i], attributes[j]) < 0 })
	var b cryptobyte.Builder
	b.AddASN1(tag.SET, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(attributes, nil)) })
	return b.Bytes()
}

// attribute encodes one attribute with a single value.
func attribute(oid asn1.ObjectIdentifier, value func(*cryptobyte.Builder)) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		b.AddASN1(tag.SET, value)
	})
	return b.BytesOrPanic() // the builder fails only on malformed identifiers and times, which are ours
}

// addTime writes UTCTime until 2049 and GeneralizedTime after (RFC 5652 11.3).
func addTime(b *cryptobyte.Builder, t time.Time) {
	if y := t.Year(); y >= 1950 && y < 2050 {
		b.AddASN1UTCTime(t)
		return
	}
	b.AddASN1GeneralizedTime(t)
}

// nest writes value inside the given tags, outermost first.
func nest(b *cryptobyte.Builder, value func(*cryptobyte.Builder), tags ...tag.Tag) {
	if len(tags) == 0 {
		value(b)
		return
	}
	b.AddASN1(tags[0], func(b *cryptobyte.Builder) { nest(b, value, tags[1:]...) })
}

// encode writes the ContentInfo around signed attributes (as SET) and the signature over them.
func encode(cert *x509.Certificate, alg algorithm, attributes, signature []byte) ([]byte, error) {
	var b cryptobyte.Builder
	context0 := tag.Tag(0).ContextSpecific().Constructed()
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSignedData)
		nest(b, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			nest(b, func(b *cryptobyte.Builder) { addAlgorithm(b, oidSHA256, false) }, tag.SET)
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidData) })
			b.AddASN1(context0, func(b *cryptobyte.Builder) { b.AddBytes(cert.Raw) })
			nest(b, func(b *cryptobyte.Builder) { addSignerInfo(b, cert, alg, attributes, signature) }, tag.SET, tag.SEQUENCE)
		}, context0, tag.SEQUENCE)
	})
	der, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("cades: %w", err)
	}
	return der, nil
}

// addSignerInfo writes the body of the only SignerInfo (RFC 5652 5.3).
func addSignerInfo(b *cryptobyte.Builder, cert *x509.Certificate, alg algorithm, attributes, signature []byte) {
	b.AddASN1Int64(1)
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(cert.RawIssuer)
		b.AddASN1BigInt(cert.SerialNumber)
	})
	addAlgorithm(b, oidSHA256, false)
	// The same bytes as were signed, but tagged [0] instead of SET: both tags are one byte.
	b.AddBytes(append([]byte{0xa0}, attributes[1:]...))
	addAlgorithm(b, alg.oid, alg.nullParam)
	b.AddASN1OctetString(signature)
}

func addAlgorithm(b *cryptobyte.Builder, oid asn1.ObjectIdentifier, null bool) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		if null {
			b.AddASN1NULL()
		}
	})
}
