package auditlog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gowebpki/jcs"

	"countersign"
)

// Time brings t to the precision that every store keeps: UTC, whole milliseconds.
func Time(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Hash returns the lower-case hex SHA-256 over the RFC 8785 bytes of e without its Hash.
func Hash(e countersign.AuditEntry) (string, error) {
	e.Hash = ""
	raw, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("audit entry: %w", err)
	}
	canonical, err := jcs.Transform(raw)
	if err != nil {
		return "", fmt.Errorf("audit entry: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// Extend returns e linked behind head: chain, sequence, previous hash and own hash filled in, time normalised.
func Extend(head countersign.ChainHead, e countersign.AuditEntry) (countersign.AuditEntry, error) {
	e.Chain, e.Seq, e.Prev, e.At = head.Chain, head.Seq+1, head.Hash, Time(e.At)
	h, err := Hash(e)
	e.Hash = h
	return e, err
}

// Check walks entries of one chain from its first entry and returns its head. An error names the first entry that
// was changed, removed, added or moved.
func Check(entries []countersign.AuditEntry) (countersign.ChainHead, error) {
	var head countersign.ChainHead
	for i, e := range entries {
		if i == 0 {
			head.Chain = e.Chain
		}
		if e.Chain != head.Chain || e.Seq != head.Seq+1 || e.Prev != head.Hash {
			return head, fmt.Errorf("audit chain %s breaks at entry %d: want seq %d after %.12s", head.Chain, i+1, head.Seq+1, head.Hash)
		}
		h, err := Hash(e)
		if err != nil {
			return head, err
		}
		if h != e.Hash {
			return head, fmt.Errorf("audit chain %s: entry %d was changed", head.Chain, e.Seq)
		}
		head.Seq, head.Hash = e.Seq, e.Hash
	}
	return head, nil
}

// CheckpointBody is the canonical content of a checkpoint.
type CheckpointBody struct {
	Prev  string                  `json:"prev"`
	At    time.Time               `json:"at"`
	Heads []countersign.ChainHead `json:"heads"`
}

// Canonical returns the RFC 8785 bytes that the audit key signs.
func (b CheckpointBody) Canonical() ([]byte, error) {
	b.At = Time(b.At)
	if b.Heads == nil {
		b.Heads = []countersign.ChainHead{}
	}
	raw, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return jcs.Transform(raw)
}
