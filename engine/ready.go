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
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	namespace = "countersign"
	// retention keeps finished workflows for the questions that auditors ask a year later. The evidence itself lives
	// in the application's database, without limit.
	retention = 365 * 24 * time.Hour
)

// readiness is the content of the ready file.
type readiness struct {
	Address string `json:"address"` // gRPC frontend, host:port
	UI      string `json:"ui"`      // web UI, http URL, empty = off
	PID     int    `json:"pid"`
}

// awaitReady returns when the frontend is healthy and the namespace takes work, or with ctx.
func awaitReady(ctx context.Context, frontend string) error {
	c, err := client.NewLazyClient(client.Options{HostPort: frontend, Namespace: namespace, Logger: silent{}})
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		if _, err = c.CheckHealth(ctx, &client.CheckHealthRequest{}); err == nil {
			if err = ensureNamespace(ctx, c.WorkflowService()); err == nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready in time: %w", errors.Join(err, ctx.Err()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func ensureNamespace(ctx context.Context, service workflowservice.WorkflowServiceClient) error {
	_, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if missing := new(serviceerror.NamespaceNotFound); !errors.As(err, &missing) {
		return err
	}
	_, err = service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, Description: "Countersign tickets", WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	if exists := new(serviceerror.NamespaceAlreadyExists); errors.As(err, &exists) {
		return nil
	}
	return err
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
