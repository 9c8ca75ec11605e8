package engineproc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Namespace is the Temporal namespace that the engine has ready; a client must name it.
const Namespace = "countersign"

// ErrInUse says that another engine works on the same data folder or database.
var ErrInUse = errors.New("engine data already in use")

// Config says how to run the engine.
type Config struct {
	// Dir is the folder of the engine's databases, its lock and its chosen port. It is made when missing. Required.
	Dir string
	// Binary is the path of countersign-engine; empty = see FindBinary.
	Binary string
	// Sync is "full" (default; an acknowledged decision survives power loss) or "normal" (a quarter faster, power loss
	// may take the last moments, kill -9 takes nothing). SQLite only.
	Sync string
	// Postgres is the URL of a PostgreSQL database to use instead of SQLite; NAME_visibility is made beside it.
	Postgres string
	// UI also serves the Temporal web UI, read-only, on a loopback port.
	UI bool
	// Log receives warnings of the child and each of its restarts; nil = slog.Default().
	Log *slog.Logger
}

// Engine is a running, supervised server. Its methods may be called from several goroutines.
type Engine struct {
	cfg  Config
	port string        // host:port of the frontend, the same after each restart
	stop chan struct{} // closed by Stop
	once sync.Once     // guards stop
	done chan error    // see Done
	over chan struct{} // closed when no child runs any more

	mu    sync.Mutex
	child *child // the latest one
	ui    string // http URL, the same after each restart
}

// Start runs the engine and returns as soon as it takes work: within a second as a rule, a few on a new PostgreSQL.
// ctx limits the start only; afterwards the engine runs until Stop. An engine that dies before it is ready fails the
// start with its own words; ErrInUse when another engine holds the data.
func Start(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Dir == "" {
		return nil, errors.New("engine: Dir is missing")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	var err error
	if cfg.Binary, err = FindBinary(cfg.Binary); err != nil {
		return nil, err
	}
	if err = os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	e := &Engine{cfg: cfg, stop: make(chan struct{}), done: make(chan error, 1), over: make(chan struct{})}
	started := make(chan error, 1)
	go e.supervise(started)
	select {
	case err = <-started:
	case <-ctx.Done():
		err = errors.Join(fmt.Errorf("engine: not ready in time: %w", ctx.Err()), e.Stop(ctx))
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Address is host:port of the gRPC frontend for client.Options.HostPort. It stays the same over restarts.
func (e *Engine) Address() string { return e.port }

// UI is the URL of the web UI, empty when it is off.
func (e *Engine) UI() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ui
}

// PID is the process id of the latest child, for resource figures.
func (e *Engine) PID() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.child.cmd.Process.Pid
}

// Done delivers one value, then closes, when the engine has ended for good: nil after Stop, otherwise why restarting
// it cannot help.
func (e *Engine) Done() <-chan error { return e.done }

// Stop ends the engine gracefully (about a second) and returns when its process is gone. When ctx ends first the process
// is killed, which loses nothing acknowledged, and Stop says so. Stop again is harmless.
func (e *Engine) Stop(ctx context.Context) error {
	e.once.Do(func() { close(e.stop) })
	select {
	case <-e.over:
		return nil
	case <-ctx.Done():
	}
	e.mu.Lock()
	c := e.child
	e.mu.Unlock()
	if c != nil {
		if err := c.kill(); err != nil {
			return err
		}
	}
	select {
	case <-e.over:
		return fmt.Errorf("engine: killed, it did not stop in time: %w", ctx.Err())
	case <-time.After(killLimit):
		return errors.New("engine: does not end even when killed")
	}
}
