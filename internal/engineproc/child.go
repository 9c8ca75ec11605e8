package engineproc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	exitUsage, exitInUse = 2, 3             // exit codes of countersign-engine after which a restart cannot help
	gracefulLimit        = 15 * time.Second // the engine itself gives up after 10
	postgresEnv          = "COUNTERSIGN_ENGINE_POSTGRES"
)

// child is one process of the engine.
type child struct {
	cmd    *exec.Cmd
	ready  string // path of its ready file
	log    *relay
	exited chan struct{} // closed after err is set
	err    error
}

// readiness is what the engine writes when it takes work.
type readiness struct {
	Address string `json:"address"`
	UI      string `json:"ui"`
	PID     int    `json:"pid"`
}

// launch starts the process. ui is the URL of the web UI that an earlier child served.
func launch(cfg Config, address, ui string) (*child, error) {
	c := &child{ready: filepath.Join(cfg.Dir, "engine.json"), exited: make(chan struct{})}
	if err := os.Remove(c.ready); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("engine: %w", err)
	}
	args := []string{"-data", cfg.Dir, "-listen", address, "-ready-file", c.ready, "-stop-on-stdin-eof"}
	if cfg.Sync != "" {
		args = append(args, "-sync", cfg.Sync)
	}
	if cfg.UI {
		uiAddress := strings.TrimPrefix(ui, "http://")
		if uiAddress == "" {
			uiAddress = loopbackAny
		}
		args = append(args, "-ui", uiAddress)
	}
	c.cmd = exec.Command(cfg.Binary, args...)
	c.cmd.Env = environment(cfg.Postgres)
	c.cmd.SysProcAttr = dieWithUs()
	c.cmd.WaitDelay = time.Second
	c.log = &relay{log: cfg.Log}
	c.cmd.Stderr = c.log
	// Nothing is ever written: the end of this pipe, also when we are killed, tells the child to stop.
	if _, err := c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("engine: start %s: %w", cfg.Binary, err)
	}
	go func() {
		c.err = c.cmd.Wait()
		c.log.flush()
		close(c.exited)
	}()
	return c, nil
}

// environment hands over what a process needs to run and nothing else: our own secrets are none of its business.
func environment(postgres string) []string {
	needed := []string{"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "GOMEMLIMIT", "GOGC", "GOMAXPROCS", "GODEBUG", "SSL_CERT_FILE", "SSL_CERT_DIR"}
	env := slices.DeleteFunc(os.Environ(), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return !slices.Contains(needed, name) && !strings.HasPrefix(name, "PG") // libpq settings, e.g. PGPASSFILE
	})
	if postgres != "" {
		env = append(env, postgresEnv+"="+postgres)
	}
	return env
}

// awaitReady waits for this child's ready file. It fails when the child dies, stop closes or limit passes.
func (c *child) awaitReady(stop <-chan struct{}, limit time.Duration) (readiness, error) {
	deadline := time.After(limit)
	for {
		text, err := os.ReadFile(c.ready)
		switch {
		case err == nil:
			var r readiness
			if err = json.Unmarshal(text, &r); err != nil {
				return readiness{}, fmt.Errorf("engine: %s: %w", c.ready, err)
			}
			if r.PID == c.cmd.Process.Pid {
				return r, nil
			}
		case !errors.Is(err, fs.ErrNotExist):
			return readiness{}, fmt.Errorf("engine: %w", err)
		}
		select {
		case <-c.exited:
			return readiness{}, c.reason()
		case <-stop:
			return readiness{}, errors.New("engine: stopped before it was ready")
		case <-deadline:
			return readiness{}, fmt.Errorf("engine: not ready after %s", limit)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// reason says why an exited child ended, in its own last words.
func (c *child) reason() error {
	var exit *exec.ExitError
	if errors.As(c.err, &exit) {
		switch exit.ExitCode() {
		case exitInUse:
			return fmt.Errorf("%w: %s", ErrInUse, c.log.lastWords())
		case exitUsage:
			return permanentError{fmt.Errorf("engine: refused its settings: %s", c.log.lastWords())}
		}
	}
	if c.err == nil {
		return errors.New("engine: ended unasked")
	}
	return fmt.Errorf("engine: %w: %s", c.err, c.log.lastWords())
}

// end stops the child gracefully, kills it after limit, and returns when it is gone.
func (c *child) end(limit time.Duration) error {
	select {
	case <-c.exited:
		return nil
	default:
	}
	err := c.cmd.Process.Signal(syscall.SIGTERM)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	select {
	case <-c.exited:
		return err
	case <-time.After(limit):
	}
	err = errors.Join(err, c.kill())
	<-c.exited
	return err
}

func (c *child) kill() error {
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("engine: kill: %w", err)
	}
	return nil
}

// permanentError marks failures that come back with each start.
type permanentError struct{ error }

func permanent(err error) bool {
	return errors.Is(err, ErrInUse) || errors.As(err, new(permanentError))
}
