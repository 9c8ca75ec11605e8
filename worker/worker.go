package worker

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/workflows"
)

// Worker polls the ticket task queue.
type Worker struct{ w worker.Worker }

// New makes a worker on a task queue. Limits follow what was measured: 16 workflow pollers keep the tail short, one second
// of stickiness lets another worker take over quickly.
func New(c client.Client, taskQueue string, acts *activities.Activities) *Worker {
	worker.SetStickyWorkflowCacheSize(4000)
	w := worker.New(c, taskQueue, worker.Options{
		MaxConcurrentWorkflowTaskPollers:        16,
		MaxConcurrentActivityTaskPollers:        4,
		MaxConcurrentActivityExecutionSize:      4,
		MaxConcurrentLocalActivityExecutionSize: 200,
		StickyScheduleToStartTimeout:            time.Second,
		WorkerStopTimeout:                       10 * time.Second,
	})
	Register(w)
	RegisterActivities(w, acts)
	return &Worker{w: w}
}

// Register registers every process's workflow under its explicit name.
func Register(r worker.WorkflowRegistry) {
	for _, p := range workflows.All() {
		r.RegisterWorkflowWithOptions(p.Workflow, workflow.RegisterOptions{Name: p.WorkflowName})
	}
}

// RegisterActivities registers the side effects under their explicit names.
func RegisterActivities(r worker.ActivityRegistry, acts *activities.Activities) {
	r.RegisterActivityWithOptions(acts.Apply, activity.RegisterOptions{Name: activities.NameApply})
	r.RegisterActivityWithOptions(acts.File, activity.RegisterOptions{Name: activities.NameFile})
}

// Start begins to poll.
func (w *Worker) Start() error {
	if err := w.w.Start(); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	return nil
}

// Stop lets running work finish, for at most WorkerStopTimeout.
func (w *Worker) Stop() { w.w.Stop() }
