package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"countersign"
	"countersign/internal/store"
	"countersign/workflows"
	"countersign/workflows/signoff"
)

// Engine is the part of Temporal that the reconciler asks.
type Engine interface {
	Start(ctx context.Context, in signoff.Input, workflowName string) error
	Command(ctx context.Context, ticket string, cmd signoff.Command) (signoff.Ack, error)
	State(ctx context.Context, ticket string) (signoff.Ack, error)
	Running(ctx context.Context, ticket string) (exists, running bool, err error)
}

// Reconciler compares and repairs. All fields are required.
type Reconciler struct {
	Store  *store.Store
	Engine Engine
	// Input rebuilds what a ticket's workflow starts with from the database.
	Input func(ctx context.Context, number string) (signoff.Input, error)
	// Grace is how long the API may take to deliver a command itself.
	Grace time.Duration
	Log   *slog.Logger
}

// Report counts what one pass found.
type Report struct {
	Tickets   int      // open tickets looked at
	Started   int      // workflows whose start had been lost
	Delivered int      // commands that were sent again
	Refused   int      // commands that their workflow refuses
	Problems  []string // differences that nobody but a human can settle
}

// Run makes one pass at once and then one every interval until ctx ends.
func (r *Reconciler) Run(ctx context.Context, interval time.Duration) {
	since := time.Time{} // the first pass compares every open ticket
	for ctx.Err() == nil {
		began := time.Now()
		report, err := r.Once(ctx, since)
		if err != nil && ctx.Err() == nil {
			r.Log.Error("reconcile", "error", err)
		} else if err == nil {
			since = began.Add(-2 * interval)
		}
		r.log(report)
		select {
		case <-ctx.Done():
		case <-time.After(interval):
		}
	}
}

func (r *Reconciler) log(p Report) {
	for _, problem := range p.Problems {
		r.Log.Error("ticket and workflow differ", "problem", problem)
	}
	if p.Started+p.Delivered+p.Refused > 0 {
		r.Log.Info("reconciled", "tickets", p.Tickets, "started", p.Started, "delivered", p.Delivered, "refused", p.Refused)
	}
}

// Once compares every open ticket that changed since the given time, and delivers commands that were left lying.
func (r *Reconciler) Once(ctx context.Context, since time.Time) (Report, error) {
	var report Report
	for after := ""; ; {
		page, err := r.Store.RunningTickets(ctx, after, 200)
		if err != nil || len(page) == 0 {
			if err == nil {
				err = r.deliver(ctx, &report)
			}
			return report, err
		}
		for _, t := range page {
			after = t.Number
			if t.UpdatedAt.Before(since) {
				continue
			}
			report.Tickets++
			if err := r.ticket(ctx, t, &report); err != nil {
				return report, err
			}
		}
	}
}

// ticket compares one open ticket with its workflow.
func (r *Reconciler) ticket(ctx context.Context, t countersign.Ticket, report *Report) error {
	exists, running, err := r.Engine.Running(ctx, t.Number)
	switch {
	case err != nil:
		return err
	case !exists && t.Version == 1:
		return r.start(ctx, t, report)
	case !exists:
		report.Problems = append(report.Problems, fmt.Sprintf("%s is %s at version %d but has no workflow", t.Number, t.State, t.Version))
		return nil
	case !running:
		report.Problems = append(report.Problems, fmt.Sprintf("%s is %s but its workflow has ended", t.Number, t.State))
		return nil
	}
	state, err := r.Engine.State(ctx, t.Number)
	if err != nil {
		return err
	}
	switch {
	case state.Version == t.Version-1:
		return r.redeliver(ctx, t, report)
	case state.Version != t.Version:
		// Both may have moved on between the two questions; only a difference that lasts is one.
		return r.recheck(ctx, t.Number, report)
	}
	return nil
}

func (r *Reconciler) recheck(ctx context.Context, number string, report *Report) error {
	t, err := r.Store.Ticket(ctx, number)
	if err != nil || t.State.Closed() {
		return err
	}
	state, err := r.Engine.State(ctx, number)
	if err == nil && state.Version != t.Version && state.Version != t.Version-1 {
		report.Problems = append(report.Problems, fmt.Sprintf("%s has version %d, its workflow %d", number, t.Version, state.Version))
	}
	return err
}

func (r *Reconciler) start(ctx context.Context, t countersign.Ticket, report *Report) error {
	process, ok := workflows.ByKey(t.Process)
	if !ok {
		report.Problems = append(report.Problems, fmt.Sprintf("%s belongs to the unknown process %s", t.Number, t.Process))
		return nil
	}
	in, err := r.Input(ctx, t.Number)
	if err != nil {
		return err
	}
	report.Started++
	return r.Engine.Start(ctx, in, process.WorkflowName)
}

// redeliver sends the command that the database is ahead by. A transition without a command comes from the workflow itself,
// which will arrive at it again.
func (r *Reconciler) redeliver(ctx context.Context, t countersign.Ticket, report *Report) error {
	id, err := r.Store.LastTransition(ctx, t.Number)
	if err != nil || !strings.HasPrefix(id, "c-") {
		return err
	}
	c, err := r.Store.Command(ctx, id)
	if err != nil {
		return err
	}
	return r.send(ctx, c, report)
}

// deliver sends commands that were stored but of which nobody heard again.
func (r *Reconciler) deliver(ctx context.Context, report *Report) error {
	pending, err := r.Store.PendingCommands(ctx, r.Grace)
	if err != nil {
		return err
	}
	for _, c := range pending {
		if err := r.send(ctx, c, report); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reconciler) send(ctx context.Context, c store.Command, report *Report) error {
	var cmd signoff.Command
	if err := json.Unmarshal(c.Payload, &cmd); err != nil {
		return fmt.Errorf("command %s: %w", c.ID, err)
	}
	_, err := r.Engine.Command(ctx, c.Ticket, cmd)
	if err == nil {
		report.Delivered++
		return nil
	}
	var e *countersign.Error
	if !errors.As(err, &e) || e.Kind == countersign.KindUnavailable || e.Kind == countersign.KindInternal {
		return err
	}
	report.Refused++
	if err := r.Store.RefuseCommand(ctx, c.ID, e.Code); err != nil && !errors.Is(err, countersign.ErrConflict) {
		return err
	}
	return nil
}
