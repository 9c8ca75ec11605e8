package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/forms"
	"countersign/workflows/signoff"
)

func (s *Server) actionRoutes() {
	register(s, huma.Operation{
		OperationID: "act", Method: http.MethodPost, Path: base + "/tickets/{number}/actions/{action}", Tags: []string{"tickets"},
		Summary: "Do something with a ticket",
		Description: "Every process takes submit, withdraw, cancel, remind and cc; each has its own execution steps besides, " +
			"whose values are a section of its form.",
	}, s.postAction)
}

type actionInput struct {
	Number string `path:"number" maxLength:"40"`
	Action string `path:"action" maxLength:"40"`
	Body   struct {
		Values     forms.Values `json:"values,omitempty" doc:"the section's values; for cc {\"people\": [\"P001\"]}"`
		OnBehalfOf string       `json:"on_behalf_of,omitempty" maxLength:"40"`
	}
}

// verb is an action that every process takes.
type verb struct {
	name    string
	label   string
	action  string // in the policy
	drafter bool   // only for the drafter
	offered func(*matter) bool
	do      func(*Server, context.Context, *call, *matter, forms.Values) (*answerOutput, error)
}

var verbs = []verb{
	{"submit", "提交", "submit", true, func(m *matter) bool { return m.State.Editable() }, (*Server).doSubmit},
	{"withdraw", "撤回", "withdraw", true, func(m *matter) bool { return m.State == countersign.StateSigning }, (*Server).doWithdraw},
	{"cancel", "作废", "cancel", true, func(m *matter) bool { return m.State.Editable() || m.State == countersign.StateApproved }, (*Server).doCancel},
	{"remind", "催办", "remind", false, func(m *matter) bool { return len(m.tasks) > 0 }, (*Server).doRemind},
	{"cc", "抄送", "cc", false, func(m *matter) bool { return m.Version > 0 }, (*Server).doCC},
}

func (s *Server) postAction(ctx context.Context, c *call, in *actionInput) (*answerOutput, error) {
	c.action = in.Action
	if err := s.actFor(ctx, c, in.Body.OnBehalfOf); err != nil {
		return nil, err
	}
	if in.Action == signoff.CmdSubmit || in.Action == signoff.CmdCancel {
		defer s.editing.lock(in.Number)()
	}
	m, err := s.open(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	out, err := s.act(ctx, c, m, in.Action, in.Body.Values)
	if err != nil && c.key != "" && !c.sent {
		// The same request may have got through before its answer was lost.
		if again, ok, rerr := s.repeated(ctx, c, m, s.sameAction(ctx, c, m, in.Action, in.Body.Values)); ok || rerr != nil {
			return again, rerr
		}
		if in.Action == signoff.CmdSubmit {
			if done, serr := s.store.SubmittedBy(ctx, m.Number, s.commandID(c, m.Number)); done || serr != nil {
				t, terr := s.store.Ticket(ctx, m.Number)
				return &answerOutput{Body: answerOfTicket(t)}, errors.Join(serr, terr)
			}
		}
	}
	return out, err
}

func (s *Server) act(ctx context.Context, c *call, m *matter, name string, values forms.Values) (*answerOutput, error) {
	for _, v := range verbs {
		if v.name == name {
			return v.do(s, ctx, c, m, values)
		}
	}
	action, ok := m.process.Action(name)
	if !ok {
		if err := s.mayRead(ctx, c, m); err != nil {
			return nil, err
		}
		return nil, countersign.ErrUnknownAction
	}
	return s.execute(ctx, c, m, action, values)
}

// execute reports an execution step: its values become a record, and the workflow learns what the process derives from them.
func (s *Server) execute(ctx context.Context, c *call, m *matter, action signoff.Action, values forms.Values) (*answerOutput, error) {
	c.actor.Party = s.seat(m, c.actor.Organisation)
	if err := s.permit(ctx, c, m, action.Name, countersign.ChainStep{}); err != nil {
		if hidden := s.mayRead(ctx, c, m); hidden != nil {
			return nil, hidden
		}
		return nil, err
	}
	switch {
	case m.State.Closed():
		return nil, countersign.ErrClosed
	case m.Version == 0:
		return nil, countersign.ErrNotWaiting
	}
	cmd := signoff.Command{ID: s.commandID(c, m.Number), Name: action.Name, Actor: c.actor, Revision: m.Revision}
	st := staged{}
	if action.Section == "" && len(values) > 0 {
		return nil, countersign.ErrMalformed.With(countersign.FieldError{Field: "values", Code: "unknown_field", Message: "该操作不需要填写内容"})
	}
	if action.Section != "" {
		record, facts, err := s.report(ctx, c, m, action, cmd.ID, values)
		if err != nil {
			return nil, err
		}
		st.record, cmd.Record, cmd.Facts = record, record.ID, facts
	}
	st.command = cmd
	ack, err := s.send(ctx, c, m, st)
	if err != nil {
		return nil, err
	}
	return &answerOutput{Body: answerOf(ack)}, nil
}

// report validates the values of an action's section and makes its record.
func (s *Server) report(ctx context.Context, c *call, m *matter, action signoff.Action, command string, values forms.Values) (*countersign.Record, map[string]string, error) {
	now := s.clock()
	env := s.formEnv(ctx, nil, now) // sections have no attachment fields
	values, problems := m.process.Form.Section(action.Section).Validate(values, forms.Submit, env.Env)
	if env.err != nil {
		return nil, nil, env.err
	}
	if len(problems) > 0 {
		return nil, nil, countersign.ErrInvalid.With(fieldErrors(problems)...)
	}
	var facts map[string]string
	if action.Facts != nil {
		facts = action.Facts(values)
	}
	record, err := newRecord(m.Number, action.Section, signoff.Report{
		Action: action.Name, Command: command, At: now.UTC(), Person: c.actor.Person, OnBehalfOf: c.actor.OnBehalfOf, Values: values,
	}, c.actor.Person, now)
	return record, facts, err
}

func (s *Server) doSubmit(ctx context.Context, c *call, m *matter, _ forms.Values) (*answerOutput, error) {
	return s.submit(ctx, c, m)
}

func (s *Server) doWithdraw(ctx context.Context, c *call, m *matter, _ forms.Values) (*answerOutput, error) {
	return s.drafterCommand(ctx, c, m, string(countersign.Withdraw))
}

// drafterCommand sends a command that belongs to the drafter and carries nothing.
func (s *Server) drafterCommand(ctx context.Context, c *call, m *matter, name string) (*answerOutput, error) {
	if err := s.mayDraft(ctx, c, m, name); err != nil {
		return nil, err
	}
	if m.Version == 0 {
		return nil, countersign.ErrNotWaiting
	}
	c.actor.Party = s.seat(m, c.actor.Organisation)
	cmd := signoff.Command{ID: s.commandID(c, m.Number), Name: name, Actor: c.actor, Revision: m.Revision}
	ack, err := s.send(ctx, c, m, staged{command: cmd})
	if err != nil {
		return nil, err
	}
	return &answerOutput{Body: answerOf(ack)}, nil
}

// doCancel gives a request up. A draft has no workflow yet and is closed here.
func (s *Server) doCancel(ctx context.Context, c *call, m *matter, _ forms.Values) (*answerOutput, error) {
	if m.Version > 0 {
		return s.drafterCommand(ctx, c, m, signoff.CmdCancel)
	}
	if err := s.mayDraft(ctx, c, m, signoff.CmdCancel); err != nil {
		return nil, err
	}
	now := s.clock()
	tr := countersign.Transition{
		ID: signoff.CmdCancel, Ticket: m.Number, Version: 1, State: countersign.StateCancelled, Revision: m.Revision, At: now,
		Events: []countersign.Event{{Action: signoff.CmdCancel, Actor: c.actor, At: now}},
	}
	if _, err := s.store.Apply(ctx, tr, s.config.Calendar.Due); err != nil {
		return nil, err
	}
	t, err := s.store.Ticket(ctx, m.Number)
	return &answerOutput{Body: answerOfTicket(t)}, err
}

// doRemind tells whoever a ticket waits for that somebody waits for them (催办), at most once in a while.
func (s *Server) doRemind(ctx context.Context, c *call, m *matter, _ forms.Values) (*answerOutput, error) {
	if err := s.permitOrHide(ctx, c, m, "remind"); err != nil {
		return nil, err
	}
	if len(m.tasks) == 0 {
		return nil, countersign.ErrNotWaiting
	}
	now := s.clock()
	last, err := s.store.LastReminder(ctx, m.Number)
	if err != nil {
		return nil, err
	}
	if last != nil && now.Sub(*last) < s.limits.RemindPause {
		return nil, countersign.ErrRemindSoon
	}
	people, err := s.awaited(ctx, m)
	if err != nil {
		return nil, err
	}
	if err := s.store.Remind(ctx, m.Number, c.actor.Person, people, now); err != nil {
		return nil, err
	}
	c.note("people", strconv.Itoa(len(people)))
	return &answerOutput{Body: answerOfTicket(m.Ticket)}, s.audit(ctx, c, "remind")
}

// awaited returns the people whom a ticket's tasks wait for.
func (s *Server) awaited(ctx context.Context, m *matter) ([]string, error) {
	seen := map[string]bool{}
	var people []string
	add := func(id string) {
		if id != "" && !seen[id] {
			seen[id] = true
			people = append(people, id)
		}
	}
	for _, t := range m.tasks {
		add(t.Person)
		if t.Person != "" || t.Role == "" {
			continue
		}
		holders, err := s.store.RoleHolders(ctx, t.Role, m.System, t.Organisation)
		if err != nil {
			return nil, err
		}
		for _, p := range holders {
			add(p.ID)
		}
	}
	return people, nil
}

// doCC sends people a copy: they may read the ticket from then on (抄送).
func (s *Server) doCC(ctx context.Context, c *call, m *matter, values forms.Values) (*answerOutput, error) {
	if err := s.permitOrHide(ctx, c, m, "cc"); err != nil {
		return nil, err
	}
	if m.Version == 0 {
		return nil, countersign.ErrNotWaiting
	}
	people, err := s.ccPeople(ctx, values)
	if err != nil {
		return nil, err
	}
	if err := s.store.AddCC(ctx, m.Number, c.actor.Person, people, s.clock()); err != nil {
		return nil, err
	}
	c.note("people", strings.Join(people, " "))
	return &answerOutput{Body: answerOfTicket(m.Ticket)}, s.audit(ctx, c, "cc")
}

// maxCC is how many people one request may send a copy to.
const maxCC = 50

func (s *Server) ccPeople(ctx context.Context, values forms.Values) ([]string, error) {
	bad := func(message string) error {
		return countersign.ErrBadFacts.With(countersign.FieldError{Field: "people", Code: "bad_people", Message: message})
	}
	list, ok := values["people"].([]any)
	if !ok || len(values) != 1 || len(list) == 0 || len(list) > maxCC {
		return nil, bad("请选择 1 至 50 名抄送人员")
	}
	var people []string
	for _, item := range list {
		id, _ := item.(string)
		p, err := s.people.person(ctx, id)
		if countersign.CodeOf(err) == countersign.ErrNotFound.Code || err == nil && p.Disabled {
			return nil, bad("没有这名人员，或其账号已停用")
		}
		if err != nil {
			return nil, err
		}
		people = append(people, id)
	}
	return people, nil
}

// permitOrHide decides an action; to those who may not even see the ticket it does not exist.
func (s *Server) permitOrHide(ctx context.Context, c *call, m *matter, action string) error {
	err := s.permit(ctx, c, m, action, countersign.ChainStep{})
	if err == nil {
		return nil
	}
	if hidden := s.mayRead(ctx, c, m); hidden != nil {
		return hidden
	}
	return err
}
