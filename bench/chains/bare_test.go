//go:build bench

package chains

import (
	"context"
	"fmt"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const bareQueue = "bare"

func bareNothing(context.Context) error { return nil }

// bareWorkflow is what the engine alone can do: three updates, one empty local activity each.
func bareWorkflow(ctx workflow.Context) error {
	signed := 0
	err := workflow.SetUpdateHandler(ctx, "sign", func(ctx workflow.Context) (int, error) {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 10 * time.Second})
		if err := workflow.ExecuteLocalActivity(ctx, bareNothing).Get(ctx, nil); err != nil {
			return 0, err
		}
		signed++
		return signed, nil
	})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return signed == 3 && workflow.AllHandlersFinished(ctx) })
}

// bareChains returns a load that runs bare chains against the engine at address.
func bareChains(t *testing.T, address string) load {
	c, err := client.Dial(client.Options{HostPort: address, Namespace: "countersign", Logger: quiet{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w := worker.New(c, bareQueue, worker.Options{
		MaxConcurrentWorkflowTaskPollers: 16, MaxConcurrentActivityTaskPollers: 2, StickyScheduleToStartTimeout: time.Second,
	})
	w.RegisterWorkflow(bareWorkflow)
	w.RegisterActivity(bareNothing)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	run := time.Now().UnixNano()
	return load{name: "bare engine", chain: func(ctx context.Context, worker, n int, decided func(time.Duration)) error {
		id := fmt.Sprintf("bare-%d-%d-%d", run, worker, n)
		_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: id, TaskQueue: bareQueue, EnableEagerStart: true,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		}, bareWorkflow)
		if err != nil {
			return err
		}
		for range 3 {
			began := time.Now()
			h, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: id, UpdateName: "sign", WaitForStage: client.WorkflowUpdateStageCompleted})
			if err != nil {
				return err
			}
			if err := h.Get(ctx, nil); err != nil {
				return err
			}
			decided(time.Since(began))
		}
		return nil
	}}
}

// quiet drops the SDK's log.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
