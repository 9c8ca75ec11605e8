package store

import (
	"encoding/json"
	"fmt"

	"countersign"
)

// entryRow is one row of audit_entries.
type entryRow struct {
	ID           int64
	Chain        string
	Seq          int64
	At           int64
	Action       string
	Outcome      string
	Code         string
	Person       string
	OnBehalfOf   string
	Party        string
	Organisation string
	Detail       string
	Prev         string
	Hash         string
}

func (entryRow) TableName() string { return "audit_entries" }

var entryColumns = []string{
	"chain", "seq", "at", "action", "outcome", "code", "person", "on_behalf_of", "party", "organisation", "detail", "prev", "hash",
}

// entryValues are e's values in the order of entryColumns.
func entryValues(e countersign.AuditEntry) ([]any, error) {
	detail := ""
	if len(e.Detail) > 0 {
		raw, err := json.Marshal(e.Detail)
		if err != nil {
			return nil, fmt.Errorf("audit detail: %w", err)
		}
		detail = string(raw)
	}
	return []any{
		e.Chain, e.Seq, ms(e.At), e.Action, e.Outcome, e.Code, e.Person, e.OnBehalfOf, string(e.Party), e.Organisation, detail,
		e.Prev, e.Hash,
	}, nil
}

func (r entryRow) entry() (countersign.AuditEntry, error) {
	e := countersign.AuditEntry{
		Chain: r.Chain, Seq: r.Seq, At: timeOf(r.At), Action: r.Action, Outcome: r.Outcome, Code: r.Code, Person: r.Person,
		OnBehalfOf: r.OnBehalfOf, Party: countersign.Party(r.Party), Organisation: r.Organisation, Prev: r.Prev, Hash: r.Hash,
	}
	if r.Detail != "" {
		if err := json.Unmarshal([]byte(r.Detail), &e.Detail); err != nil {
			return e, fmt.Errorf("audit entry %s/%d: %w", r.Chain, r.Seq, err)
		}
	}
	return e, nil
}

// checkpointRow is one row of audit_checkpoints.
type checkpointRow struct {
	ID    int64
	At    int64
	Prev  string
	Body  string
	CMS   []byte `gorm:"column:cms"`
	Heads int
}

func (checkpointRow) TableName() string { return "audit_checkpoints" }

func (r checkpointRow) checkpoint() countersign.Checkpoint {
	return countersign.Checkpoint{ID: r.ID, At: timeOf(r.At), Prev: r.Prev, Body: json.RawMessage(r.Body), CMS: r.CMS, Heads: r.Heads}
}
