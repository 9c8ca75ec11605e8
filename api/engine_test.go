package api

import (
	"context"
	"sync"
	"time"

	"countersign"
	"countersign/internal/store"
	"countersign/workflows/signoff"
)

// fakeEngine stands for the workflows: it moves tickets on as the upgrade's workflow does, without any of its checks.
type fakeEngine struct {
	store    *store.Store
	clock    func() time.Time
	mu       sync.Mutex
	started  []signoff.Input
	commands []signoff.Command
	acks     map[string]signoff.Ack
	refuse   *countersign.Error // answer of the next command
	lose     bool               // carry the next command out but lose its answer
	down     bool               // do not even carry it out
}

func (e *fakeEngine) Start(_ context.Context, in signoff.Input, _ string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.down {
		return countersign.ErrUnavailable
	}
	e.started = append(e.started, in)
	return nil
}

func (e *fakeEngine) Command(ctx context.Context, ticket string, cmd signoff.Command) (signoff.Ack, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if ack, done := e.acks[cmd.ID]; done {
		return ack, nil
	}
	if refuse := e.refuse; refuse != nil {
		e.refuse = nil
		return signoff.Ack{}, refuse
	}
	if e.down {
		return signoff.Ack{}, countersign.ErrUnavailable
	}
	ack, err := e.apply(ctx, ticket, cmd)
	if err != nil {
		return ack, err
	}
	e.commands, e.acks[cmd.ID] = append(e.commands, cmd), ack
	if e.lose {
		e.lose = false
		return signoff.Ack{}, countersign.ErrUnavailable
	}
	return ack, nil
}

func (e *fakeEngine) apply(ctx context.Context, ticket string, cmd signoff.Command) (signoff.Ack, error) {
	t, err := e.store.Ticket(ctx, ticket)
	if err != nil {
		return signoff.Ack{}, err
	}
	tr := countersign.Transition{
		ID: cmd.ID, Ticket: ticket, Version: t.Version + 1, State: t.State, Step: t.Step, Revision: t.Revision, Signature: cmd.Signature,
		Record: cmd.Record, At: e.clock(), Events: []countersign.Event{{Action: cmd.Name, Actor: cmd.Actor}},
	}
	e.next(t, cmd, &tr)
	if _, err := e.store.Apply(ctx, tr, naturalHours{}.Due); err != nil {
		return signoff.Ack{}, err
	}
	return signoff.Ack{Ticket: ticket, Version: tr.Version, State: tr.State, Step: tr.Step, Revision: tr.Revision}, nil
}

func (e *fakeEngine) next(t countersign.Ticket, cmd signoff.Command, tr *countersign.Transition) {
	sign := func(state countersign.State, step countersign.ChainStep) {
		tr.State, tr.Step, tr.Tasks = state, step.ID, []countersign.Task{signoff.SignTask(step)}
	}
	client := t.Chain[len(t.Chain)-1]
	operator := func(kind string) []countersign.Task {
		return []countersign.Task{{Kind: kind, Party: countersign.Implementer, Organisation: t.Chain[0].Organisation, Person: "P004"}}
	}
	done := func(state countersign.State) { tr.State, tr.Step = state, "" }
	switch cmd.Name {
	case "approve":
		for i, step := range t.Chain {
			if step.ID == t.Step && i+1 < len(t.Chain) {
				sign(countersign.StateSigning, t.Chain[i+1])
				return
			}
		}
		switch t.Step {
		case "result.client":
			done(countersign.StateReport)
			tr.Tasks = operator("report")
		case "report.client":
			done(countersign.StateFiled)
		default:
			done(countersign.StateApproved)
			tr.Tasks = operator("start")
		}
	case "return", "withdraw":
		done(map[string]countersign.State{"return": countersign.StateReturned, "withdraw": countersign.StateWithdrawn}[cmd.Name])
		tr.VoidBefore, tr.Tasks = t.Revision+1, []countersign.Task{{Kind: "revise", Person: t.Drafter}}
	case "reject":
		done(countersign.StateRejected)
	case "cancel":
		done(countersign.StateCancelled)
	case "submit":
		tr.Revision = cmd.Revision
		sign(countersign.StateSigning, t.Chain[0])
	case "start":
		done(countersign.StateExecuting)
		tr.Tasks = operator("results")
	case "results":
		client.ID = "result.client"
		sign(countersign.StateConfirm, client)
	case "report":
		client.ID = "report.client"
		sign(countersign.StateAccept, client)
	default:
		tr.Tasks = operator("results")
	}
}
