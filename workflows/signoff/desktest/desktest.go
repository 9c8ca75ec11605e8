package desktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	tlog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"countersign"
	"countersign/activities"
	"countersign/workflows/signoff"
)

// Start is when every run begins: Wednesday 2024-08-07 09:00 in Beijing.
var Start = time.Date(2024, 8, 7, 1, 0, 0, 0, time.UTC)

// Chain is the three-party chain of the tests.
func Chain() []countersign.ChainStep {
	return []countersign.ChainStep{
		{ID: "approval.implementer", Party: countersign.Implementer, Organisation: "huabo", Role: "implementer.signer"},
		{ID: "approval.supervisor", Party: countersign.Supervisor, Organisation: "supervisor", Role: "supervisor.signer"},
		{ID: "approval.client", Party: countersign.Client, Organisation: "client", Role: "client.signer"},
	}
}

// Actor plays a party of Chain.
func Actor(person string, party countersign.Party) countersign.Actor {
	for _, s := range Chain() {
		if s.Party == party {
			return countersign.Actor{Person: person, Party: party, Organisation: s.Organisation}
		}
	}
	return countersign.Actor{Person: person}
}

// Input is a submitted ticket drafted by P001.
func Input(plan any) signoff.Input {
	raw, err := json.Marshal(plan)
	if err != nil {
		panic(err)
	}
	return signoff.Input{
		Ticket: "UPG-2024-000001", Process: "upgrade", Contract: "bjmz-2024", System: "document_flow", Drafter: "P001",
		Chain: Chain(), Revision: 1, Plan: raw, SubmittedAt: Start,
		Clocks: []countersign.Clock{{Name: "remind", Calendar: "natural", Amount: 24}, {Name: "escalate", Calendar: "natural", Amount: 24}},
	}
}

// Decide is a signed decision on a step in revision rev.
func Decide(d countersign.Decision, step string, rev int, actor countersign.Actor) signoff.Command {
	return signoff.Command{Name: string(d), Step: step, Revision: rev, Actor: actor, Signature: "sig-" + actor.Person}
}

// Run is one workflow under test.
type Run struct {
	t       testing.TB
	env     *testsuite.TestWorkflowEnvironment
	Applied []countersign.Transition
	Filed   []string
	// Codes holds the answer to each command in order of sending: "" for accepted, else the error code.
	Codes []string
	Acks  []signoff.Ack
	// Committing, when set, is called while a transition is being stored, before the workflow hears of it.
	Committing func(countersign.Transition)
}

// New prepares a run; send commands with At, then call Go.
func New(t testing.TB, wf func(workflow.Context, signoff.Input) error) *Run {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(tlog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	r := &Run{t: t, env: suite.NewTestWorkflowEnvironment()}
	r.env.SetStartTime(Start)
	r.env.SetTestTimeout(20 * time.Second)
	r.env.SetWorkflowRunTimeout(10 * 365 * 24 * time.Hour)
	r.env.RegisterWorkflowWithOptions(wf, workflow.RegisterOptions{Name: "under-test"})
	r.env.RegisterActivityWithOptions(r.apply, activity.RegisterOptions{Name: activities.NameApply})
	r.env.RegisterActivityWithOptions(r.file, activity.RegisterOptions{Name: activities.NameFile})
	return r
}

func (r *Run) apply(_ context.Context, t countersign.Transition) (countersign.Applied, error) {
	if want := len(r.Applied) + 2; t.Version != want {
		return countersign.Applied{}, fmt.Errorf("version %d, want %d", t.Version, want)
	}
	r.Applied = append(r.Applied, t)
	if r.Committing != nil {
		r.Committing(t)
	}
	if t.Clock == nil {
		return countersign.Applied{DueAt: t.Due}, nil
	}
	due := t.At.Add(time.Duration(t.Clock.Amount) * time.Hour)
	return countersign.Applied{DueAt: &due}, nil
}

func (r *Run) file(_ context.Context, f activities.Filing) error {
	r.Filed = append(r.Filed, f.Ticket)
	return nil
}

// At sends a command after a delay from Start and returns its index in Codes.
func (r *Run) At(after time.Duration, cmd signoff.Command) int {
	i := r.add(&cmd)
	r.env.RegisterDelayedCallback(func() { r.update(i, cmd) }, after)
	return i
}

// Now sends a command at once, for use in Committing, and returns its index in Codes.
func (r *Run) Now(cmd signoff.Command) int {
	i := r.add(&cmd)
	r.update(i, cmd)
	return i
}

func (r *Run) add(cmd *signoff.Command) int {
	r.Codes, r.Acks = append(r.Codes, "pending"), append(r.Acks, signoff.Ack{})
	i := len(r.Codes) - 1
	if cmd.ID == "" {
		cmd.ID = fmt.Sprintf("u%d", i)
	}
	return i
}

func (r *Run) update(i int, cmd signoff.Command) {
	r.env.UpdateWorkflow(signoff.UpdateCommand, cmd.ID, &testsuite.TestUpdateCallback{
		OnReject:   func(err error) { r.Codes[i] = code(err) },
		OnAccept:   func() {},
		OnComplete: func(v any, err error) { r.complete(i, v, err) },
	}, cmd)
}

func (r *Run) complete(i int, v any, err error) {
	if err != nil {
		r.Codes[i] = code(err)
		return
	}
	r.Codes[i] = ""
	if ack, ok := v.(signoff.Ack); ok {
		r.Acks[i] = ack
	}
}

func code(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Type()
	}
	return err.Error()
}

// Go executes the workflow until it ends and fails the test when the workflow failed.
func (r *Run) Go(in signoff.Input) {
	r.t.Helper()
	r.env.ExecuteWorkflow("under-test", in)
	if err := r.env.GetWorkflowError(); err != nil {
		r.t.Fatalf("workflow: %v", err)
	}
}

// GoUnfinished executes a run whose commands leave the ticket open, and cancels it at the given time.
func (r *Run) GoUnfinished(in signoff.Input, after time.Duration) {
	r.env.RegisterDelayedCallback(r.env.CancelWorkflow, after)
	r.env.ExecuteWorkflow("under-test", in)
}

// Last returns the last applied transition.
func (r *Run) Last() countersign.Transition {
	r.t.Helper()
	if len(r.Applied) == 0 {
		r.t.Fatal("no transition was applied")
	}
	return r.Applied[len(r.Applied)-1]
}

// Actions lists the actions of all applied events in order.
func (r *Run) Actions() []string {
	var out []string
	for _, t := range r.Applied {
		for _, e := range t.Events {
			out = append(out, e.Action)
		}
	}
	return out
}
