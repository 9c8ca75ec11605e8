package workflows_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	tlog "go.temporal.io/sdk/log"
	sdkworker "go.temporal.io/sdk/worker"

	"countersign"
	"countersign/activities"
	"countersign/internal/engineproc"
	"countersign/worker"
	"countersign/workflows"
	"countersign/workflows/requirement"
	"countersign/workflows/signoff"
	"countersign/workflows/signoff/desktest"
	"countersign/workflows/upgrade"
)

var record = flag.Bool("record", false, "record the replay fixtures anew on a real Temporal server")

// TestReplay replays one recorded history per parked state of every process through today's code. A difference means that
// tickets which are under way would break: use workflow.GetVersion, or record anew if nothing was released yet.
func TestReplay(t *testing.T) {
	if *record {
		recordAll(t)
	}
	for _, p := range workflows.All() {
		files, err := filepath.Glob(filepath.Join(p.Key, "testdata", "replay", "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no replay fixtures (%v)", p.Key, err)
		}
		for _, file := range files {
			t.Run(p.Key+"/"+filepath.Base(file), func(t *testing.T) {
				replayer := sdkworker.NewWorkflowReplayer()
				worker.Register(replayer)
				if err := replayer.ReplayWorkflowHistoryFromJSONFile(tlog.NewStructuredLogger(slog.New(slog.DiscardHandler)), file); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestEveryParkedStateIsRecorded demands a fixture for each scenario below.
func TestEveryParkedStateIsRecorded(t *testing.T) {
	for _, s := range scenarios() {
		if _, err := os.Stat(s.file()); err != nil {
			t.Errorf("no fixture of %s: record with go test ./workflows -run TestReplay -record", s.name)
		}
	}
}

// scenario brings a ticket into a parked state.
type scenario struct {
	process *signoff.Process
	name    string
	plan    any
	clocks  bool // soft clocks run out at once
	cmds    []signoff.Command
	state   countersign.State
}

func (s scenario) file() string {
	return filepath.Join(s.process.Key, "testdata", "replay", s.name+".json")
}

func scenarios() []scenario {
	drafter, operator, colleague := desktest.Actor("P001", countersign.Implementer), desktest.Actor("P004", countersign.Implementer), desktest.Actor("P005", countersign.Implementer)
	signers := []countersign.Actor{desktest.Actor("P002", countersign.Implementer), desktest.Actor("P010", countersign.Supervisor), desktest.Actor("P020", countersign.Client)}
	decide := func(d countersign.Decision, step string, rev int, by int) signoff.Command {
		return desktest.Decide(d, step, rev, signers[by])
	}
	do := func(name string, a countersign.Actor) signoff.Command { return signoff.Command{Name: name, Actor: a} }
	passed := func(name string, a countersign.Actor, v string) signoff.Command {
		return signoff.Command{Name: name, Actor: a, Facts: map[string]string{"passed": v}}
	}
	const i, s, c = "approval.implementer", "approval.supervisor", "approval.client"
	now := time.Now()
	plan := upgrade.Plan{
		WindowFrom: now.Add(-time.Minute), WindowTo: now.Add(time.Hour), ConfirmLimitMinutes: 60, Operators: []string{"P004", "P005"},
		Rollback: []upgrade.RollbackStep{{Owner: "P004", LimitMinutes: 10}},
	}
	later, short := plan, plan
	later.WindowFrom = now.Add(30 * time.Minute)
	short.WindowTo = now.Add(8 * time.Second)
	raw, err := json.Marshal(plan)
	if err != nil {
		panic(err)
	}
	submit := signoff.Command{Name: signoff.CmdSubmit, Revision: 2, Actor: drafter, Plan: raw}
	chain := func(rev int) []signoff.Command {
		return []signoff.Command{decide(countersign.Approve, i, rev, 0), decide(countersign.Approve, s, rev, 1), decide(countersign.Approve, c, rev, 2)}
	}
	after := func(more ...signoff.Command) []signoff.Command { return append(chain(1), more...) }
	started := func(more ...signoff.Command) []signoff.Command { return append(after(do("start", operator)), more...) }
	tested := func(more ...signoff.Command) []signoff.Command {
		return append(started(passed("results", operator, "true")), more...)
	}
	failed := func(more ...signoff.Command) []signoff.Command {
		return append(started(passed("results", operator, "false")), more...)
	}
	confirmed := func(more ...signoff.Command) []signoff.Command {
		return append(tested(decide(countersign.Approve, "result.client", 1, 2)), more...)
	}
	up, req := upgrade.Process, requirement.Process
	requester := desktest.Actor("P014", countersign.Client)
	confirm := desktest.Decide(countersign.Approve, c, 1, requester)
	needs := requirement.Plan{Requester: "P014"}
	return []scenario{
		{up, "signing-implementer", plan, false, nil, countersign.StateSigning},
		{up, "signing-supervisor", plan, false, chain(1)[:1], countersign.StateSigning},
		{up, "signing-client", plan, false, chain(1)[:2], countersign.StateSigning},
		{up, "escalated", plan, true, chain(1)[:1], countersign.StateSigning},
		{up, "returned", plan, false, []signoff.Command{chain(1)[0], decide(countersign.Return, s, 1, 1)}, countersign.StateReturned},
		{up, "withdrawn", plan, false, []signoff.Command{chain(1)[0], do("withdraw", drafter)}, countersign.StateWithdrawn},
		{up, "revised", plan, false, append([]signoff.Command{chain(1)[0], decide(countersign.Return, s, 1, 1), submit}, chain(2)[:2]...), countersign.StateSigning},
		{up, "rejected", plan, false, []signoff.Command{decide(countersign.Reject, i, 1, 0)}, countersign.StateRejected},
		{up, "cancelled", plan, false, []signoff.Command{do("withdraw", drafter), do("cancel", drafter)}, countersign.StateCancelled},
		{up, "approved", later, false, chain(1), countersign.StateApproved},
		{up, "expired", short, false, chain(1), countersign.StateExpired},
		{up, "executing", plan, false, started(do("note", operator)), countersign.StateExecuting},
		{up, "confirming", plan, false, tested(), countersign.StateConfirm},
		{up, "rolling-back", plan, false, failed(), countersign.StateRollback},
		{up, "rollback-done", plan, false, failed(do("rollback_done", operator)), countersign.StateRollback},
		{up, "reporting", plan, false, confirmed(), countersign.StateReport},
		{up, "accepting", plan, false, confirmed(do("report", operator)), countersign.StateAccept},
		{up, "filed", plan, false, confirmed(do("report", operator), decide(countersign.Approve, "report.client", 1, 2)), countersign.StateFiled},
		{up, "filed-after-rollback", plan, false, failed(do("rollback_done", operator), passed("rollback_confirm", colleague, "true"), do("report", operator), decide(countersign.Approve, "report.client", 1, 2)), countersign.StateFiled},
		{req, "signing", needs, false, nil, countersign.StateSigning},
		{req, "approved", needs, false, []signoff.Command{confirm}, countersign.StateApproved},
		{req, "executing", needs, false, []signoff.Command{confirm, do("estimate", operator), passed("tested", operator, "false")}, countersign.StateExecuting},
		{req, "filed", needs, false, []signoff.Command{confirm, do("estimate", operator), passed("tested", operator, "true")}, countersign.StateFiled},
	}
}

// recordAll runs every scenario on a real Temporal server and writes its history.
func recordAll(t *testing.T) {
	engine, err := engineproc.Start(t.Context(), engineproc.Config{Dir: t.TempDir(), Binary: engineproc.Binary(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := engine.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	c, err := client.Dial(client.Options{HostPort: engine.Address(), Namespace: "countersign", Logger: tlog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := sdkworker.New(c, "record", sdkworker.Options{})
	worker.Register(w)
	w.RegisterActivityWithOptions(applyForRecord, activity.RegisterOptions{Name: activities.NameApply})
	w.RegisterActivityWithOptions(func(context.Context, activities.Filing) error { return nil }, activity.RegisterOptions{Name: activities.NameFile})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	for n, s := range scenarios() {
		recordOne(t, c, fmt.Sprintf("%s-2024-%06d", s.process.Prefix, n+1), s)
	}
}

// applyForRecord answers as the store does; clocks named "at-once" run out after a second.
func applyForRecord(_ context.Context, tr countersign.Transition) (countersign.Applied, error) {
	if tr.Clock == nil {
		return countersign.Applied{DueAt: tr.Due}, nil
	}
	due := tr.At.Add(time.Duration(tr.Clock.Amount) * time.Hour)
	if tr.Clock.Name == "at-once" {
		due = tr.At.Add(time.Second)
	}
	return countersign.Applied{DueAt: &due}, nil
}

func recordOne(t *testing.T, c client.Client, number string, s scenario) {
	t.Helper()
	ctx := t.Context()
	in := desktest.Input(s.plan)
	in.Ticket, in.Process = number, s.process.Key
	if s.process.Key == "requirement" {
		in.Chain = []countersign.ChainStep{{ID: "approval.client", Party: countersign.Client, Organisation: "client", Role: "client.requester"}}
	}
	if s.clocks {
		in.Clocks = []countersign.Clock{{Name: "at-once", Calendar: "natural"}, {Name: "at-once", Calendar: "natural"}}
	}
	if _, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: number, TaskQueue: "record"}, s.process.WorkflowName, in); err != nil {
		t.Fatal(err)
	}
	for n, cmd := range s.cmds {
		cmd.ID = fmt.Sprintf("c-%d", n)
		h, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
			UpdateID: cmd.ID, WorkflowID: number, UpdateName: signoff.UpdateCommand, Args: []any{cmd}, WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err == nil {
			err = h.Get(ctx, nil)
		}
		if err != nil {
			t.Fatalf("%s, command %d: %v", s.name, n, err)
		}
	}
	settle(t, c, number, s)
	save(t, c, number, s.file())
}

// settle waits until a scenario stands where it should.
func settle(t *testing.T, c client.Client, number string, s scenario) {
	t.Helper()
	if s.clocks {
		time.Sleep(3 * time.Second)
	}
	if s.state.Closed() {
		if err := c.GetWorkflow(t.Context(), number, "").Get(t.Context(), nil); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
	}
	v, err := c.QueryWorkflow(t.Context(), number, "", signoff.QueryState)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	var ack signoff.Ack
	if err := v.Get(&ack); err != nil || ack.State != s.state {
		t.Fatalf("%s: state %s (%v), want %s", s.name, ack.State, err, s.state)
	}
}

func save(t *testing.T, c client.Client, number, file string) {
	t.Helper()
	var h historypb.History
	iter := c.GetWorkflowHistory(t.Context(), number, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iter.HasNext() {
		e, err := iter.Next()
		if err != nil {
			t.Fatal(err)
		}
		h.Events = append(h.Events, e)
	}
	raw, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(&h)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(raw, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
