package countersign

import (
	"encoding/json"
	"time"
)

// SystemChain is the audit chain of entries that belong to no ticket.
const SystemChain = "system"

// AuditEntry is one row of a hash chain. Chain is a ticket number or SystemChain; Seq counts from 1 without gaps;
// Hash = SHA-256 over the RFC 8785 bytes of the entry without Hash, which contain Prev.
type AuditEntry struct {
	Chain        string            `json:"chain"`
	Seq          int64             `json:"seq"`
	At           time.Time         `json:"at"`
	Action       string            `json:"action"`
	Outcome      string            `json:"outcome"` // ok or refused
	Code         string            `json:"code,omitempty"`
	Person       string            `json:"person,omitempty"`
	OnBehalfOf   string            `json:"on_behalf_of,omitempty"`
	Party        Party             `json:"party,omitempty"`
	Organisation string            `json:"organisation,omitempty"`
	Detail       map[string]string `json:"detail,omitempty"`
	Prev         string            `json:"prev"`
	Hash         string            `json:"hash"`
}

// Outcomes of an audit entry.
const (
	OutcomeOK      = "ok"
	OutcomeRefused = "refused"
)

// Checkpoint is a signed statement about the audit table: every chain head since the checkpoint before it.
type Checkpoint struct {
	ID    int64           `json:"id"`
	At    time.Time       `json:"at"`
	Prev  string          `json:"prev"`  // SHA-256 of the body before, "" for the first
	Body  json.RawMessage `json:"body"`  // canonical {prev, at, heads:[{chain, seq, hash}]}
	CMS   []byte          `json:"-"`     // detached CMS over Body by the audit key
	Heads int             `json:"heads"` // number of heads in Body
}

// ChainHead is the last entry of one audit chain.
type ChainHead struct {
	Chain string `json:"chain"`
	Seq   int64  `json:"seq"`
	Hash  string `json:"hash"`
}
