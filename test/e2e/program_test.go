package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/contracts"
	"countersign/internal/contract"
	"countersign/internal/demo"
	"countersign/internal/engineproc"
)

var built struct {
	once sync.Once
	path string
	err  error
}

// program builds bin/countersign once per test process and returns its path.
func program(t *testing.T) string {
	t.Helper()
	engine := engineproc.Binary(t)
	built.once.Do(func() {
		dir, err := os.MkdirTemp("", "countersign-e2e-")
		if err != nil {
			built.err = err
			return
		}
		built.path = filepath.Join(dir, "countersign")
		cmd := exec.Command("go", "build", "-o", built.path, "./cmd/countersign")
		cmd.Dir = "../.."
		out, err := cmd.CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
		built.err = errors.Join(built.err, os.Setenv("COUNTERSIGN_ENGINE", engine))
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// run executes the program to its end and returns its output and exit code.
func run(t *testing.T, env []string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t), args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// process is a running program.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *output
	done chan error
}

// output keeps what a process prints and tells when a word appears.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start runs the program in the background; it is killed at the end of the test.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(program(t), args...), out: &output{}, done: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(p.kill)
	return p
}

// await waits until the process has printed text.
func (p *process) await(text string) {
	p.t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for !strings.Contains(p.out.String(), text) {
		select {
		case err := <-p.done:
			p.done <- err
			p.t.Fatalf("ended (%v) before it printed %q:\n%s", err, text, p.out)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("never printed %q:\n%s", text, p.out)
		}
	}
}

// kill ends the process as a power cut would; its engine dies with it.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // gone already is fine
	p.wait()
}

// stop asks the process to end and returns its exit code.
func (p *process) stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	p.wait()
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) wait() {
	select {
	case err := <-p.done:
		p.done <- err
	case <-time.After(40 * time.Second):
		p.t.Error("the process does not end")
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func pack(t *testing.T) *contract.Pack {
	t.Helper()
	p, problems, err := contract.Load(contracts.FS, contracts.Default)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return p
}

// as returns the client of a demo person.
func as(t *testing.T, cast *demo.Cast, person string) *demo.Client {
	t.Helper()
	c, err := cast.As(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// eventually waits until ok, at most a minute.
func eventually(t *testing.T, what string, ok func(context.Context) bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if ok(t.Context()) {
			return
		}
	}
	t.Fatalf("never: %s", what)
}
