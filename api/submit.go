package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"countersign"
	"countersign/forms"
	"countersign/internal/store"
	"countersign/rbac"
	"countersign/workflows/signoff"
)

// submit takes a ticket from its drafter into the chain: the form is checked as a whole, frozen, and rendered as the page
// that the signers will see.
func (s *Server) submit(ctx context.Context, c *call, m *matter) (*answerOutput, error) {
	c.action = signoff.CmdSubmit
	if err := s.mayDraft(ctx, c, m, "submit"); err != nil {
		return nil, err
	}
	revision, err := s.openRevision(ctx, c, m)
	if err != nil {
		return nil, err
	}
	now := s.clock()
	raw, revision, err := s.checkForm(ctx, c, m, revision, now)
	if err != nil {
		return nil, err
	}
	submission, err := s.freeze(ctx, m, revision)
	if err != nil {
		return nil, err
	}
	plan := planBody{Command: s.commandID(c, m.Number), Revision: revision.N, Plan: raw}
	record, err := newRecord(m.Number, planKind, plan, c.actor.Person, now)
	if err != nil {
		return nil, err
	}
	c.actor.Party = s.seat(m, c.actor.Organisation)
	if m.Version == 0 {
		if err := s.store.StageRecord(ctx, *record); err != nil {
			return nil, err
		}
		return s.firstSubmit(ctx, c, m, submission, &frozen{revision: revision, drafters: m.drafters, plan: plan}, now)
	}
	cmd := signoff.Command{ID: plan.Command, Name: signoff.CmdSubmit, Actor: c.actor, Revision: revision.N, Plan: raw}
	ack, err := s.send(ctx, c, m, staged{command: cmd, record: record, submission: submission})
	if err != nil {
		return nil, err
	}
	return &answerOutput{Body: answerOf(ack)}, nil
}

// mayDraft decides an action that belongs to the drafter, or to whoever stands in for the drafter. Nobody drafts who has
// signed the ticket for another party.
func (s *Server) mayDraft(ctx context.Context, c *call, m *matter, action string) error {
	if err := s.permit(ctx, c, m, action, countersign.ChainStep{}); err != nil {
		if hidden := s.mayRead(ctx, c, m); hidden != nil {
			return hidden
		}
		return err
	}
	if !c.actor.Overlaps(m.drafters) {
		return countersign.ErrNotDrafter
	}
	signed := m.signed()
	if c.actor.Overlaps(signed[countersign.Supervisor]) || c.actor.Overlaps(signed[countersign.Client]) {
		return countersign.ErrTwoParties
	}
	if m.State.Closed() {
		return countersign.ErrClosed
	}
	return nil
}

// openRevision returns the revision to submit. After a return or withdrawal an unchanged form becomes a new revision. Who
// submits for the drafter counts as a drafter from then on.
func (s *Server) openRevision(ctx context.Context, c *call, m *matter) (countersign.Revision, error) {
	if !m.State.Editable() {
		return countersign.Revision{}, countersign.ErrNotWaiting
	}
	last, err := s.store.Revision(ctx, m.Number, 0)
	if err != nil {
		return last, err
	}
	drafts := true
	for _, id := range c.actor.Identities() {
		drafts = drafts && slices.Contains(m.drafters, id)
	}
	if last.SubmittedAt == nil && drafts {
		return last, nil
	}
	n := last.N
	if last.SubmittedAt != nil {
		n++
	}
	saved, err := s.store.SaveRevision(ctx, store.RevisionDraft{
		Ticket: m.Number, N: n, Canonical: last.Canonical, FormVersion: m.process.Form.Version(), By: c.actor, At: s.clock(),
	})
	if err == nil {
		m.drafters, err = s.store.Drafters(ctx, m.Number)
	}
	return saved, err
}

// checkForm validates a revision for submission. All problems come back together, field by field.
func (s *Server) checkForm(ctx context.Context, c *call, m *matter, revision countersign.Revision, now time.Time) (json.RawMessage, countersign.Revision, error) {
	var values forms.Values
	if err := json.Unmarshal(revision.Canonical, &values); err != nil {
		return nil, revision, err
	}
	attachments, err := s.store.Attachments(ctx, m.Number)
	if err != nil {
		return nil, revision, err
	}
	values, plan, err := s.checkValues(ctx, m.process, m.Ticket, values, attachments, now)
	if err != nil {
		return nil, revision, err
	}
	bytes, err := forms.Canonical(values)
	if err != nil {
		return nil, revision, err
	}
	if forms.Digest(bytes) != revision.SHA256 || revision.FormVersion != m.process.Form.Version() {
		revision, err = s.store.SaveRevision(ctx, store.RevisionDraft{
			Ticket: m.Number, N: revision.N, Canonical: bytes, FormVersion: m.process.Form.Version(), By: c.actor, At: now,
		})
		if err != nil {
			return nil, revision, err
		}
	}
	return plan, revision, nil
}

// errRules is the cause of a refusal by a process's own rules: the form is well filled in, but what it asks for is not allowed.
var errRules = errors.New("refused by the rules of the process")

// checkValues applies the form definition and then the process's own rules. It returns the normalised values and the facts
// that the workflow will need.
func (s *Server) checkValues(ctx context.Context, p *signoff.Process, t countersign.Ticket, v forms.Values, files []countersign.Attachment, now time.Time) (forms.Values, json.RawMessage, error) {
	env := s.formEnv(ctx, files, now)
	values, problems := p.Form.Validate(v, forms.Submit, env.Env)
	if env.err != nil {
		return nil, nil, env.err
	}
	if len(problems) > 0 {
		return nil, nil, countersign.ErrInvalid.With(fieldErrors(problems)...)
	}
	plan, found, err := p.Prepare(ctx, signoff.Submission{Ticket: t, Values: values, Now: now, Rules: packRules{s.pack}, Linked: s.store.Ticket, May: s.may(p.Key, t.System)})
	if err != nil {
		return nil, nil, err
	}
	if len(found) > 0 {
		return nil, nil, countersign.ErrInvalid.With(found...).Because(errRules)
	}
	return values, plan, nil
}

// may answers whether people whom a form names could do an action of a process on a system.
func (s *Server) may(process, system string) func(context.Context, string, string) (bool, error) {
	return func(ctx context.Context, person, action string) (bool, error) {
		p, err := s.people.person(ctx, person)
		if errors.Is(err, countersign.ErrNotFound) || err == nil && p.Disabled {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		q := rbac.Request{Person: person, Organisation: p.Organisation, System: system, Object: process, Action: action}
		return s.rbac.Decide(ctx, q) == nil, nil
	}
}

// formEnv is what validation looks up. The lookups cannot fail in the form engine, so the first failure is kept in err.
type formEnv struct {
	forms.Env
	err error
}

func (s *Server) formEnv(ctx context.Context, files []countersign.Attachment, now time.Time) *formEnv {
	env := &formEnv{Env: forms.Env{Now: now, Location: s.pack.Calendar().Location(), Attachments: map[string]int{}}}
	for _, a := range files {
		env.Attachments[a.Field]++
	}
	env.PersonExists = func(id string) bool {
		p, err := s.people.person(ctx, id)
		env.keep(err)
		return err == nil && !p.Disabled
	}
	env.TicketExists = func(process, number string) bool {
		t, err := s.store.Ticket(ctx, number)
		env.keep(err)
		return err == nil && t.Process == process
	}
	return env
}

func (e *formEnv) keep(err error) {
	if err != nil && e.err == nil && !errors.Is(err, countersign.ErrNotFound) {
		e.err = err
	}
}

func fieldErrors(problems []forms.FieldProblem) []countersign.FieldError {
	out := make([]countersign.FieldError, 0, len(problems))
	for _, p := range problems {
		out = append(out, countersign.FieldError(p))
	}
	return out
}

// freeze renders the page of a revision and lists what its signers answer for.
func (s *Server) freeze(ctx context.Context, m *matter, revision countersign.Revision) (*store.Submission, error) {
	template, err := s.templates.Template(ctx, m.Process, "")
	if err != nil {
		return nil, err
	}
	page, err := s.config.Documents.RevisionPage(ctx, m.Number, revision.N)
	if err != nil {
		return nil, err
	}
	if after, err := s.templates.Template(ctx, m.Process, ""); err != nil || after.Digest() != template.Digest() {
		return nil, errors.Join(countersign.ErrConflict, err)
	}
	attachments, err := s.store.Attachments(ctx, m.Number)
	if err != nil {
		return nil, err
	}
	frozen := &store.Submission{
		Revision: revision.N, SHA256: revision.SHA256, Document: page, FormVersion: revision.FormVersion, TemplateSHA256: template.Digest(),
		Attachments: []countersign.FileDigest{},
	}
	for _, a := range attachments {
		frozen.Attachments = append(frozen.Attachments, countersign.FileDigest{Name: a.Name, SHA256: a.SHA256})
	}
	return frozen, nil
}

// firstSubmit freezes the chain, stores the ticket at its first step, and starts its workflow. Once it is stored the
// submission stands: a workflow that could not be started now is started by the reconciler.
func (s *Server) firstSubmit(ctx context.Context, c *call, m *matter, sub *store.Submission, f *frozen, now time.Time) (*answerOutput, error) {
	chain := make([]countersign.ChainStep, 0, len(m.process.Chain))
	for _, seat := range m.process.Chain {
		chain = append(chain, countersign.ChainStep{
			ID: seat.Step, Party: seat.Party, Role: seat.Role, Organisation: s.pack.PartyOrganisation(m.System, seat.Party),
		})
	}
	clocks, err := signClocks(s.pack)
	if err != nil {
		return nil, err
	}
	due, err := s.config.Calendar.Due(clocks[0], now)
	if err != nil {
		return nil, err
	}
	t, err := s.store.Submit(ctx, store.SubmitInput{
		Ticket: m.Number, Command: f.plan.Command, Submission: *sub, Chain: chain, At: now, Due: &due,
		Tasks:  []countersign.Task{signoff.SignTask(chain[0])},
		Events: []countersign.Event{{Action: signoff.CmdSubmit, Actor: c.actor, At: now, Detail: map[string]string{"revision": strconv.Itoa(sub.Revision)}}},
	})
	if err != nil {
		return nil, err
	}
	f.revision.Document, f.revision.Attachments, f.revision.TemplateSHA256 = sub.Document, sub.Attachments, sub.TemplateSHA256
	s.cache.put(f)
	in, err := workflowInput(s.pack, t, m.drafters, f.plan.Plan, now)
	if err == nil {
		err = s.config.Engine.Start(ctx, in, m.process.WorkflowName)
	}
	if err != nil {
		s.log.ErrorContext(ctx, "workflow not started, left to the reconciler", slog.String("ticket", t.Number), slog.Any("cause", err))
	}
	return &answerOutput{Body: answerOfTicket(t)}, nil
}
