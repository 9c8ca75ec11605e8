package signoff_test

import (
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign"
	"countersign/workflows/signoff"
	"countersign/workflows/signoff/desktest"
)

// chainOnly is the smallest process: the approval chain, then closed.
func chainOnly(ctx workflow.Context, in signoff.Input) error {
	desk, err := signoff.Open(ctx, in)
	if err != nil {
		return err
	}
	state, err := desk.Approve(ctx, nil)
	if err != nil {
		return err
	}
	if state == countersign.StateApproved {
		state = countersign.StateFiled
	}
	return desk.Close(ctx, state, nil)
}

var (
	signerI = desktest.Actor("P002", countersign.Implementer)
	signerS = desktest.Actor("P010", countersign.Supervisor)
	signerC = desktest.Actor("P020", countersign.Client)
	drafter = desktest.Actor("P001", countersign.Implementer)
)

func approve(step string, rev int, a countersign.Actor) signoff.Command {
	return desktest.Decide(countersign.Approve, step, rev, a)
}

func submit(rev int, a countersign.Actor) signoff.Command {
	return signoff.Command{Name: signoff.CmdSubmit, Revision: rev, Actor: a, Plan: []byte(`{}`)}
}

func standIn(a countersign.Actor, principal string) countersign.Actor {
	a.OnBehalfOf = principal
	return a
}

func TestApprove(t *testing.T) {
	const i, s, c = "approval.implementer", "approval.supervisor", "approval.client"
	tests := []struct {
		name  string
		cmds  []signoff.Command
		codes []string
		end   countersign.State
	}{
		{"straight", []signoff.Command{approve(i, 1, signerI), approve(s, 1, signerS), approve(c, 1, signerC)},
			[]string{"", "", ""}, countersign.StateFiled},
		{"out of order", []signoff.Command{approve(c, 1, signerC), approve(s, 1, signerS), desktest.Decide(countersign.Reject, i, 1, signerI)},
			[]string{"wrong_step", "wrong_step", ""}, countersign.StateRejected},
		{"wrong party and organisation", []signoff.Command{
			approve(i, 1, signerS),
			approve(i, 1, countersign.Actor{Person: "P099", Party: countersign.Implementer, Organisation: "nantian"}),
			desktest.Decide(countersign.Reject, i, 1, signerI)},
			[]string{"wrong_party", "wrong_organisation", ""}, countersign.StateRejected},
		{"own draft, also through a stand-in", []signoff.Command{
			approve(i, 1, drafter), approve(i, 1, standIn(signerI, "P001")), approve(i, 1, standIn(drafter, "P002")),
			desktest.Decide(countersign.Reject, i, 1, signerI)},
			[]string{"own_draft", "own_draft", "own_draft", ""}, countersign.StateRejected},
		{"two parties, also through a stand-in", []signoff.Command{
			approve(i, 1, signerI),
			approve(s, 1, countersign.Actor{Person: "P002", Party: countersign.Supervisor, Organisation: "supervisor"}),
			approve(s, 1, standIn(signerS, "P002")), approve(s, 1, signerS),
			approve(c, 1, standIn(signerC, "P010")), desktest.Decide(countersign.Reject, c, 1, signerC)},
			[]string{"", "two_parties", "two_parties", "", "two_parties", ""}, countersign.StateRejected},
		{"no signature", []signoff.Command{{Name: "approve", Step: i, Revision: 1, Actor: signerI}, desktest.Decide(countersign.Reject, i, 1, signerI)},
			[]string{"bad_action", ""}, countersign.StateRejected},
		{"return and revise", []signoff.Command{
			approve(i, 1, signerI), desktest.Decide(countersign.Return, s, 1, signerS),
			approve(s, 1, signerS), submit(1, drafter), submit(2, signerI), submit(2, drafter),
			approve(s, 2, signerS), approve(i, 1, signerI), approve(i, 2, signerI), approve(s, 2, signerS), approve(c, 2, signerC)},
			[]string{"", "", "wrong_step", "stale_revision", "not_drafter", "", "wrong_step", "stale_revision", "", "", ""}, countersign.StateFiled},
		{"who signed before a return cannot sign for another party after it", []signoff.Command{
			approve(i, 1, signerI), desktest.Decide(countersign.Return, s, 1, signerS), submit(2, drafter),
			approve(i, 2, standIn(signerI, "P010")), desktest.Decide(countersign.Reject, i, 2, signerI)},
			[]string{"", "", "", "two_parties", ""}, countersign.StateRejected},
		{"withdraw, revise, cancel", []signoff.Command{
			approve(i, 1, signerI), {Name: "withdraw", Actor: signerI}, {Name: "withdraw", Actor: drafter}, {Name: "withdraw", Actor: drafter},
			approve(s, 1, signerS), {Name: signoff.CmdCancel, Actor: signerI}, {Name: signoff.CmdCancel, Actor: drafter}},
			[]string{"", "not_drafter", "", "not_waiting", "wrong_step", "not_drafter", ""}, countersign.StateCancelled},
		{"a stand-in drafts and then cannot sign", []signoff.Command{
			{Name: "withdraw", Actor: standIn(signerI, "P001")}, submit(2, standIn(signerI, "P001")), approve(i, 2, signerI),
			desktest.Decide(countersign.Reject, i, 2, desktest.Actor("P003", countersign.Implementer))},
			[]string{"", "", "own_draft", ""}, countersign.StateRejected},
		{"waiver by the supervisor", []signoff.Command{
			approve(i, 1, signerI),
			func() signoff.Command {
				c := approve(s, 1, signerS)
				c.Waivers = []string{countersign.WaiveNotice}
				return c
			}(), desktest.Decide(countersign.Reject, s, 1, signerS)},
			[]string{"", "waiver_not_allowed", ""}, countersign.StateRejected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := desktest.New(t, chainOnly)
			for n, cmd := range tt.cmds {
				r.At(time.Duration(n+1)*time.Minute, cmd)
			}
			r.Go(desktest.Input(map[string]int{}))
			if !slices.Equal(r.Codes, tt.codes) {
				t.Errorf("codes %q, want %q", r.Codes, tt.codes)
			}
			if last := r.Last(); last.State != tt.end || len(last.Tasks) != 0 {
				t.Errorf("ended in %s with %d tasks, want %s with none", last.State, len(last.Tasks), tt.end)
			}
			if len(r.Filed) != 1 {
				t.Errorf("filed %v", r.Filed)
			}
		})
	}
}

func TestReturnVoidsEarlierSignatures(t *testing.T) {
	r := desktest.New(t, chainOnly)
	r.At(time.Minute, approve("approval.implementer", 1, signerI))
	r.At(2*time.Minute, desktest.Decide(countersign.Return, "approval.supervisor", 1, signerS))
	r.At(3*time.Minute, signoff.Command{Name: signoff.CmdCancel, Actor: drafter})
	r.Go(desktest.Input(nil))
	back := r.Applied[1]
	if back.State != countersign.StateReturned || back.VoidBefore != 2 || back.Signature != "sig-P010" {
		t.Fatalf("returned transition %+v", back)
	}
	if len(back.Tasks) != 1 || back.Tasks[0].Person != "P001" || back.Tasks[0].Kind != "revise" {
		t.Fatalf("tasks after a return: %+v", back.Tasks)
	}
}

func TestTwoSignersAtOnce(t *testing.T) {
	r := desktest.New(t, chainOnly)
	first := r.At(time.Minute, approve("approval.implementer", 1, signerI))
	second := r.At(time.Minute, approve("approval.implementer", 1, desktest.Actor("P003", countersign.Implementer)))
	r.At(2*time.Minute, desktest.Decide(countersign.Reject, "approval.supervisor", 1, signerS))
	r.Go(desktest.Input(nil))
	if r.Codes[first] != "" || r.Codes[second] != "wrong_step" {
		t.Fatalf("codes %q: one of two simultaneous signers must lose", r.Codes)
	}
}

func TestClocksMissButNeverDecide(t *testing.T) {
	r := desktest.New(t, chainOnly)
	r.At(time.Minute, approve("approval.implementer", 1, signerI))
	r.At(30*24*time.Hour, desktest.Decide(countersign.Reject, "approval.supervisor", 1, signerS))
	r.Go(desktest.Input(nil))
	var missed []time.Time
	for _, tr := range r.Applied {
		for _, e := range tr.Events {
			if e.Action == "clock_missed" {
				missed = append(missed, e.At)
			}
		}
	}
	base := desktest.Start.Add(time.Minute)
	if len(missed) != 2 || !missed[0].Equal(base.Add(24*time.Hour)) || !missed[1].Equal(base.Add(48*time.Hour)) {
		t.Fatalf("missed clocks at %v, want one and two days after %v", missed, base)
	}
	if r.Codes[1] != "" {
		t.Fatalf("a late decision was refused: %q", r.Codes[1])
	}
}

func TestCommandAfterClose(t *testing.T) {
	r := desktest.New(t, func(ctx workflow.Context, in signoff.Input) error {
		if err := chainOnly(ctx, in); err != nil {
			return err
		}
		return workflow.Sleep(ctx, time.Hour)
	})
	r.At(time.Minute, desktest.Decide(countersign.Reject, "approval.implementer", 1, signerI))
	late := r.At(2*time.Minute, approve("approval.implementer", 1, signerI))
	r.Go(desktest.Input(nil))
	if r.Codes[late] != "ticket_closed" {
		t.Fatalf("code %q", r.Codes[late])
	}
}

func TestDecisionWhileAClockIsMissed(t *testing.T) {
	r := desktest.New(t, chainOnly)
	during := -1
	r.Committing = func(tr countersign.Transition) {
		if during < 0 && slices.ContainsFunc(tr.Events, func(e countersign.Event) bool { return e.Action == "clock_missed" }) {
			during = r.Now(approve("approval.supervisor", 1, signerS))
			time.Sleep(50 * time.Millisecond) // the workflow hears of the decision before the commit is over
		}
	}
	r.At(time.Minute, approve("approval.implementer", 1, signerI))
	r.At(30*time.Hour, approve("approval.client", 1, signerC))
	r.Go(desktest.Input(nil))
	if during < 0 || r.Codes[during] != "" || r.Last().State != countersign.StateFiled {
		t.Fatalf("codes %q, ended as %s: a decision during a commit was answered but not carried out", r.Codes, r.Last().State)
	}
}
