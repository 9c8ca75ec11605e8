package pki

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// oidDocumentSigning is the extended key usage of RFC 9336.
var oidDocumentSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}

// systemUnit marks the certificates of the system itself; people's certificates never carry a unit.
const systemUnit = "system"

// Common names of the system's own signers.
const (
	AuditName  = "audit checkpoint"
	FilingName = "filing seal"
)

// Person is the holder of a certificate.
type Person struct {
	ID               string // opaque, becomes the subject's serialNumber
	Name             string // becomes the common name
	OrganisationName string // becomes the organisation
}

// PersonOf returns the holder that a certificate names. ok is false for a certificate that is not a person's.
func PersonOf(cert *x509.Certificate) (p Person, ok bool) {
	s := cert.Subject
	if len(s.Organization) != 1 || len(s.OrganizationalUnit) != 0 || s.SerialNumber == "" || s.CommonName == "" {
		return Person{}, false
	}
	return Person{ID: s.SerialNumber, Name: s.CommonName, OrganisationName: s.Organization[0]}, true
}

// IsSystem reports whether cert belongs to the system's signer of that name (AuditName or FilingName).
func IsSystem(cert *x509.Certificate, name string) bool {
	s := cert.Subject
	return s.CommonName == name && s.SerialNumber == "" && len(s.OrganizationalUnit) == 1 && s.OrganizationalUnit[0] == systemUnit
}

func personSubject(p Person) pkix.Name {
	return pkix.Name{CommonName: p.Name, Organization: []string{p.OrganisationName}, SerialNumber: p.ID}
}

func (o Options) systemSubject(name string) pkix.Name {
	return pkix.Name{CommonName: name, Organization: []string{o.Name}, OrganizationalUnit: []string{systemUnit}}
}

// caTemplate is a certificate authority that may have pathLen authorities below it.
func caTemplate(subject pkix.Name, pathLen int, from time.Time, lifetime time.Duration) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: newSerial(), Subject: subject,
		NotBefore: notBefore(from), NotAfter: from.UTC().Add(lifetime).Truncate(time.Second),
		IsCA: true, BasicConstraintsValid: true, MaxPathLen: pathLen, MaxPathLenZero: pathLen == 0,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// signerTemplate is an end entity that signs documents. emailProtection is what OpenSSL's cms command and NSS ask for.
func signerTemplate(subject pkix.Name, from time.Time, lifetime time.Duration) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: newSerial(), Subject: subject,
		NotBefore: notBefore(from), NotAfter: from.UTC().Add(lifetime).Truncate(time.Second),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
		UnknownExtKeyUsage:    []asn1.ObjectIdentifier{oidDocumentSigning},
	}
}

// notBefore allows for clocks of other machines that are a little behind.
func notBefore(from time.Time) time.Time {
	return from.UTC().Add(-5 * time.Minute).Truncate(time.Second)
}

// newSerial returns an unpredictable positive serial number of 128 bits (RFC 5280 4.1.2.2 allows 160).
func newSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] |= 0x80 // never zero, always the same length
	return new(big.Int).SetBytes(b)
}

// Fingerprint returns the SHA-256 of a certificate as people compare it: AB:CD:...
func Fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	out := make([]byte, 0, 3*len(sum))
	for i, b := range sum {
		if i > 0 {
			out = append(out, ':')
		}
		out = fmt.Appendf(out, "%02X", b)
	}
	return string(out)
}
