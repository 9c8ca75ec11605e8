package engineproc

import (
	"errors"
	"runtime"
	"time"
)

const (
	readyLimit = 2 * time.Minute // for a restart; the first start ends with the caller's context
	killLimit  = 10 * time.Second
	// A child that dies again at once is started more and more slowly, but for ever: a full disk may get free again.
	firstPause, longestPause = 100 * time.Millisecond, 15 * time.Second
	// A child that lived this long was healthy: the next failure starts over with a short pause.
	healthyLife = time.Minute
	// startAttempts covers a port that another process took between its choice and its use.
	startAttempts = 3
)

// supervise keeps a child running until Stop, or until a restart cannot help. It delivers the outcome of the first
// start to started.
func (e *Engine) supervise(started chan<- error) {
	// The kernel kills the child when the thread that started it ends, so this thread must be ours and live as long.
	runtime.LockOSThread()
	defer close(e.over)
	defer close(e.done)
	if err := e.startFirst(); err != nil {
		started <- err
		return
	}
	started <- nil
	pause := firstPause
	for {
		born := time.Now()
		select {
		case <-e.stop:
			e.done <- e.child.end(gracefulLimit)
			return
		case <-e.child.exited:
		}
		if time.Since(born) > healthyLife {
			pause = firstPause
		}
		var err error
		if pause, err = e.revive(e.child.reason(), pause); err != nil || e.stopped() {
			e.done <- err
			return
		}
	}
}

// revive starts children until one works or Stop is called, and fails when trying on cannot help. It returns the pause
// before the next attempt, should there be one.
func (e *Engine) revive(cause error, pause time.Duration) (time.Duration, error) {
	for {
		if e.stopped() {
			return pause, nil
		}
		e.cfg.Log.Error("engine died, starting it again", "cause", cause, "pause", pause)
		if !e.sleep(pause) {
			return pause, nil
		}
		pause = min(2*pause, longestPause)
		if cause = e.startChild(e.port); cause == nil {
			e.cfg.Log.Info("engine runs again", "address", e.port)
			return pause, nil
		}
		if permanent(cause) {
			return pause, cause
		}
	}
}

// startFirst settles the port, then starts the first child.
func (e *Engine) startFirst() (err error) {
	for range startAttempts {
		var port string
		if port, err = choosePort(e.cfg.Dir); err != nil {
			return err
		}
		err = e.startChild(port)
		if err == nil {
			e.port = port
			return rememberPort(e.cfg.Dir, port)
		}
		if permanent(err) || e.stopped() {
			return err
		}
	}
	return err
}

// startChild starts one child on address and returns when it takes work. A child that does not is gone on return.
func (e *Engine) startChild(address string) error {
	c, err := launch(e.cfg, address, e.UI())
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.child = c
	e.mu.Unlock()
	ready, err := c.awaitReady(e.stop, readyLimit)
	if err != nil {
		err = errors.Join(err, c.end(killLimit))
	}
	e.mu.Lock()
	e.ui = ready.UI // empty after a failure: the next attempt may take any port, should this one be lost
	e.mu.Unlock()
	return err
}

func (e *Engine) stopped() bool {
	select {
	case <-e.stop:
		return true
	default:
		return false
	}
}

// sleep pauses and reports whether to go on.
func (e *Engine) sleep(pause time.Duration) bool {
	select {
	case <-e.stop:
		return false
	case <-time.After(pause):
		return true
	}
}
