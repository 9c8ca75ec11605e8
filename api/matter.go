package api

import (
	"context"
	"errors"

	"countersign"
	"countersign/rbac"
	"countersign/workflows/signoff"
)

// matter is a ticket with what must be known to decide who may do what with it.
type matter struct {
	countersign.Ticket
	process    *signoff.Process
	tasks      []countersign.Task
	drafters   []string
	signatures []countersign.Signature // of every status, in signing order
}

// open loads a ticket and makes its audit chain that of the call. It gives no permission.
func (s *Server) open(ctx context.Context, c *call, number string) (*matter, error) {
	t, err := s.store.Ticket(ctx, number)
	if err != nil {
		return nil, err
	}
	c.ticket = t.Number
	m := &matter{Ticket: t}
	if m.process, err = s.process(t.Process); err != nil {
		return nil, countersign.ErrNotFound.Because(err) // switched off in the pack
	}
	if m.tasks, err = s.tasksOf(ctx, t); err != nil {
		return nil, err
	}
	if m.drafters, err = s.draftersOf(ctx, t); err != nil {
		return nil, err
	}
	m.signatures, err = s.store.Signatures(ctx, t.Number)
	return m, err
}

// tasksOf returns what a ticket waits for. In the chain that is the signature of its step, and needs no look-up.
func (s *Server) tasksOf(ctx context.Context, t countersign.Ticket) ([]countersign.Task, error) {
	if t.State == countersign.StateSigning {
		for _, step := range t.Chain {
			if step.ID == t.Step {
				task := signoff.SignTask(step)
				task.Ticket, task.DueAt = t.Number, t.DueAt
				return []countersign.Task{task}, nil
			}
		}
	}
	return s.store.Tasks(ctx, t.Number)
}

func (s *Server) draftersOf(ctx context.Context, t countersign.Ticket) ([]string, error) {
	// A closed ticket may be a draft that was given up and never submitted.
	if t.State.Editable() || t.State.Closed() {
		return s.store.Drafters(ctx, t.Number)
	}
	f, err := s.frozen(ctx, t)
	if err != nil {
		return nil, err
	}
	return f.drafters, nil
}

// read opens a ticket for somebody who may see it. To all others it does not exist; the attempt is recorded.
func (s *Server) read(ctx context.Context, c *call, number string) (*matter, error) {
	m, err := s.open(ctx, c, number)
	if err != nil {
		return nil, err
	}
	return m, s.mayRead(ctx, c, m)
}

func (s *Server) mayRead(ctx context.Context, c *call, m *matter) error {
	refusal := s.visible(ctx, c, m)
	var e *countersign.Error
	if refusal == nil || !errors.As(refusal, &e) || e.Kind != countersign.KindForbidden {
		return refusal
	}
	if _, err := s.store.AppendAudit(ctx, c.entry(countersign.OutcomeRefused, e.Code)); err != nil {
		return err
	}
	return countersign.ErrNotFound.Because(refusal)
}

// visible decides the read permission. A draft is its drafters' own until it is submitted.
func (s *Server) visible(ctx context.Context, c *call, m *matter) error {
	err := s.permit(ctx, c, m, "read", countersign.ChainStep{})
	if err == nil && m.State == countersign.StateDraft && m.Version == 0 {
		actor := countersign.Actor{Person: c.person()}
		if !actor.Overlaps(m.drafters) {
			err = countersign.ErrForbidden
		}
	}
	if err == nil || countersign.CodeOf(err) == countersign.ErrInternal.Code {
		return err
	}
	// Whoever has to do with the ticket reads it, and so does who stands in for such a person.
	people := []string{c.person()}
	principals, perr := s.principals(ctx, c)
	if perr != nil {
		return perr
	}
	involved, ierr := s.store.Involved(ctx, m.Number, append(people, principals...)...)
	if ierr != nil {
		return ierr
	}
	if involved {
		return nil
	}
	for _, principal := range principals {
		if m.Version == 0 {
			break
		}
		p, perr := s.people.person(ctx, principal)
		if perr != nil {
			return perr
		}
		q := s.question(m, "read", countersign.ChainStep{})
		q.Person, q.Organisation = principal, p.Organisation
		if s.rbac.Decide(ctx, q) == nil {
			return nil
		}
	}
	return err
}

// permit asks Casbin whether the caller may do an action with the ticket. step is set for signing.
func (s *Server) permit(ctx context.Context, c *call, m *matter, action string, step countersign.ChainStep) error {
	return s.decide(ctx, c, s.question(m, action, step))
}

func (s *Server) question(m *matter, action string, step countersign.ChainStep) rbac.Request {
	return rbac.Request{
		System: m.System, Object: m.Process, Action: action,
		Ticket: &rbac.Ticket{Chain: m.Chain, Step: step, Drafters: m.drafters, Signed: m.signed()},
	}
}

// signed returns who signed for which party, in any revision. Refused and unsettled signatures do not count.
func (m *matter) signed() map[countersign.Party][]string {
	out := map[countersign.Party][]string{}
	for _, sig := range m.signatures {
		if sig.Status == countersign.SignatureCounted || sig.Status == countersign.SignatureVoid {
			actor := countersign.Actor{Person: sig.Person, OnBehalfOf: sig.OnBehalfOf}
			out[sig.Party] = append(out[sig.Party], actor.Identities()...)
		}
	}
	return out
}

// previous returns the digest of the signature that the next statement names, "" for none.
func (m *matter) previous() string {
	for i := len(m.signatures) - 1; i >= 0; i-- {
		if st := m.signatures[i].Status; st == countersign.SignatureCounted || st == countersign.SignatureVoid {
			return m.signatures[i].ID
		}
	}
	return ""
}

// waitingStep returns the step that waits for a signature.
func (m *matter) waitingStep() (countersign.ChainStep, error) {
	if m.State.Closed() {
		return countersign.ChainStep{}, countersign.ErrClosed
	}
	for _, t := range m.tasks {
		if t.Kind == "sign" && t.Step == m.Step {
			return countersign.ChainStep{ID: t.Step, Party: t.Party, Organisation: t.Organisation, Role: t.Role}, nil
		}
	}
	return countersign.ChainStep{}, countersign.ErrNotWaiting
}

// seat returns the party that an organisation plays on the ticket, by the frozen chain or, where that does not name it, by
// the contract.
func (s *Server) seat(m *matter, organisation string) countersign.Party {
	for _, step := range m.Chain {
		if step.Organisation == organisation {
			return step.Party
		}
	}
	return s.pack.PartyOf(m.System, organisation)
}
