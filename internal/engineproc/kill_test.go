package engineproc_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/internal/engineproc"
	"countersign/internal/testkit"
)

// ledger writes down the name of each "note" it is given and ends with the list when it gets "close".
func ledger(ctx workflow.Context) ([]string, error) {
	var notes []string
	closed := false
	note := func(_ workflow.Context, name string) error {
		notes = append(notes, name)
		return nil
	}
	if err := workflow.SetUpdateHandler(ctx, "note", note); err != nil {
		return nil, err
	}
	end := func(workflow.Context) error { closed = true; return nil }
	if err := workflow.SetUpdateHandler(ctx, "close", end); err != nil {
		return nil, err
	}
	err := workflow.Await(ctx, func() bool { return closed && workflow.AllHandlersFinished(ctx) })
	return notes, err
}

func update(ctx context.Context, c client.Client, id, name string, args ...any) error {
	h, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: name, Args: args, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return err
	}
	return h.Get(ctx, nil)
}

// TestNothingAcknowledgedIsLost keeps writing to several ledgers while the engine is killed again and again at moments
// of chance: each note whose Update was answered stands in its ledger, once.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	const ledgers, kills = 4, 4
	e, log := start(t, engineproc.Config{})
	c := dial(t, e.Address())
	w := worker.New(c, "ledgers", worker.Options{StickyScheduleToStartTimeout: time.Second})
	w.RegisterWorkflowWithOptions(ledger, workflow.RegisterOptions{Name: "ledger"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	acknowledged := make([][]string, ledgers)
	writing, stop := context.WithCancel(context.Background())
	var writers sync.WaitGroup
	for i := range ledgers {
		id := fmt.Sprint("ledger-", i)
		options := client.StartWorkflowOptions{ID: id, TaskQueue: "ledgers"}
		if _, err := c.ExecuteWorkflow(context.Background(), options, "ledger"); err != nil {
			t.Fatal(err)
		}
		writers.Go(func() {
			for n := 0; writing.Err() == nil && n < 1000; n++ {
				ctx, cancel := context.WithTimeout(writing, 5*time.Second)
				if err := update(ctx, c, id, "note", fmt.Sprint(n)); err == nil {
					acknowledged[i] = append(acknowledged[i], fmt.Sprint(n))
				}
				cancel()
			}
		})
	}
	for i := range kills {
		time.Sleep(time.Duration(500+rand.IntN(1500)) * time.Millisecond)
		if err := syscall.Kill(e.PID(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		awaitRestarts(t, log, i+1)
	}
	stop()
	writers.Wait()
	for i := range ledgers {
		checkLedger(t, c, fmt.Sprint("ledger-", i), acknowledged[i])
	}
}

func checkLedger(t *testing.T, c client.Client, id string, acknowledged []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := update(ctx, c, id, "close"); err != nil {
		t.Fatalf("%s: close: %v", id, err)
	}
	var notes []string
	if err := c.GetWorkflow(ctx, id, "").Get(ctx, &notes); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	t.Logf("%s: %d acknowledged, %d stored", id, len(acknowledged), len(notes))
	if len(acknowledged) == 0 {
		t.Errorf("%s: nothing was acknowledged, so nothing is proved", id)
	}
	for _, name := range acknowledged {
		if !slices.Contains(notes, name) {
			t.Errorf("%s: note %s was acknowledged and is lost", id, name)
		}
	}
	slices.Sort(notes)
	if len(slices.Compact(slices.Clone(notes))) != len(notes) {
		t.Errorf("%s: a note stands twice", id)
	}
}

// TestKilledDuringFirstStart kills the engine at every stage of making its databases: no stage may spoil them.
func TestKilledDuringFirstStart(t *testing.T) {
	binary := engineproc.Binary(t)
	databases := map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return testkit.Postgres(t) },
	}
	for name, database := range databases {
		for delay := 30 * time.Millisecond; delay < time.Second; delay *= 4 {
			t.Run(fmt.Sprint(name, " after ", delay), func(t *testing.T) {
				cfg := engineproc.Config{Dir: t.TempDir(), Postgres: database(t)}
				for range 2 {
					cmd := exec.Command(binary, "-data", cfg.Dir, "-postgres", cfg.Postgres)
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					time.Sleep(delay + time.Duration(rand.IntN(50))*time.Millisecond)
					if err := cmd.Process.Kill(); err != nil {
						t.Fatal(err)
					}
					if err := cmd.Wait(); err == nil {
						t.Fatal("ended by itself")
					}
				}
				e, _ := start(t, cfg)
				open(t, dial(t, e.Address()), "ticket-0")
			})
		}
	}
}
