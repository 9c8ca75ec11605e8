package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/forms"
	"countersign/internal/store"
	"countersign/rbac"
	"countersign/workflows/signoff"
)

func (s *Server) ticketRoutes() {
	register(s, huma.Operation{
		OperationID: "createTicket", Method: http.MethodPost, Path: base + "/tickets", Tags: []string{"tickets"},
		Summary: "Draft a ticket, and submit it unless draft is set", DefaultStatus: http.StatusCreated,
	}, s.createTicket)
	register(s, huma.Operation{
		OperationID: "listTickets", Method: http.MethodGet, Path: base + "/tickets", Tags: []string{"tickets"},
		Summary: "One page of a box, newest change first",
	}, s.listTickets)
	register(s, huma.Operation{
		OperationID: "getTicket", Method: http.MethodGet, Path: base + "/tickets/{number}", Tags: []string{"tickets"},
		Summary: "A ticket with everything that its page shows",
	}, s.getTicket)
}

type createInput struct {
	Body struct {
		Process    string       `json:"process" maxLength:"40"`
		System     string       `json:"system" maxLength:"80" doc:"key of a system or subsystem"`
		Form       forms.Values `json:"form" doc:"values by field key, see GET /processes/{process}/form"`
		Draft      bool         `json:"draft,omitempty" doc:"keep it as a draft, e.g. to attach files first"`
		OnBehalfOf string       `json:"on_behalf_of,omitempty" maxLength:"40"`
	}
}

func (s *Server) createTicket(ctx context.Context, c *call, in *createInput) (*answerOutput, error) {
	c.action = "draft"
	c.note("process", in.Body.Process)
	c.note("system", in.Body.System)
	process, err := s.process(in.Body.Process)
	if err != nil {
		return nil, err
	}
	if _, ok := s.pack.System(in.Body.System); !ok {
		return nil, countersign.ErrUnknownSystem
	}
	if err := s.actFor(ctx, c, in.Body.OnBehalfOf); err != nil {
		return nil, err
	}
	err = s.decide(ctx, c, rbac.Request{System: in.Body.System, Object: process.Key, Action: "draft"})
	if err != nil {
		return nil, err
	}
	now := s.clock()
	values, err := s.newValues(ctx, c, process, in.Body.System, in.Body.Form, in.Body.Draft, now)
	if err != nil {
		return nil, err
	}
	content, err := forms.Canonical(values)
	if err != nil {
		return nil, err
	}
	c.actor.Party = s.pack.PartyOf(in.Body.System, c.actor.Organisation)
	t, err := s.store.CreateTicket(ctx, store.NewTicket{
		Process: process.Key, Prefix: process.Prefix, Contract: s.pack.Info.Key, System: in.Body.System,
		Title: s.title(process.Name, in.Body.System, values), Drafter: c.actor, Canonical: content, FormVersion: process.Form.Version(), At: now,
		Events: []countersign.Event{{Action: "draft", Actor: c.actor, At: now}},
	})
	if err != nil {
		return nil, err
	}
	if in.Body.Draft {
		return &answerOutput{Body: answerOfTicket(t)}, nil
	}
	m, err := s.open(ctx, c, t.Number)
	if err != nil {
		return nil, err
	}
	return s.submit(ctx, c, m)
}

// newValues checks the form of a new ticket: as a draft, or as a whole when it is to be submitted at once, so that a form
// with problems leaves nothing behind.
func (s *Server) newValues(ctx context.Context, c *call, p *signoff.Process, system string, v forms.Values, draft bool, now time.Time) (forms.Values, error) {
	if !draft {
		c.action = signoff.CmdSubmit
		t := countersign.Ticket{Process: p.Key, Contract: s.pack.Info.Key, System: system, State: countersign.StateDraft, Drafter: c.person()}
		values, _, err := s.checkValues(ctx, p, t, v, nil, now)
		return values, err
	}
	values, problems := p.Form.Validate(v, forms.Draft, forms.Env{Location: s.pack.Calendar().Location()})
	if len(problems) > 0 {
		return nil, countersign.ErrInvalid.With(fieldErrors(problems)...)
	}
	return values, nil
}

// title is what lists show: the system, the kind of ticket, and its version or name when the form has one.
func (s *Server) title(process, system string, v forms.Values) string {
	found, _ := s.pack.System(system)
	parts := []string{found.Name, process}
	for _, key := range []string{"release_version", "requirement_name", "title", "name"} {
		if text, ok := v[key].(string); ok && text != "" {
			parts = append(parts, shorten(strings.Join(strings.Fields(text), " "), 60))
			break
		}
	}
	return strings.Join(parts, " ")
}

type listInput struct {
	Box     string `query:"box" enum:"todo,mine,done,cc,all" default:"todo"`
	Q       string `query:"q" maxLength:"100" doc:"words of number and title"`
	State   string `query:"state" maxLength:"20"`
	System  string `query:"system" maxLength:"80"`
	Process string `query:"process" maxLength:"40"`
	Cursor  string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type listOutput struct {
	Body struct {
		Items      []SummaryBody `json:"items"`
		NextCursor string        `json:"next_cursor,omitempty" doc:"absent on the last page"`
	}
}

// SummaryBody is a ticket in a list.
type SummaryBody struct {
	countersign.Ticket
	StateLabel  string `json:"state_label"`
	ProcessName string `json:"process_name"`
	SystemName  string `json:"system_name"`
	DrafterName string `json:"drafter_name"`
	DueText     string `json:"due_text,omitempty" doc:"the deadline in words"`
}

func (s *Server) listTickets(ctx context.Context, c *call, in *listInput) (*listOutput, error) {
	if in.State != "" && !countersign.State(in.State).Valid() {
		return nil, countersign.ErrMalformed.With(countersign.FieldError{Field: "state", Code: "unknown", Message: "没有这种状态"})
	}
	principals, err := s.principals(ctx, c)
	if err != nil {
		return nil, err
	}
	readable := s.readable(c.session.Person)
	tickets, next, err := s.store.ListTickets(ctx, s.query(c, principals, readable, store.Query{
		Box: store.Box(in.Box), State: countersign.State(in.State), System: in.System, Process: in.Process, Q: in.Q,
		Page: store.Page{Cursor: in.Cursor, Limit: in.Limit},
	}))
	if err != nil {
		return nil, err
	}
	if tickets, err = s.dropUnreadable(ctx, c, store.Box(in.Box), readable, tickets); err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(tickets))
	for _, t := range tickets {
		ids = append(ids, t.Drafter)
	}
	names, err := s.people.names(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items, out.Body.NextCursor = []SummaryBody{}, next
	for _, t := range tickets {
		t.Progress = nil
		out.Body.Items = append(out.Body.Items, s.summary(t, names))
	}
	return out, nil
}

func (s *Server) summary(t countersign.Ticket, names map[string]string) SummaryBody {
	b := SummaryBody{Ticket: t, StateLabel: t.State.Label(), ProcessName: t.Process, SystemName: t.System, DrafterName: names[t.Drafter]}
	if p, err := s.process(t.Process); err == nil {
		b.ProcessName = p.Name
	}
	if system, ok := s.pack.System(t.System); ok {
		b.SystemName = system.Name
	}
	if t.DueAt != nil && !t.State.Closed() {
		b.DueText = s.pack.Calendar().Describe(s.clock(), *t.DueAt)
	}
	return b
}

// readable is what a person may read: for each process the systems whose submitted tickets are theirs to see.
type readable map[string][]string

func (s *Server) readable(p countersign.Person) readable {
	r := readable{}
	for _, process := range s.processes {
		r[process.Key] = s.rbac.Systems(p.ID, p.Organisation, process.Key, "read")
	}
	return r
}

// query adds to q who asks and which systems' tickets they may read.
func (s *Server) query(c *call, principals []string, r readable, q store.Query) store.Query {
	q.Person, q.Principals = c.person(), principals
	union := map[string]bool{}
	for process, systems := range r {
		if q.Process != "" && q.Process != process {
			continue
		}
		for _, system := range systems {
			union[system] = true
		}
	}
	q.Visible = sortedKeys(union)
	if len(union) == len(s.pack.Systems()) {
		q.Visible = []string{"*"}
	}
	return q
}

// dropUnreadable removes tickets of a process that the caller may not read from a list that the database cut by systems
// only. What somebody has to do with stays.
func (s *Server) dropUnreadable(ctx context.Context, c *call, box store.Box, r readable, tickets []countersign.Ticket) ([]countersign.Ticket, error) {
	if box != store.BoxAll {
		return tickets, nil
	}
	out := tickets[:0]
	for _, t := range tickets {
		if !slices.Contains(r[t.Process], t.System) {
			involved, err := s.store.Involved(ctx, t.Number, c.person())
			if err != nil {
				return nil, err
			}
			if !involved {
				continue
			}
		}
		out = append(out, t)
	}
	return out, nil
}
