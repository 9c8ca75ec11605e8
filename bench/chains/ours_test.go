//go:build bench

package chains

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign"
	"countersign/contracts"
	"countersign/internal/contract"
	"countersign/internal/demo"
)

// start runs `countersign serve --demo` on the given engine and database and returns its base URL
// and process ID.
func start(t *testing.T, temporal, database string) (string, int) {
	t.Helper()
	binary, err := filepath.Abs("../../bin/countersign")
	if err != nil {
		t.Fatal(err)
	}
	listen := freeAddress(t)
	cmd := exec.Command(binary, "serve", "--demo", "--data", t.TempDir(), "--listen", listen)
	cmd.Env = append(os.Environ(), "TEMPORAL_ADDRESS="+temporal, "DATABASE_URL="+database, "COUNTERSIGN_LOG_LEVEL=error")
	out := &ready{want: []byte("API docs"), seen: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v (run `make build` first)", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	select {
	case <-out.seen:
	case <-time.After(2 * time.Minute):
		t.Fatal("countersign did not get ready")
	}
	return "http://" + listen, cmd.Process.Pid
}

// ready watches output for a word.
type ready struct {
	mu   sync.Mutex
	text []byte
	want []byte
	once sync.Once
	seen chan struct{}
}

func (r *ready) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text = append(r.text, p...)
	if strings.Contains(string(r.text), string(r.want)) {
		r.once.Do(func() { close(r.seen) })
	}
	return len(p), nil
}

// ourChains returns the load of real tickets: drafts with their test report are made untimed, submit and the three signed
// decisions are timed.
func ourChains(t *testing.T, base string) load {
	t.Helper()
	pack, problems, err := contract.Load(contracts.FS, contracts.Default)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	people := map[string]*demo.Client{}
	for _, id := range []string{"P004", "P006", "P010", "P012"} {
		p, _ := pack.Person(id)
		c, err := demo.Login(t.Context(), base, p.Account, pack.Demo.Password, pack.Demo.PINs[id])
		if err != nil {
			t.Fatal(err)
		}
		people[id] = c
	}
	var drafts [][]string
	prepare := func(ctx context.Context, clients, chains int) error {
		drafts = make([][]string, clients)
		for c := range clients {
			for range chains / clients {
				number, err := draft(ctx, people["P004"])
				if err != nil {
					return err
				}
				drafts[c] = append(drafts[c], number)
			}
		}
		return nil
	}
	return load{name: "Countersign", prepare: prepare, chain: func(ctx context.Context, client, n int, decided func(time.Duration)) error {
		number := drafts[client][n]
		if _, err := people["P004"].Act(ctx, number, "submit", nil); err != nil {
			return err
		}
		for _, signer := range []string{"P006", "P010", "P012"} {
			began := time.Now()
			if _, err := people[signer].Decide(ctx, number, countersign.Approve, "同意。"); err != nil {
				return err
			}
			decided(time.Since(began))
		}
		return nil
	}}
}

func draft(ctx context.Context, c *demo.Client) (string, error) {
	form, _ := demo.Form("公文流转系统")
	a, err := c.Create(ctx, "upgrade", "document_flow", form, true)
	if err != nil {
		return "", err
	}
	return a.Number, c.Attach(ctx, a.Number, "test_report", "测试报告.txt", []byte(fmt.Sprintf("%s 测试报告", a.Number)))
}
