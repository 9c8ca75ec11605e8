package opc

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/big"
	"strings"
	"time"

	"countersign/internal/evidence/container"
)

// Seal returns docx with one signature over all of it. chain begins with the certificate of signer, a P-256 key, and ends
// with the root; at becomes the signing time in whole seconds. A file that is signed already is refused.
func Seal(docx []byte, signer crypto.Signer, chain []*x509.Certificate, at time.Time) ([]byte, error) {
	a, err := container.Open(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	p, broken := readParts(a)
	for name, err := range broken {
		return nil, fmt.Errorf("seal: %s: %w", name, err)
	}
	if err := prepare(p); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	s, err := compose(p, chain, at)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	value, err := signValue(signer, chain[0], s.signedInfo)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	p[signaturePart] = []byte(s.with(b64(value)))
	var out bytes.Buffer
	if err := container.Write(&out, p.entries()); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return out.Bytes(), nil
}

// prepare adds the parts that announce a signature.
func prepare(p parts) error {
	for name := range p {
		if strings.HasPrefix(name, "_xmlsignatures/") {
			return errors.New("the file is signed already")
		}
	}
	types, err := readTypes(p[typesPart])
	if err != nil {
		return err
	}
	types.extensions["sigs"], types.names[signaturePart] = originType, signatureType
	p[typesPart] = types.bytes()
	list, err := readRels(rootRels, p[rootRels])
	if err != nil {
		return err
	}
	id := "rIdSignatureOrigin"
	for _, r := range list {
		if r.ID == id {
			return errors.New("the file announces a signature that it does not have")
		}
	}
	p[rootRels] = rels(append(list, relationship{ID: id, Type: originRel, Target: originPart}))
	p[originPart] = []byte{}
	p[originRels] = rels([]relationship{{ID: "rId1", Type: signatureRel, Target: "sig1.xml"}})
	return nil
}

func (p parts) entries() []container.Entry {
	var out []container.Entry
	for _, name := range p.names() {
		data := p[name]
		out = append(out, container.Entry{
			Name: name, Size: int64(len(data)), CRC: crc32.ChecksumIEEE(data),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
		})
	}
	return out
}

// signValue returns r and s of a P-256 signature as 64 bytes, s in the lower half so that there is one form of it.
func signValue(signer crypto.Signer, cert *x509.Certificate, data []byte) ([]byte, error) {
	pub, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return nil, errors.New("the seal needs a P-256 key")
	}
	digest := sha256.Sum256(data)
	der, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		return nil, err
	}
	if highS(v.S) {
		v.S.Sub(pub.Params().N, v.S)
	}
	if !ecdsa.Verify(pub, digest[:], v.R, v.S) {
		return nil, errors.New("the key does not belong to the certificate")
	}
	out := make([]byte, 64)
	v.R.FillBytes(out[:32])
	v.S.FillBytes(out[32:])
	return out, nil
}

func highS(s *big.Int) bool {
	return s.Cmp(new(big.Int).Rsh(elliptic.P256().Params().N, 1)) > 0
}
