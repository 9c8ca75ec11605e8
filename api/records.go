package api

import (
	"encoding/json"
	"time"

	"countersign"
	"countersign/forms"
	"countersign/workflows/signoff"
)

// newRecord makes a record of canonical JSON, named by its digest.
func newRecord(ticket, kind string, body any, person string, at time.Time) (*countersign.Record, error) {
	raw, err := canonical(body)
	if err != nil {
		return nil, err
	}
	return &countersign.Record{ID: forms.Digest(raw), Ticket: ticket, Kind: kind, Body: json.RawMessage(raw), Person: person, At: at}, nil
}

// recordValues returns the reported values of a record; none for records of another layout.
func recordValues(r countersign.Record) forms.Values {
	var body signoff.Report
	if err := json.Unmarshal(r.Body, &body); err != nil || body.Values == nil {
		return forms.Values{}
	}
	return body.Values
}
