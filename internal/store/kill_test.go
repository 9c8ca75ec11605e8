package store

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"countersign"
	"countersign/internal/testkit"
)

// Environment of the process that TestKilledProcessLeavesNothingHalfDone kills.
const (
	killURL  = "STORE_KILL_URL"
	killPath = "STORE_KILL_PATH"
)

// TestKilledProcessLeavesNothingHalfDone lets another process write tickets as fast as it can, kills it without warning,
// and compares what is stored: what was acknowledged is there, every ticket is whole, every chain is, and work goes on.
func TestKilledProcessLeavesNothingHalfDone(t *testing.T) {
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			c := Config{Log: slog.New(slog.DiscardHandler)}
			env := killPath + "=" + t.TempDir() + "/app.db"
			if kind == "postgres" {
				c.URL = testkit.Postgres(t, testkit.Durable())
				env = killURL + "=" + c.URL
			} else {
				c.Path = strings.TrimPrefix(env, killPath+"=")
			}
			for round := range 4 {
				acknowledged := killed(t, env, 20+37*round)
				s, err := Open(t.Context(), c)
				must(t, err)
				if s.postgres { // its server may still be ending the writer's last transaction
					for others := 1; others > 0; {
						must(t, s.w.Raw(`SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()
							AND backend_type = 'client backend' AND pid <> pg_backend_pid()`).Row().Scan(&others))
					}
				}
				checkWhole(t, s, acknowledged)
				tk := submitted(t, s, "s1")
				approve(t, s, tk.Number, 0, signer)
				must(t, s.Close())
			}
		})
	}
}

// killed runs the writer until it has acknowledged n transitions and returns the last version of each ticket.
func killed(t *testing.T, env string, n int) map[string]int {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestWriterToBeKilled$")
	cmd.Env = append(os.Environ(), env)
	out := got(cmd.StdoutPipe())(t)
	must(t, cmd.Start())
	acknowledged := map[string]int{}
	lines := bufio.NewScanner(out)
	for i := 0; i < n && lines.Scan(); {
		var ticket string
		var version int
		if k, _ := fmt.Sscanf(lines.Text(), "stored %s %d", &ticket, &version); k == 2 {
			acknowledged[ticket] = max(acknowledged[ticket], version)
			i++
		}
	}
	must(t, cmd.Process.Kill())
	if err := cmd.Wait(); err == nil || len(acknowledged) == 0 {
		t.Fatalf("the writer ended by itself: %v, %v", err, acknowledged)
	}
	return acknowledged
}

// TestWriterToBeKilled is that other process. By itself it stores a few and ends.
func TestWriterToBeKilled(t *testing.T) {
	c := Config{URL: os.Getenv(killURL), Path: os.Getenv(killPath), Log: slog.New(slog.DiscardHandler)}
	once := c.URL+c.Path == ""
	if once {
		c.Path = t.TempDir() + "/app.db"
	}
	s, err := Open(t.Context(), c)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	must(t, s.Migrate(t.Context()))
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for {
				tk := submitted(t, s, "s1")
				if once {
					return
				}
				fmt.Printf("stored %s 1\n", tk.Number)
				for n, who := range []countersign.Actor{signer, supervisor, officer} {
					approve(t, s, tk.Number, n, who)
					fmt.Printf("stored %s %d\n", tk.Number, n+2)
				}
			}
		}()
	}
	for range 4 {
		<-done
	}
}

// checkWhole compares the parts of every ticket with each other and with what was acknowledged.
func checkWhole(t *testing.T, s *Store, acknowledged map[string]int) {
	t.Helper()
	ctx := context.Background()
	var all []string
	must(t, s.r.Raw("SELECT number FROM tickets ORDER BY number").Find(&all).Error)
	for i, number := range all {
		if want := fmt.Sprintf("UPG-2026-%06d", i+1); number != want {
			t.Errorf("%s, want %s", number, want)
		}
		tk := got(s.Ticket(ctx, number))(t)
		if tk.Version < acknowledged[number] {
			t.Errorf("%s: version %d was acknowledged, %d is stored", number, acknowledged[number], tk.Version)
		}
		counted := 0
		for _, sig := range got(s.Signatures(ctx, number))(t) {
			if sig.Status == countersign.SignatureCounted {
				counted++
			}
		}
		var transitions int
		must(t, s.r.Raw("SELECT COUNT(*) FROM transitions WHERE ticket = ?", number).Row().Scan(&transitions))
		tasks, entries := len(got(s.Tasks(ctx, number))(t)), len(chainOf(t, s, number))
		wantTasks := 1
		if tk.Version == 0 || tk.Version == 4 {
			wantTasks = 0
		}
		if counted != max(tk.Version-1, 0) || transitions != tk.Version || tasks != wantTasks || entries != tk.Version+1 {
			t.Errorf("%s version %d: %d counted, %d transitions, %d tasks, %d entries", number, tk.Version, counted, transitions, tasks, entries)
		}
		delete(acknowledged, number)
	}
	if len(acknowledged) != 0 {
		t.Errorf("acknowledged but gone: %v", acknowledged)
	}
	if r := got(s.VerifyAudit(ctx))(t); len(r.Problems) != 0 {
		t.Errorf("%q", r.Problems)
	}
}
