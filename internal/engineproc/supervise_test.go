package engineproc_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/internal/engineproc"
)

// fake writes a shell script that takes the engine's place: it reports ready, then runs the given lines. $run counts
// the starts from 1.
func fake(t *testing.T, before, after string) string {
	t.Helper()
	script := `#!/bin/sh
while [ $# -gt 0 ]; do case $1 in -data) data=$2;; -listen) listen=$2;; -ready-file) ready=$2;; -ui) ui=http://$2;; esac; shift; done
echo x >>"$data/runs"; run=$(wc -l <"$data/runs")
` + before + `
echo "{\"address\":\"$listen\",\"ui\":\"$ui\",\"pid\":$$}" >"$ready.new" && mv "$ready.new" "$ready"; sleep 0.2
` + after + "\n"
	path := filepath.Join(t.TempDir(), "engine")
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSupervisionOfAFailingEngine(t *testing.T) {
	const serve = `cat >/dev/null`
	for name, c := range map[string]struct {
		before, after string
		log           []string // what must be logged; the last one comes last
		gone          error    // what Done delivers, nil = it lives
	}{
		"dies twice, then lives": {
			after: `[ $run -lt 3 ] && { echo '{"level":"error","msg":"disk full","free":0}' >&2; exit 1; }; ` + serve,
			log:   []string{`msg="engine: disk full" free=0`, `cause="engine: exit status 1: disk full" pause=100ms`, "runs again", "pause=200ms"},
		},
		"restart fails twice before it is ready": {
			before: `[ $run = 2 ] || [ $run = 3 ] && exit 1`,
			after:  `[ $run = 1 ] && exit 1; ` + serve,
			log:    []string{"pause=100ms", "pause=200ms", "pause=400ms", "runs again"},
		},
		"ends unasked": {
			after: `[ $run = 1 ] && exit 0; ` + serve,
			log:   []string{"ended unasked", "runs again"},
		},
		"another engine took the data": {
			before: `[ $run = 2 ] && { echo held by process 77 >&2; exit 3; }`,
			after:  `exit 1`,
			log:    []string{"held by process 77"},
			gone:   engineproc.ErrInUse,
		},
	} {
		t.Run(name, func(t *testing.T) {
			log := new(lines)
			e, err := engineproc.Start(context.Background(), engineproc.Config{
				Binary: fake(t, c.before, c.after), Dir: t.TempDir(), UI: true, Log: slog.New(slog.NewTextHandler(log, nil)),
			})
			if err != nil {
				t.Fatal(err)
			}
			last := c.log[len(c.log)-1]
			for end := time.Now().Add(20 * time.Second); !strings.Contains(log.String(), last) && time.Now().Before(end); {
				time.Sleep(10 * time.Millisecond)
			}
			for _, want := range c.log {
				if !strings.Contains(log.String(), want) {
					t.Errorf("log lacks %q:\n%s", want, log)
				}
			}
			if c.gone != nil {
				if err := <-e.Done(); !errors.Is(err, c.gone) {
					t.Errorf("Done delivered %v", err)
				}
			}
			if err := e.Stop(context.Background()); err != nil {
				t.Error(err)
			}
			if err, more := <-e.Done(); err != nil || more != (c.gone == nil) {
				t.Errorf("Done after Stop: %v, %v", err, more)
			}
		})
	}
}

func TestFirstStartTriesAgainButNotForEver(t *testing.T) {
	for attempts, wantErr := range map[int]bool{2: false, 9: true} {
		dir := t.TempDir()
		e, err := engineproc.Start(context.Background(), engineproc.Config{
			Binary: fake(t, fmt.Sprintf("[ $run -le %d ] && { echo port taken >&2; exit 1; }", attempts), "cat >/dev/null"),
			Dir:    dir, Log: slog.New(slog.DiscardHandler),
		})
		if wantErr {
			if err == nil || !strings.Contains(err.Error(), "port taken") {
				t.Errorf("%d failures: got %v", attempts, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%d failures: %v", attempts, err)
		}
		if err := e.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

func TestStopKillsAnEngineThatWillNotEnd(t *testing.T) {
	e, err := engineproc.Start(context.Background(), engineproc.Config{
		Binary: fake(t, "trap '' TERM", "while :; do sleep 0.05; done"), Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if err := e.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Stop: %v", err)
	}
	if err := syscall.Kill(e.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d still there: %v", e.PID(), err)
	}
}

// TestEngineDiesWithItsParent runs this test binary again as a parent, kills it without warning, and expects the engine
// to vanish so that the data folder is free at once.
func TestEngineDiesWithItsParent(t *testing.T) {
	const mark = "ENGINEPROC_PARENT_OF"
	if dir := os.Getenv(mark); dir != "" {
		start(t, engineproc.Config{Dir: dir})
		if err := os.WriteFile(filepath.Join(dir, "started"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		return
	}
	engineproc.Binary(t) // not while the clock runs
	dir := t.TempDir()
	parent := exec.Command(os.Args[0], "-test.run=^TestEngineDiesWithItsParent$")
	parent.Env = append(os.Environ(), mark+"="+dir)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("parent did not start an engine (%v)", parent.Process.Kill())
		}
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := parent.Wait(); err == nil {
		t.Error("parent was not killed")
	}
	start(t, engineproc.Config{Dir: dir}) // refused while the old engine holds the lock
}

func TestFindBinary(t *testing.T) {
	dir := t.TempDir()
	engine := func(parts ...string) string {
		path := filepath.Join(append([]string{dir}, parts...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Chdir(dir)
	t.Setenv("COUNTERSIGN_ENGINE", "")
	if _, err := engineproc.FindBinary(""); err == nil || !strings.Contains(err.Error(), "make engine") {
		t.Errorf("nothing there: %v", err)
	}
	inBin := engine("bin", "countersign-engine")
	if got, err := engineproc.FindBinary(""); err != nil || got != inBin {
		t.Errorf("./bin: %q, %v", got, err)
	}
	inEnv, given := engine("env"), engine("given")
	t.Setenv("COUNTERSIGN_ENGINE", inEnv)
	if got, err := engineproc.FindBinary(""); err != nil || got != inEnv {
		t.Errorf("environment: %q, %v", got, err)
	}
	if got, err := engineproc.FindBinary(given); err != nil || got != given {
		t.Errorf("given: %q, %v", got, err)
	}
	if _, err := engineproc.FindBinary(filepath.Join(dir, "none")); err == nil {
		t.Error("a given path that does not exist must fail, although others exist")
	}
}
