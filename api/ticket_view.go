package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"countersign"
	"countersign/forms"
	"countersign/rbac"
	"countersign/workflows/signoff"
)

type numberInput struct {
	Number string `path:"number" maxLength:"40"`
}

type ticketOutput struct{ Body ticketBody }

// ticketBody is everything that a ticket's page shows.
type ticketBody struct {
	SummaryBody
	Form        forms.Values             `json:"form" doc:"values of the current revision, or of the draft of the next for its drafter"`
	FormVersion string                   `json:"form_version"`
	FormSHA256  string                   `json:"form_sha256"`
	ShortCode   string                   `json:"short_code" doc:"the form's digest in short, as printed on the page"`
	DraftOf     int                      `json:"draft_revision,omitempty" doc:"the revision that the drafter is writing"`
	Page        countersign.FileDigest   `json:"page" doc:"the page that is signed; empty before submission"`
	Tasks       []countersign.Task       `json:"tasks"`
	Signatures  []countersign.Signature  `json:"signatures" doc:"all that were counted once, void ones included, in order"`
	Records     []recordBody             `json:"records"`
	Attachments []countersign.Attachment `json:"attachments"`
	Drafters    []string                 `json:"drafters"`
	Names       map[string]string        `json:"names" doc:"names of the people and organisations that the ticket mentions, by ID"`
	Actions     []actionBody             `json:"actions" doc:"what the caller may do now"`
	WaiverAsked bool                     `json:"waiver_required" doc:"an approval of the waiting step must state the waiver of the notice (D-23)"`
}

// actionBody is something that the caller may do now.
type actionBody struct {
	Name       string `json:"name" doc:"approve, return, reject: POST decisions; others: POST actions/{name}"`
	Label      string `json:"label"`
	Section    string `json:"section,omitempty" doc:"form section that the body's values fill"`
	Step       string `json:"step,omitempty"`
	OnBehalfOf string `json:"on_behalf_of,omitempty" doc:"only as the stand-in of this person"`
}

type recordBody struct {
	ID      string       `json:"id"`
	Kind    string       `json:"kind"`
	Person  string       `json:"person"`
	At      time.Time    `json:"at"`
	Values  forms.Values `json:"values"`
	Counted bool         `json:"counted"`
}

func (s *Server) getTicket(ctx context.Context, c *call, in *numberInput) (*ticketOutput, error) {
	m, err := s.read(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	out := &ticketOutput{Body: ticketBody{Tasks: m.tasks, Drafters: m.drafters}}
	b := &out.Body
	if err := s.viewForm(ctx, c, m, b); err != nil {
		return nil, err
	}
	if b.Attachments, err = s.store.Attachments(ctx, m.Number); err != nil {
		return nil, err
	}
	b.Signatures = []countersign.Signature{}
	for _, sig := range m.signatures {
		if sig.Status == countersign.SignatureCounted || sig.Status == countersign.SignatureVoid {
			b.Signatures = append(b.Signatures, sig)
		}
	}
	if b.Records, err = s.viewRecords(ctx, m); err != nil {
		return nil, err
	}
	if b.Names, err = s.viewNames(ctx, m, b); err != nil {
		return nil, err
	}
	b.SummaryBody = s.summary(m.Ticket, b.Names)
	b.Actions, err = s.actionsFor(ctx, c, m)
	if err != nil {
		return nil, err
	}
	b.WaiverAsked = s.waiverAsked(ctx, m)
	return out, nil
}

// viewForm shows the submitted revision to its readers, and to a drafter who is writing the next one that draft.
func (s *Server) viewForm(ctx context.Context, c *call, m *matter, b *ticketBody) error {
	n := m.Revision
	drafts, err := s.drafts(ctx, c, m)
	if err != nil {
		return err
	}
	if m.State.Editable() && drafts {
		n = 0 // the last one
	}
	r, err := s.store.Revision(ctx, m.Number, n)
	if err != nil {
		return err
	}
	if r.SubmittedAt == nil {
		b.DraftOf = r.N
	}
	b.FormVersion, b.FormSHA256, b.ShortCode, b.Page = r.FormVersion, r.SHA256, signoff.ShortCode(r.SHA256), r.Document
	b.Form, err = forms.DecodeValues(r.Canonical)
	return err
}

func (s *Server) viewRecords(ctx context.Context, m *matter) ([]recordBody, error) {
	records, err := s.store.Records(ctx, m.Number)
	out := []recordBody{}
	for _, r := range records {
		if r.Counted {
			out = append(out, recordBody{ID: r.ID, Kind: r.Kind, Person: r.Person, At: r.At, Values: recordValues(r), Counted: r.Counted})
		}
	}
	return out, err
}

// viewNames collects the names of everybody on the page.
func (s *Server) viewNames(ctx context.Context, m *matter, b *ticketBody) (map[string]string, error) {
	ids := append([]string{m.Drafter}, m.drafters...)
	names := map[string]string{}
	for _, sig := range m.signatures {
		ids = append(ids, sig.Person, sig.OnBehalfOf)
		names[sig.Organisation] = s.organisationName(sig.Organisation)
	}
	for _, t := range m.tasks {
		ids = append(ids, t.Person)
		names[t.Organisation] = s.organisationName(t.Organisation)
	}
	for _, r := range b.Records {
		ids = append(ids, r.Person)
	}
	for _, step := range m.Chain {
		names[step.Organisation] = s.organisationName(step.Organisation)
	}
	ids = append(ids, mentioned(m.process.Form, b.Form)...)
	if m.Progress != nil {
		var progress any
		if err := json.Unmarshal(m.Progress, &progress); err != nil {
			return nil, err
		}
		ids = append(ids, words(progress)...)
	}
	people, err := s.people.names(ctx, ids)
	for id, name := range people {
		names[id] = name
	}
	delete(names, "")
	return names, err
}

// mentioned returns the person IDs in a form's values.
func mentioned(d *forms.Definition, v map[string]any) []string {
	var ids []string
	for _, f := range d.Fields {
		switch value := v[f.Key].(type) {
		case string:
			if f.Kind == "person" {
				ids = append(ids, value)
			}
		case []any:
			for _, item := range value {
				if id, ok := item.(string); ok && f.Kind == "persons" {
					ids = append(ids, id)
				}
				row, ok := item.(map[string]any)
				for _, column := range f.Columns {
					if id, isText := row[column.Key].(string); ok && isText && column.Kind == "person" {
						ids = append(ids, id)
					}
				}
			}
		}
	}
	return ids
}

// words returns the short texts in a process's projection; those that are person IDs get a name.
func words(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		if len(v) <= 16 && !strings.ContainsAny(v, " :") {
			out = append(out, v)
		}
	case []any:
		for _, item := range v {
			out = append(out, words(item)...)
		}
	case map[string]any:
		for _, item := range v {
			out = append(out, words(item)...)
		}
	}
	return out
}

// waiverAsked reports whether the process wants a waiver stated with an approval of the waiting step.
func (s *Server) waiverAsked(ctx context.Context, m *matter) bool {
	step, err := m.waitingStep()
	if err != nil || m.process.Decide == nil {
		return false
	}
	f, err := s.frozen(ctx, m.Ticket)
	if err != nil {
		return false
	}
	e := m.process.Decide(signoff.Deciding{Plan: f.plan.Plan, Now: s.clock(), Step: step, Decision: countersign.Approve})
	return e != nil && e.Code == countersign.ErrWaiver.Code
}

// decisionsOn lists the decisions that a step takes. A report can be returned, but what it reports cannot be undone.
func decisionsOn(step string) []countersign.Decision {
	if strings.HasPrefix(step, "report.") {
		return []countersign.Decision{countersign.Approve, countersign.Return}
	}
	return []countersign.Decision{countersign.Approve, countersign.Return, countersign.Reject}
}

// actionsFor lists what the caller may do now, alone or as a stand-in. It is a help for screens: each action is decided
// again when it is taken.
func (s *Server) actionsFor(ctx context.Context, c *call, m *matter) ([]actionBody, error) {
	principals, err := s.principals(ctx, c)
	if err != nil {
		return nil, err
	}
	out := []actionBody{}
	seen := map[string]bool{}
	for _, principal := range append([]string{""}, principals...) {
		asker := *c
		if s.actFor(ctx, &asker, principal) != nil {
			continue
		}
		for _, a := range s.actionsAs(ctx, &asker, m) {
			if !seen[a.Name] {
				seen[a.Name] = true
				a.OnBehalfOf = principal
				out = append(out, a)
			}
		}
	}
	return out, nil
}

func (s *Server) actionsAs(ctx context.Context, c *call, m *matter) []actionBody {
	var out []actionBody
	may := func(action string) bool { return s.permit(ctx, c, m, action, countersign.ChainStep{}) == nil }
	if step, err := m.waitingStep(); err == nil && s.permit(ctx, c, m, rbac.Sign(step.Party), step) == nil {
		for _, d := range decisionsOn(step.ID) {
			out = append(out, actionBody{Name: string(d), Label: d.Label(), Step: step.ID})
		}
	}
	drafting := c.actor.Overlaps(m.drafters) && !m.State.Closed()
	for _, v := range verbs {
		if (!v.drafter || drafting) && v.offered(m) && may(v.action) {
			out = append(out, actionBody{Name: v.name, Label: v.label})
		}
	}
	for _, a := range m.process.Actions {
		if m.waitsFor(a, c.person()) && may(a.Name) {
			out = append(out, actionBody{Name: a.Name, Label: a.Label, Section: a.Section})
		}
	}
	return out
}

// waitsFor reports whether an action makes sense now: a task asks this person for it, or it is free in this state.
func (m *matter) waitsFor(a signoff.Action, person string) bool {
	if people := m.tasksOf(a.Name); len(people) > 0 {
		return slices.Contains(people, "") || slices.Contains(people, person)
	}
	return slices.Contains(a.Free, m.State)
}

// tasksOf returns the people whom tasks ask for an action.
func (m *matter) tasksOf(action string) []string {
	var people []string
	for _, t := range m.tasks {
		if t.Kind == action {
			people = append(people, t.Person)
		}
	}
	return people
}
