package web_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/engineproc"
)

// TestBrowser plays every journey of run.mjs in Debian's chromium on a server of its own.
func TestBrowser(t *testing.T) {
	chromium := tool(t, "chromium", "chromium")
	node := tool(t, "node", "nodejs")
	engine := engineproc.Binary(t)
	buildPage(t)
	binary := filepath.Join(t.TempDir(), "countersign")
	command(t, "../..", "go", "build", "-tags", "ui", "-o", binary, "./cmd/countersign")
	base := serve(t, binary, engine)

	shots, err := filepath.Abs("../screenshots")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "run.mjs", os.Getenv("COUNTERSIGN_WEB_ONLY"))
	cmd.Env = append(os.Environ(), "COUNTERSIGN_URL="+base, "COUNTERSIGN_SHOTS="+shots, "CHROMIUM="+chromium)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// TestPage runs the unit tests of the page.
func TestPage(t *testing.T) {
	tool(t, "node", "nodejs")
	install(t)
	command(t, "../../web", "npm", "test")
}

// tool finds a program, or fails with the Debian package that has it: a test that skips proves nothing.
func tool(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: apt-get install --no-install-recommends %s", name, pkg)
	}
	return path
}

// install fetches the page's packages when they are not there, or older than the list of them.
func install(t *testing.T) {
	t.Helper()
	tool(t, "npm", "npm")
	list, err := os.Stat("../../web/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.Stat("../../web/node_modules/.package-lock.json")
	if err != nil || have.ModTime().Before(list.ModTime()) {
		command(t, "../../web", "npm", "ci", "--no-audit", "--no-fund")
	}
}

func buildPage(t *testing.T) {
	t.Helper()
	install(t)
	command(t, "../../web", "npm", "run", "build")
}

func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// serve starts a demo server on a free port and returns its URL once its accounts are there.
func serve(t *testing.T, binary, engine string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "serve", "--demo", "--data", t.TempDir(), "--listen", address)
	cmd.Env = append(os.Environ(), "COUNTERSIGN_ENGINE="+engine, "COUNTERSIGN_LOG_LEVEL=error")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, cmd) })
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "API docs") {
				ready <- true
				_, _ = io.Copy(io.Discard, out) // whatever it says later; the pipe must not fill up
				return
			}
		}
		ready <- false
	}()
	select {
	case ok := <-ready:
		if !ok {
			t.Fatal("the server ended before it was ready")
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("the server was not ready within two minutes")
	}
	return "http://" + address
}

// stop ends the server as an operator does, so that its engine ends too.
func stop(t *testing.T, cmd *exec.Cmd) {
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the server ended with %v", err)
		}
	case <-time.After(40 * time.Second):
		t.Error("the server did not stop")
		_ = cmd.Process.Kill() // the test has failed already
	}
}
