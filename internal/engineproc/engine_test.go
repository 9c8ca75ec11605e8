package engineproc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/internal/engineproc"
	"countersign/internal/testkit"
)

const queue = "test"

// signTwice is the smallest ticket: it ends when it has been signed twice and answers each signature with its number.
func signTwice(ctx workflow.Context) (int, error) {
	signed := 0
	err := workflow.SetUpdateHandler(ctx, "sign", func(workflow.Context) (int, error) {
		signed++
		return signed, nil
	})
	if err != nil {
		return 0, err
	}
	err = workflow.Await(ctx, func() bool { return signed == 2 && workflow.AllHandlersFinished(ctx) })
	return signed, err
}

// lines collects a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func start(t *testing.T, cfg engineproc.Config) (*engineproc.Engine, *lines) {
	t.Helper()
	log := new(lines)
	cfg.Binary, cfg.Log = engineproc.Binary(t), slog.New(slog.NewTextHandler(log, nil))
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	began := time.Now()
	e, err := engineproc.Start(ctx, cfg)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	t.Logf("ready after %s", time.Since(began).Round(10*time.Millisecond))
	t.Cleanup(func() {
		if err := e.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("engine log:\n%s", log)
		}
	})
	return e, log
}

// dial connects a client and a worker that knows signTwice.
func dial(t *testing.T, address string) client.Client {
	t.Helper()
	quiet := sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	c, err := client.Dial(client.Options{HostPort: address, Namespace: engineproc.Namespace, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w := worker.New(c, queue, worker.Options{MaxConcurrentWorkflowTaskPollers: 16})
	w.RegisterWorkflowWithOptions(signTwice, workflow.RegisterOptions{Name: "signTwice"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return c
}

func open(t *testing.T, c client.Client, id string) {
	t.Helper()
	_, err := c.ExecuteWorkflow(context.Background(), client.StartWorkflowOptions{ID: id, TaskQueue: queue}, "signTwice")
	if err != nil {
		t.Fatalf("open %s: %v", id, err)
	}
}

func sign(t *testing.T, c client.Client, id string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	h, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: "sign", WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		t.Fatalf("sign %s: %v", id, err)
	}
	var number int
	if err := h.Get(ctx, &number); err != nil {
		t.Fatalf("sign %s: %v", id, err)
	}
	return number
}

// signOnceMore gives each of n open, once signed tickets its second signature and expects it to end with two.
func signOnceMore(t *testing.T, c client.Client, n int) {
	t.Helper()
	for i := range n {
		if got := sign(t, c, fmt.Sprint("ticket-", i)); got != 2 {
			t.Errorf("ticket-%d: signature %d after the restart, want 2: the first one is lost", i, got)
		}
		var got int
		if err := c.GetWorkflow(context.Background(), fmt.Sprint("ticket-", i), "").Get(context.Background(), &got); err != nil || got != 2 {
			t.Errorf("ticket-%d ended with %d, %v", i, got, err)
		}
	}
}

// awaitRestarts waits until the log tells of the n-th restart.
func awaitRestarts(t *testing.T, log *lines, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); strings.Count(log.String(), "engine runs again") < n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("restart %d is missing:\n%s", n, log)
		}
	}
}

func TestKilledEngineComesBackAndEveryTicketGoesOn(t *testing.T) {
	const tickets = 20
	for _, sync := range []string{"full", "normal"} {
		t.Run(sync, func(t *testing.T) {
			e, log := start(t, engineproc.Config{Sync: sync})
			c := dial(t, e.Address())
			for i := range tickets {
				open(t, c, fmt.Sprint("ticket-", i))
				sign(t, c, fmt.Sprint("ticket-", i))
			}
			address, pid := e.Address(), e.PID()
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			awaitRestarts(t, log, 1)
			if e.PID() == pid {
				t.Errorf("still process %d", pid)
			}
			if e.Address() != address {
				t.Errorf("moved from %s to %s", address, e.Address())
			}
			signOnceMore(t, c, tickets)
		})
	}
}

func TestStoppedEngineKeepsItsPortAndTickets(t *testing.T) {
	dir := t.TempDir()
	e, _ := start(t, engineproc.Config{Dir: dir})
	c := dial(t, e.Address())
	open(t, c, "ticket-0")
	sign(t, c, "ticket-0")
	if err := e.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err, delivered := <-e.Done(); err != nil || !delivered {
		t.Errorf("Done delivered %v, %v", err, delivered)
	}
	again, _ := start(t, engineproc.Config{Dir: dir})
	if again.Address() != e.Address() {
		t.Errorf("moved from %s to %s", e.Address(), again.Address())
	}
	signOnceMore(t, c, 1)
}

func TestSecondEngineOnTheSameFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	e, _ := start(t, engineproc.Config{Dir: dir})
	_, err := engineproc.Start(context.Background(), engineproc.Config{Dir: dir, Binary: engineproc.Binary(t), Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, engineproc.ErrInUse) {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), fmt.Sprint(e.PID())) {
		t.Errorf("neither folder nor owner named: %v", err)
	}
	open(t, dial(t, e.Address()), "ticket-0") // the first one is unharmed
}

func TestIdleEngineIsSmallAndServesTheUI(t *testing.T) {
	e, log := start(t, engineproc.Config{UI: true})
	resp, err := http.Get(e.UI() + "/api/v1/namespaces/" + engineproc.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"workflowExecutionRetentionTtl": "31536000s"`) {
		t.Errorf("UI: %s %s", resp.Status, body)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", e.PID()))
	if err != nil {
		t.Fatal(err)
	}
	var kib int
	_, rss, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(rss, &kib); err != nil {
		t.Fatal(err)
	}
	t.Logf("idle: %d MB resident", kib/1024)
	if kib > 300*1024 {
		t.Errorf("idle engine takes %d MB", kib/1024)
	}
	if log.String() != "" {
		t.Errorf("a start without trouble should say nothing:\n%s", log)
	}
}

func TestPostgresEngineSurvivesKill(t *testing.T) {
	cfg := engineproc.Config{Dir: t.TempDir(), Postgres: testkit.Postgres(t)}
	e, log := start(t, cfg)
	c := dial(t, e.Address())
	open(t, c, "ticket-0")
	sign(t, c, "ticket-0")

	other := engineproc.Config{Dir: t.TempDir(), Postgres: cfg.Postgres, Binary: engineproc.Binary(t), Log: slog.New(slog.DiscardHandler)}
	if _, err := engineproc.Start(context.Background(), other); !errors.Is(err, engineproc.ErrInUse) {
		t.Errorf("second engine on the database: %v", err)
	}
	if err := syscall.Kill(e.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitRestarts(t, log, 1)
	signOnceMore(t, c, 1)
	if entries, err := filepath.Glob(filepath.Join(cfg.Dir, "*.db")); err != nil || len(entries) > 0 {
		t.Errorf("SQLite files beside PostgreSQL: %v %v", entries, err)
	}
}

func TestFailedStartTellsWhy(t *testing.T) {
	binary := engineproc.Binary(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cfg  engineproc.Config
		want string
	}{
		"no folder":        {engineproc.Config{Binary: binary}, "Dir is missing"},
		"folder is a file": {engineproc.Config{Binary: binary, Dir: file}, "not a directory"},
		"no binary":        {engineproc.Config{Binary: file + "-none", Dir: t.TempDir()}, "engine binary"},
		"not an engine":    {engineproc.Config{Binary: "/bin/false", Dir: t.TempDir()}, "exit status 1"},
		"wrong sync":       {engineproc.Config{Binary: binary, Dir: t.TempDir(), Sync: "half"}, `not "half"`},
		"wrong database":   {engineproc.Config{Binary: binary, Dir: t.TempDir(), Postgres: "mysql://h/d"}, "want postgres://"},
		"no server there":  {engineproc.Config{Binary: binary, Dir: t.TempDir(), Postgres: "postgres://u:secret@127.0.0.1:1/d"}, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			c.cfg.Log = slog.New(slog.DiscardHandler)
			_, err := engineproc.Start(context.Background(), c.cfg)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("password shown: %v", err)
			}
		})
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := engineproc.Start(ctx, engineproc.Config{Dir: t.TempDir(), Binary: engineproc.Binary(t), Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
