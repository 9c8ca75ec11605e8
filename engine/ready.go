package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

// readiness is the content of the ready file.
type readiness struct {
	Address string `json:"address"` // gRPC frontend, host:port
	UI      string `json:"ui"`      // web UI, http URL, empty = off
	PID     int    `json:"pid"`
}

// awaitReady returns when a question about a ticket finds its way through frontend, namespace, history and database,
// or with ctx.
func awaitReady(ctx context.Context, frontend string) error {
	c, err := client.NewLazyClient(client.Options{HostPort: frontend, Namespace: namespace, Logger: silent{}})
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		_, err = c.DescribeWorkflowExecution(ctx, "ready-probe", "")
		if noSuchTicket := new(serviceerror.NotFound); errors.As(err, &noSuchTicket) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready in time: %w", errors.Join(err, ctx.Err()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// writeReadyFile writes in one step: a reader sees nothing or everything.
func writeReadyFile(path string, r readiness) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	draft := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if err := os.WriteFile(draft, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(draft, path)
}

// silent drops the client's own log: failures to connect are expected while the server starts.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
