package store

import (
	"encoding/json"
	"fmt"

	"countersign"
)

// ticketRow is one row of tickets, without what only SQL looks at.
type ticketRow struct {
	Number    string
	Process   string
	Contract  string
	System    string
	Title     string
	State     string
	Step      string
	Revision  int
	Drafter   string
	Version   int
	Chain     string
	Progress  string
	DueAt     *int64
	CreatedAt int64
	UpdatedAt int64
}

const ticketColumns = `t.number, t.process, t.contract, t.system, t.title, t.state, t.step, t.revision, t.drafter, t.version,
	t.chain, t.progress, t.due_at, t.created_at, t.updated_at`

func (r ticketRow) ticket() (countersign.Ticket, error) {
	t := countersign.Ticket{
		Number: r.Number, Process: r.Process, Contract: r.Contract, System: r.System, Title: r.Title,
		State: countersign.State(r.State), Step: r.Step, Revision: r.Revision, Drafter: r.Drafter, Version: r.Version,
		DueAt: timePtr(r.DueAt), CreatedAt: timeOf(r.CreatedAt), UpdatedAt: timeOf(r.UpdatedAt),
	}
	if r.Progress != "" {
		t.Progress = json.RawMessage(r.Progress)
	}
	if err := json.Unmarshal([]byte(r.Chain), &t.Chain); err != nil {
		return t, fmt.Errorf("chain of %s: %w", r.Number, err)
	}
	return t, nil
}

// revisionRow is one row of revisions.
type revisionRow struct {
	Ticket         string
	N              int
	Canonical      []byte
	SHA256         string `gorm:"column:sha256"`
	FormVersion    string
	TemplateSHA256 string `gorm:"column:template_sha256"`
	DocumentName   string
	DocumentSHA256 string `gorm:"column:document_sha256"`
	Attachments    string
	CreatedBy      string
	CreatedAt      int64
	FrozenBy       string
	SubmittedAt    *int64
}

func (revisionRow) TableName() string { return "revisions" }

func (r revisionRow) revision() (countersign.Revision, error) {
	v := countersign.Revision{
		Ticket: r.Ticket, N: r.N, Canonical: r.Canonical, SHA256: r.SHA256, FormVersion: r.FormVersion,
		TemplateSHA256: r.TemplateSHA256, Document: countersign.FileDigest{Name: r.DocumentName, SHA256: r.DocumentSHA256},
		CreatedBy: r.CreatedBy, CreatedAt: timeOf(r.CreatedAt), SubmittedAt: timePtr(r.SubmittedAt),
	}
	if err := json.Unmarshal([]byte(r.Attachments), &v.Attachments); err != nil {
		return v, fmt.Errorf("attachments of %s revision %d: %w", r.Ticket, r.N, err)
	}
	return v, nil
}

// taskRow is one row of tasks.
type taskRow struct {
	Ticket       string
	Kind         string
	Step         string
	Party        string
	Organisation string
	Role         string
	Person       string
	DueAt        *int64
}

func (r taskRow) task() countersign.Task {
	return countersign.Task{
		Ticket: r.Ticket, Kind: r.Kind, Step: r.Step, Party: countersign.Party(r.Party), Organisation: r.Organisation,
		Role: r.Role, Person: r.Person, DueAt: timePtr(r.DueAt),
	}
}

// mapRows converts rows by conv.
func mapRows[R, T any](rows []R, conv func(R) T) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = conv(r)
	}
	return out
}

// tryRows converts rows by conv and stops at the first error.
func tryRows[R, T any](rows []R, conv func(R) (T, error)) ([]T, error) {
	out := make([]T, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = conv(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// jsonText is v as JSON; nil slices become [].
func jsonText[T any](v []T) (string, error) {
	if v == nil {
		v = []T{}
	}
	raw, err := json.Marshal(v)
	return string(raw), err
}
