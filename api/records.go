package api

import (
	"encoding/json"
	"time"

	"countersign"
	"countersign/forms"
)

// newRecord makes a record of canonical JSON, named by its digest.
func newRecord(ticket, kind string, body any, person string, at time.Time) (*countersign.Record, error) {
	raw, err := canonical(body)
	if err != nil {
		return nil, err
	}
	return &countersign.Record{ID: forms.Digest(raw), Ticket: ticket, Kind: kind, Body: json.RawMessage(raw), Person: person, At: at}, nil
}

// reportBody is the body of the record of an execution step: what was reported, by whom, when and with which command, so
// that two equal reports are still two records.
type reportBody struct {
	Action     string       `json:"action"`
	Command    string       `json:"command"`
	At         time.Time    `json:"at"`
	Person     string       `json:"person"`
	OnBehalfOf string       `json:"on_behalf_of,omitempty"`
	Values     forms.Values `json:"values"`
}

// recordValues returns the reported values of a record; none for records of another layout.
func recordValues(r countersign.Record) forms.Values {
	var body reportBody
	if err := json.Unmarshal(r.Body, &body); err != nil || body.Values == nil {
		return forms.Values{}
	}
	return body.Values
}
