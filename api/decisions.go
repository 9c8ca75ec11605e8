package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/rbac"
	"countersign/workflows/signoff"
)

func (s *Server) decisionRoutes() {
	register(s, huma.Operation{
		OperationID: "decide", Method: http.MethodPost, Path: base + "/tickets/{number}/decisions", Tags: []string{"tickets"},
		Summary:     "Sign a decision on the waiting step",
		Description: "approve, return and reject are signed with the caller's own key, unlocked by `pin`. withdraw belongs to the drafter and is not signed.",
	}, s.postDecision)
}

type decisionInput struct {
	Number string `path:"number" maxLength:"40"`
	Body   decisionBody
}

type decisionBody struct {
	Decision    countersign.Decision `json:"decision" enum:"approve,return,reject,withdraw"`
	Opinion     string               `json:"opinion,omitempty" maxLength:"2000" doc:"required for return and reject"`
	PIN         string               `json:"pin,omitempty" maxLength:"64" doc:"unlocks the signing key; never stored"`
	Waivers     []string             `json:"waivers,omitempty" maxItems:"4" uniqueItems:"true" doc:"notice_lead_time: the client waives the two working days (D-23)"`
	Handwriting string               `json:"handwriting,omitempty" maxLength:"400000" doc:"PNG of the handwritten name, Base64, with or without data:image/png;base64,"`
	OnBehalfOf  string               `json:"on_behalf_of,omitempty" maxLength:"40" doc:"person ID of the principal whom the caller stands in for"`
	Step        string               `json:"step,omitempty" maxLength:"64" doc:"the step that the caller read; refused when another one waits"`
	Revision    int                  `json:"revision,omitempty" minimum:"0" doc:"the revision that the caller read; refused when it is not current"`
}

// AnswerBody says where a ticket stands after a change.
type AnswerBody struct {
	Number     string            `json:"number"`
	State      countersign.State `json:"state"`
	StateLabel string            `json:"state_label"`
	Step       string            `json:"step"`
	Revision   int               `json:"revision"`
	Version    int               `json:"version"`
	DueAt      *time.Time        `json:"due_at,omitempty"`
	Signature  string            `json:"signature,omitempty" doc:"digest of the signature that was made"`
}

type answerOutput struct{ Body AnswerBody }

func answerOf(a signoff.Ack) AnswerBody {
	return AnswerBody{Number: a.Ticket, State: a.State, StateLabel: a.State.Label(), Step: a.Step, Revision: a.Revision, Version: a.Version, DueAt: a.DueAt}
}

func answerOfTicket(t countersign.Ticket) AnswerBody {
	return AnswerBody{Number: t.Number, State: t.State, StateLabel: t.State.Label(), Step: t.Step, Revision: t.Revision, Version: t.Version, DueAt: t.DueAt}
}

func (s *Server) postDecision(ctx context.Context, c *call, in *decisionInput) (*answerOutput, error) {
	b := &in.Body
	c.action = string(b.Decision)
	var err error
	if b.Opinion, err = freeText("opinion", b.Opinion); err != nil {
		return nil, err
	}
	if err := s.actFor(ctx, c, b.OnBehalfOf); err != nil {
		return nil, err
	}
	m, err := s.open(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	if b.Decision == countersign.Withdraw {
		return s.drafterCommand(ctx, c, m, string(countersign.Withdraw))
	}
	out, err := s.sign(ctx, c, m, b)
	if err != nil && c.key != "" && !c.sent {
		// The same request may have got through before its answer was lost.
		if again, ok, rerr := s.repeated(ctx, c, m, s.sameDecision(c, m, b)); ok || rerr != nil {
			return again, rerr
		}
	}
	return out, err
}

// sign checks a decision by the same rules as the workflow, signs it, stores signature and command in one transaction, and
// hands the command to the workflow.
func (s *Server) sign(ctx context.Context, c *call, m *matter, b *decisionBody) (*answerOutput, error) {
	step, err := s.checkDecision(ctx, c, m, b)
	if err != nil {
		return nil, err
	}
	sig, err := s.makeSignature(ctx, c, m, step, b)
	if err != nil {
		return nil, err
	}
	cmd := signoff.Command{
		ID: s.commandID(c, m.Number), Name: string(b.Decision), Actor: c.actor, Step: step.ID, Revision: m.Revision,
		Signature: sig.ID, Waivers: b.Waivers,
	}
	ack, err := s.send(ctx, c, m, staged{command: cmd, signature: sig})
	if err != nil {
		return nil, err
	}
	out := &answerOutput{Body: answerOf(ack)}
	out.Body.Signature = sig.ID
	s.metrics.decisions.WithLabelValues(m.Process, string(b.Decision)).Inc()
	return out, nil
}

// checkDecision applies every rule that does not need the key. It fills in the actor's party and organisation.
func (s *Server) checkDecision(ctx context.Context, c *call, m *matter, b *decisionBody) (countersign.ChainStep, error) {
	c.actor.Party = s.seat(m, c.actor.Organisation)
	step, err := m.waitingStep()
	if err != nil {
		if hidden := s.mayRead(ctx, c, m); hidden != nil {
			err = hidden
		}
		return step, err
	}
	c.note("step", step.ID)
	if err := s.permit(ctx, c, m, rbac.Sign(step.Party), step); err != nil {
		if s.signsElsewhere(ctx, c, m, step) {
			return step, countersign.ErrWrongStep
		}
		if hidden := s.mayRead(ctx, c, m); hidden != nil {
			err = hidden
		}
		return step, err
	}
	switch {
	case b.Step != "" && b.Step != step.ID:
		return step, countersign.ErrWrongStep
	case b.Revision != 0 && b.Revision != m.Revision:
		return step, countersign.ErrStaleRevision
	case !slices.Contains(decisionsOn(step.ID), b.Decision):
		return step, countersign.ErrNotWaiting
	case b.Decision != countersign.Approve && b.Opinion == "":
		return step, countersign.ErrOpinion
	case len(b.Waivers) > 0 && step.Party != countersign.Client:
		return step, countersign.ErrNoWaiver
	}
	c.actor.Party = step.Party
	if m.process.Decide == nil {
		return step, nil
	}
	f, err := s.frozen(ctx, m.Ticket)
	if err != nil {
		return step, err
	}
	deciding := signoff.Deciding{Plan: f.plan.Plan, Now: s.clock(), Step: step, Decision: b.Decision, Waivers: b.Waivers, Actor: c.actor}
	if e := m.process.Decide(deciding); e != nil {
		return step, e
	}
	return step, nil
}

// signsElsewhere reports whether the caller signs another step of this ticket: then the answer is "not your turn".
func (s *Server) signsElsewhere(ctx context.Context, c *call, m *matter, waiting countersign.ChainStep) bool {
	for _, step := range m.Chain {
		if step.ID == waiting.ID || step.Party == waiting.Party {
			continue
		}
		if s.permit(ctx, c, m, rbac.Sign(step.Party), step) == nil {
			return true
		}
	}
	return false
}
