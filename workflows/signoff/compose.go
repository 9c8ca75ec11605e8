package signoff

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"countersign"
	"countersign/forms"
)

// ShortCode is the short form of a digest that people compare by eye: twelve hex digits in groups of four.
func ShortCode(sha256 string) string {
	if len(sha256) < 12 {
		return ""
	}
	s := strings.ToUpper(sha256[:12])
	return s[:4] + "-" + s[4:8] + "-" + s[8:]
}

// Compose lays out what every process's form has in common: values, header, names, attachments and sign-offs. steps maps the
// step of a signature to its place in the form; signatures of other steps are not printed.
func Compose(d Dossier, steps map[string]string) forms.Document {
	doc := forms.Document{
		Values: d.Values, Names: d.Person, Attachments: map[string][]string{}, Sections: map[string]any{},
		Text: map[string]string{
			"number": d.Ticket.Number, "revision": fmt.Sprintf("第 %d 版", d.Revision.N), "short_code": ShortCode(d.Revision.SHA256),
			"state": "签署稿", // the page that signers read belongs to no later state
		},
	}
	if d.Ticket.State != "" {
		doc.Text["state"] = d.Ticket.State.Label()
	}
	for _, a := range d.Attachments {
		doc.Attachments[a.Field] = append(doc.Attachments[a.Field], a.Name)
	}
	last := map[string]countersign.Signature{}
	for _, s := range d.Signatures {
		last[steps[s.Step]] = s
	}
	for _, s := range d.Signatures {
		place := steps[s.Step]
		if place == "" || last[place].ID != s.ID {
			continue
		}
		signOff := forms.SignOff{
			Party: string(s.Party), Step: place, Opinion: opinion(s), Name: d.Person(s.Person), Organisation: d.Org(s.Organisation),
			Date: forms.PrintDate(s.SignedAt), Picture: s.Picture,
		}
		if s.OnBehalfOf != "" {
			signOff.OnBehalfOf = d.Person(s.OnBehalfOf)
		}
		doc.SignOffs = append(doc.SignOffs, signOff)
	}
	return doc
}

// opinion prints the decision where the paper form has only room for an opinion.
func opinion(s countersign.Signature) string {
	switch {
	case s.Decision == countersign.Approve && s.Opinion == "":
		return countersign.Approve.Label() + "。"
	case s.Decision == countersign.Approve:
		return s.Opinion
	}
	return s.Decision.Label() + "：" + s.Opinion
}

// Section decodes the last record of a kind into form values; nil when there is none.
func (d Dossier) Section(kind string) map[string]any {
	for i := len(d.Records) - 1; i >= 0; i-- {
		if r := d.Records[i]; r.Kind == kind {
			return decodeBody(r)
		}
	}
	return nil
}

// Each calls fn with the values of every record of a kind, in order.
func (d Dossier) Each(kind string, fn func(r countersign.Record, values map[string]any)) {
	for _, r := range d.Records {
		if r.Kind == kind {
			fn(r, decodeBody(r))
		}
	}
}

// Report is the body of the record of an execution step: what was reported, by whom, when and with which command, so that
// two equal reports are still two records.
type Report struct {
	Action     string       `json:"action"`
	Command    string       `json:"command"`
	At         time.Time    `json:"at"`
	Person     string       `json:"person"`
	OnBehalfOf string       `json:"on_behalf_of,omitempty"`
	Values     forms.Values `json:"values"`
}

// decodeBody reads the values of a record; one of another layout has none to print.
func decodeBody(r countersign.Record) map[string]any {
	var body Report
	if err := json.Unmarshal(r.Body, &body); err != nil || body.Values == nil {
		return map[string]any{}
	}
	return body.Values
}

// Moment prints a time as a form value; the zero of a pointer prints nothing.
func Moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339)
}
