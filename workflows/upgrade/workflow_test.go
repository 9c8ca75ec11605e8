package upgrade

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"countersign"
	"countersign/workflows/signoff"
	"countersign/workflows/signoff/desktest"
)

var (
	operator  = desktest.Actor("P004", countersign.Implementer)
	colleague = desktest.Actor("P005", countersign.Implementer)
	signerI   = desktest.Actor("P002", countersign.Implementer)
	signerS   = desktest.Actor("P010", countersign.Supervisor)
	signerC   = desktest.Actor("P020", countersign.Client)
)

// plan opens its window one hour after Start, for two hours; success must be signed 30 minutes later.
func plan() Plan {
	return Plan{
		WindowFrom: desktest.Start.Add(time.Hour), WindowTo: desktest.Start.Add(3 * time.Hour), ConfirmLimitMinutes: 30,
		Operators: []string{"P004", "P005"}, Rollback: []RollbackStep{{Owner: "P004", LimitMinutes: 10}, {Owner: "P005", LimitMinutes: 10}},
	}
}

type move struct {
	after time.Duration
	cmd   signoff.Command
	code  string
}

func do(name string, a countersign.Actor) signoff.Command {
	return signoff.Command{Name: name, Actor: a}
}

func with(c signoff.Command, key, value string) signoff.Command {
	c.Facts = map[string]string{key: value}
	return c
}

func decision(d countersign.Decision, step string, a countersign.Actor) signoff.Command {
	return desktest.Decide(d, step, 1, a)
}

func approvals() []move {
	return []move{
		{time.Minute, decision(countersign.Approve, "approval.implementer", signerI), ""},
		{2 * time.Minute, decision(countersign.Approve, "approval.supervisor", signerS), ""},
		{3 * time.Minute, decision(countersign.Approve, "approval.client", signerC), ""},
	}
}

func TestExecution(t *testing.T) {
	const in, m = time.Hour + time.Minute, time.Minute
	passed, failed := with(do("results", operator), "passed", "true"), with(do("results", operator), "passed", "false")
	confirm := decision(countersign.Approve, "result.client", signerC)
	accept := decision(countersign.Approve, "report.client", signerC)
	done, check := do("rollback_done", operator), with(do("rollback_confirm", colleague), "passed", "true")
	rollback := []move{{0, done, ""}, {m, check, ""}, {2 * m, done, ""}, {3 * m, check, ""}, {4 * m, do("report", operator), ""}, {5 * m, accept, ""}}
	from := func(start time.Duration, moves []move) []move {
		out := slices.Clone(moves)
		for i := range out {
			out[i].after += start
		}
		return out
	}
	tests := []struct {
		name     string
		moves    []move
		state    countersign.State
		outcome  string
		failedBy string
		actions  []string // must occur
	}{
		{"success", []move{{in, do("start", operator), ""}, {in + m, do("note", operator), ""}, {in + 2*m, passed, ""}, {in + 3*m, confirm, ""}, {in + 4*m, do("report", operator), ""}, {in + 5*m, accept, ""}},
			countersign.StateFiled, outcomeSuccess, "", nil},
		{"start too early, by nobody named, by a stand-in", []move{
			{30 * m, do("start", operator), "too_early"}, {in, do("start", signerI), "not_named"},
			{in, do("start", countersign.Actor{Person: "P009", OnBehalfOf: "P004", Party: countersign.Implementer, Organisation: "huabo"}), "not_named"}},
			countersign.StateExpired, "", "", []string{"window_passed"}},
		// The workflow has ended by then: nobody answers in the test environment, Temporal answers "not found".
		{"start too late", []move{{4 * time.Hour, do("start", operator), "pending"}}, countersign.StateExpired, "", "", []string{"window_passed"}},
		{"work before start", []move{{in, passed, "not_waiting"}, {in, do("report", operator), "not_waiting"}}, countersign.StateExpired, "", "", nil},
		{"cancelled before the start", []move{{in, do("cancel", operator), "not_drafter"}, {in + m, do("cancel", desktest.Actor("P001", countersign.Implementer)), ""}}, countersign.StateCancelled, "", "", nil},
		{"a failed test rolls back", append([]move{{in, do("start", operator), ""}, {in + m, failed, ""}}, from(in+2*m, rollback)...),
			countersign.StateFiled, outcomeRolledBack, "test_failed", nil},
		{"by hand", append([]move{{in, do("start", operator), ""}, {in + m, do("rollback", signerC), ""}}, from(in+2*m, rollback)...),
			countersign.StateFiled, outcomeRolledBack, "by_hand", nil},
		{"the client refuses", append([]move{{in, do("start", operator), ""}, {in + m, passed, ""}, {in + 2*m, decision(countersign.Reject, "result.client", signerC), ""}}, from(in+3*m, rollback)...),
			countersign.StateFiled, outcomeRolledBack, "client_refused", nil},
		{"the client asks for another test", []move{{in, do("start", operator), ""}, {in + m, passed, ""}, {in + 2*m, decision(countersign.Return, "result.client", signerC), ""},
			{in + 3*m, confirm, "wrong_step"}, {in + 4*m, passed, ""}, {in + 5*m, confirm, ""}, {in + 6*m, do("report", operator), ""}, {in + 7*m, accept, ""}},
			countersign.StateFiled, outcomeSuccess, "", nil},
		{"the dead-man clock rolls back", append([]move{{in, do("start", operator), ""}, {in + m, passed, ""}, {4 * time.Hour, confirm, "wrong_step"}}, from(4*time.Hour+m, rollback)...),
			countersign.StateFiled, outcomeRolledBack, "dead_man_clock", []string{"dead_man_clock", "clock_missed"}},
		{"rollback steps need two people and their order", []move{{in, do("start", operator), ""}, {in + m, failed, ""},
			{in + 2*m, check, "not_waiting"}, {in + 3*m, done, ""}, {in + 4*m, with(do("rollback_confirm", operator), "passed", "true"), "same_person"},
			{in + 5*m, with(do("rollback_confirm", countersign.Actor{Person: "P005", OnBehalfOf: "P004", Party: countersign.Implementer, Organisation: "huabo"}), "passed", "true"), "same_person"},
			{in + 6*m, with(do("rollback_confirm", colleague), "passed", "false"), ""}, {in + 7*m, check, "not_waiting"},
			{in + 8*m, done, ""}, {in + 9*m, check, ""}, {in + 10*m, done, ""}, {in + 11*m, check, ""}, {in + 12*m, do("report", operator), ""}, {in + 13*m, accept, ""}},
			countersign.StateFiled, outcomeRolledBack, "test_failed", nil},
		{"rollback goes on without the operators", []move{{in, do("start", operator), ""}, {in + m, failed, ""},
			{in + 2*m, do("rollback_done", signerI), "not_named"},
			{in + 3*m, do("rollback_done", countersign.Actor{Person: "P009", OnBehalfOf: "P004", Party: countersign.Implementer, Organisation: "huabo"}), ""},
			{in + 4*m, check, ""}, {in + 5*m, do("rollback_done", signerI), "not_named"}, {in + 20*m, do("rollback_done", signerS), "not_named"},
			{in + 21*m, do("rollback_done", signerI), ""}, {in + 22*m, check, ""}, {in + 23*m, do("report", operator), ""}, {in + 24*m, accept, ""}},
			countersign.StateFiled, outcomeRolledBack, "test_failed", []string{"clock_missed"}},
		{"a returned report is written again", []move{{in, do("start", operator), ""}, {in + m, passed, ""}, {in + 2*m, confirm, ""}, {in + 3*m, do("report", operator), ""},
			{in + 4*m, decision(countersign.Return, "report.client", signerC), ""}, {in + 5*m, accept, "wrong_step"}, {in + 6*m, do("report", operator), ""}, {in + 7*m, accept, ""}},
			countersign.StateFiled, outcomeSuccess, "", nil},
		{"an outsider acts", []move{{in, do("start", operator), ""}, {in + m, do("rollback", countersign.Actor{Person: "P050", Party: countersign.Implementer, Organisation: "nantian"}), "wrong_organisation"},
			{in + 2*m, decision(countersign.Approve, "result.client", signerS), "wrong_step"}, {in + 3*m, passed, ""}, {in + 4*m, decision(countersign.Approve, "result.client", signerS), "wrong_party"}, {in + 5*m, confirm, ""},
			{in + 6*m, do("report", operator), ""}, {in + 7*m, accept, ""}},
			countersign.StateFiled, outcomeSuccess, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := desktest.New(t, Workflow)
			moves := append(approvals(), tt.moves...)
			for _, mv := range moves {
				r.At(mv.after, mv.cmd)
			}
			r.Go(desktest.Input(plan()))
			for i, mv := range moves {
				if r.Codes[i] != mv.code {
					t.Errorf("move %d (%s at %v): code %q, want %q", i, mv.cmd.Name, mv.after, r.Codes[i], mv.code)
				}
			}
			checkEnd(t, r, tt.state, tt.outcome, tt.failedBy)
			for _, a := range tt.actions {
				if !slices.Contains(r.Actions(), a) {
					t.Errorf("no event %s in %v", a, r.Actions())
				}
			}
		})
	}
}

func checkEnd(t *testing.T, r *desktest.Run, state countersign.State, outcome, failedBy string) {
	t.Helper()
	last := r.Last()
	if last.State != state {
		t.Errorf("ended as %s, want %s", last.State, state)
	}
	var p Progress
	if err := json.Unmarshal(last.Progress, &p); err != nil {
		t.Fatalf("progress %q: %v", last.Progress, err)
	}
	if p.Outcome != outcome || p.FailedBy != failedBy {
		t.Errorf("outcome %q failed by %q, want %q by %q", p.Outcome, p.FailedBy, outcome, failedBy)
	}
	if outcome == outcomeRolledBack {
		for i, s := range p.Rollback {
			if s.DoneBy == "" || s.ConfirmedBy == "" || s.DoneBy == s.ConfirmedBy {
				t.Errorf("rollback step %d done by %q, confirmed by %q", i+1, s.DoneBy, s.ConfirmedBy)
			}
		}
	}
	if len(r.Filed) != 1 {
		t.Errorf("filed %v", r.Filed)
	}
}

func TestWaiver(t *testing.T) {
	late := plan()
	late.WaiverNeeded = true
	waive := func(c signoff.Command) signoff.Command {
		c.Waivers = []string{countersign.WaiveNotice}
		return c
	}
	client := decision(countersign.Approve, "approval.client", signerC)
	reject := move{10 * time.Minute, decision(countersign.Reject, "approval.client", signerC), ""}
	tests := []struct {
		name string
		plan Plan
		cmd  signoff.Command
		code string
	}{
		{"a late emergency needs the waiver", late, client, "waiver_required"},
		{"the client waives", late, waive(client), ""},
		{"nothing to waive", plan(), waive(client), "waiver_not_allowed"},
		{"an unknown waiver", late, func() signoff.Command { c := client; c.Waivers = []string{"everything"}; return c }(), "waiver_not_allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := desktest.New(t, Workflow)
			for _, mv := range approvals()[:2] {
				r.At(mv.after, mv.cmd)
			}
			i := r.At(3*time.Minute, tt.cmd)
			r.At(reject.after, reject.cmd)
			r.Go(desktest.Input(tt.plan))
			if r.Codes[i] != tt.code {
				t.Errorf("code %q, want %q", r.Codes[i], tt.code)
			}
		})
	}
}

func TestApprovalAfterTheWindow(t *testing.T) {
	r := desktest.New(t, Workflow)
	late := r.At(5*time.Hour, decision(countersign.Approve, "approval.implementer", signerI))
	r.At(6*time.Hour, decision(countersign.Return, "approval.implementer", signerI))
	r.At(7*time.Hour, do("cancel", desktest.Actor("P001", countersign.Implementer)))
	r.Go(desktest.Input(plan()))
	if r.Codes[late] != "window_passed" {
		t.Fatalf("code %q", r.Codes[late])
	}
}
