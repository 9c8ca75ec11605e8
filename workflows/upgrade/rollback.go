package upgrade

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign"
	"countersign/workflows/signoff"
)

// rollback carries the signed plan out step by step: each step is done by one person and confirmed by another. A step that
// is not confirmed is done again; a step that takes longer than its limit is a stored event, never skipped.
func (u *upgrade) rollback(ctx workflow.Context) error {
	u.progress.Rollback = nil
	for _, step := range u.plan.Rollback {
		u.progress.Rollback = append(u.progress.Rollback, RollbackDone{RollbackStep: step})
	}
	for i := range u.progress.Rollback {
		if err := u.rollbackStep(ctx, i); err != nil {
			return err
		}
	}
	u.progress.finish(outcomeRolledBack, workflow.Now(ctx))
	return nil
}

func (u *upgrade) rollbackStep(ctx workflow.Context, i int) error {
	step := &u.progress.Rollback[i]
	due := workflow.Now(ctx).Add(time.Duration(step.LimitMinutes) * time.Minute)
	step.DueAt = &due
	for {
		cmd, err := u.rollbackWait(ctx, i, cmdRollbackDone, u.doers(step))
		if err != nil {
			return err
		}
		doer, at := cmd.Actor, workflow.Now(ctx)
		step.DoneBy, step.DoneAt = doer.Person, &at
		cmd, err = u.rollbackWait(ctx, i, cmdRollbackConfirm, u.otherThan(doer))
		if err != nil {
			return err
		}
		if cmd.Facts["passed"] == "true" {
			at := workflow.Now(ctx)
			step.ConfirmedBy, step.ConfirmedAt = cmd.Actor.Person, &at
			return nil
		}
		step.DoneBy, step.DoneAt = "", nil
	}
}

// rollbackWait waits for one half of a rollback step; notes may come in between.
func (u *upgrade) rollbackWait(ctx workflow.Context, i int, name string, check func(signoff.Command) error) (signoff.Command, error) {
	due := *u.progress.Rollback[i].DueAt // the limit counts for doing and confirming together
	tasks := u.operatorTasks(name)
	for j := range tasks {
		tasks[j].DueAt = &due
	}
	if u.progress.Rollback[i].Overdue {
		tasks = append(tasks, u.signersTask(name, due))
	}
	step := &u.progress.Rollback[i]
	for {
		until := due
		if step.Overdue {
			until = time.Time{}
		}
		cmd, ok, err := u.desk.Wait(ctx, signoff.Wait{
			State: countersign.StateRollback, Progress: u.progress, Tasks: tasks, Until: until,
			Accept: []signoff.Accept{{Name: name, Check: check}, {Name: cmdNote, Check: u.desk.Belongs}},
		})
		if err != nil {
			return cmd, err
		}
		if !ok {
			step.Overdue = true
			tasks = append(tasks, u.signersTask(name, due))
			u.desk.Note(countersign.Event{Action: "clock_missed", At: due, Detail: map[string]string{"clock": "rollback_step", "index": fmt.Sprint(i + 1)}})
			continue
		}
		if cmd.Name == name {
			return cmd, nil
		}
	}
}

// signersTask asks the implementer's signers for an overdue half of a step.
func (u *upgrade) signersTask(name string, due time.Time) countersign.Task {
	step := u.desk.Step(countersign.Implementer)
	return countersign.Task{Kind: name, Party: step.Party, Organisation: step.Organisation, Role: step.Role, DueAt: &due}
}

// doers is the rule of who carries a rollback step out: its owner and the operators, or their stand-ins. A step that takes too
// long must not wait for people who are away: anybody of the implementer who holds the role may then do it.
func (u *upgrade) doers(step *RollbackDone) func(signoff.Command) error {
	named := append([]string{step.Owner}, u.plan.Operators...)
	return func(c signoff.Command) error {
		if c.Actor.Overlaps(named) || step.Overdue && c.Actor.Party == countersign.Implementer {
			return u.desk.Belongs(c)
		}
		return signoff.Refuse(countersign.ErrNotNamed)
	}
}

// otherThan is the rule that a rollback step is confirmed by somebody else than the one who did it (stand-ins count twice).
func (u *upgrade) otherThan(doer countersign.Actor) func(signoff.Command) error {
	return func(c signoff.Command) error {
		if c.Actor.Overlaps(doer.Identities()) {
			return signoff.Refuse(countersign.ErrSamePerson)
		}
		return u.desk.Belongs(c)
	}
}
