package temporalx

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

const (
	encodingEncrypted = "binary/countersign-aes256gcm"
	metadataEncoding  = "encoding"
	metadataKeyID     = "countersign-key"
)

// codec encrypts every payload before it leaves for the engine: AES-256-GCM under a key derived from the installation's
// master key, so that whoever reads the engine's database or web UI sees no ticket facts.
type codec struct {
	aead  cipher.AEAD
	keyID string
}

// NewCodec derives the payload key from the 32 byte master key.
func NewCodec(master []byte) (converter.PayloadCodec, error) {
	if len(master) < 32 {
		return nil, errors.New("payload codec: the master key must have at least 32 bytes")
	}
	key, err := hkdf.Key(sha256.New, master, nil, "countersign payload codec v1", 32)
	if err != nil {
		return nil, fmt.Errorf("payload codec: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("payload codec: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("payload codec: %w", err)
	}
	id := sha256.Sum256(append([]byte("id:"), key...))
	return &codec{aead: aead, keyID: fmt.Sprintf("%x", id[:4])}, nil
}

// Encode implements converter.PayloadCodec.
func (c *codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("payload codec: %w", err)
		}
		nonce := make([]byte, c.aead.NonceSize(), c.aead.NonceSize()+len(plain)+c.aead.Overhead())
		if _, err := rand.Read(nonce); err != nil {
			return nil, fmt.Errorf("payload codec: %w", err)
		}
		out[i] = &commonpb.Payload{
			Metadata: map[string][]byte{metadataEncoding: []byte(encodingEncrypted), metadataKeyID: []byte(c.keyID)},
			Data:     c.aead.Seal(nonce, nonce, plain, []byte(c.keyID)),
		}
	}
	return out, nil
}

// Decode implements converter.PayloadCodec. Payloads that this codec did not write pass unchanged.
func (c *codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[metadataEncoding]) != encodingEncrypted {
			out[i] = p
			continue
		}
		n := c.aead.NonceSize()
		if len(p.GetData()) < n {
			return nil, errors.New("payload codec: truncated payload")
		}
		if id := string(p.GetMetadata()[metadataKeyID]); id != c.keyID {
			return nil, fmt.Errorf("payload codec: payload was encrypted with key %s, this installation has %s", id, c.keyID)
		}
		plain, err := c.aead.Open(nil, p.Data[:n], p.Data[n:], []byte(c.keyID))
		if err != nil {
			return nil, fmt.Errorf("payload codec: %w", err)
		}
		out[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, out[i]); err != nil {
			return nil, fmt.Errorf("payload codec: %w", err)
		}
	}
	return out, nil
}
