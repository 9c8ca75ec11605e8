package store

import (
	"encoding/json"

	"countersign"
)

// signatureRow is one row of signatures.
type signatureRow struct {
	ID           string
	Ticket       string
	Seq          int
	Revision     int
	Step         string
	Party        string
	Organisation string
	Person       string
	OnBehalfOf   string
	Decision     string
	Opinion      string
	Status       string
	SignedAt     int64
	Statement    []byte
	CMS          []byte `gorm:"column:cms"`
	Certificate  []byte
	Picture      []byte
}

func (signatureRow) TableName() string { return "signatures" }

func (r signatureRow) signature() countersign.Signature {
	return countersign.Signature{
		ID: r.ID, Ticket: r.Ticket, Seq: r.Seq, Revision: r.Revision, Step: r.Step, Party: countersign.Party(r.Party),
		Organisation: r.Organisation, Person: r.Person, OnBehalfOf: r.OnBehalfOf, Decision: countersign.Decision(r.Decision),
		Opinion: r.Opinion, Status: countersign.SignatureStatus(r.Status), SignedAt: timeOf(r.SignedAt),
		Statement: r.Statement, CMS: r.CMS, Certificate: r.Certificate, Picture: r.Picture,
	}
}

// recordRow is one row of records.
type recordRow struct {
	Ticket  string
	ID      string
	Kind    string
	Body    string
	Person  string
	At      int64
	Counted bool
}

func (recordRow) TableName() string { return "records" }

func (r recordRow) record() countersign.Record {
	return countersign.Record{
		ID: r.ID, Ticket: r.Ticket, Kind: r.Kind, Body: json.RawMessage(r.Body), Person: r.Person, At: timeOf(r.At), Counted: r.Counted,
	}
}

// commandRow is one row of commands.
type commandRow struct {
	ID        string
	Ticket    string
	Name      string
	Payload   []byte
	Signature string
	Status    string
	Refusal   string
	CreatedAt int64
}

func (r commandRow) command() Command {
	return Command{
		ID: r.ID, Ticket: r.Ticket, Name: r.Name, Payload: r.Payload, Signature: r.Signature, Status: r.Status,
		Refusal: r.Refusal, CreatedAt: timeOf(r.CreatedAt),
	}
}
