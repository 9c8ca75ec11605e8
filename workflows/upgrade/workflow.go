package upgrade

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign"
	"countersign/workflows/signoff"
)

// Commands of the execution phase.
const (
	cmdStart           = "start"
	cmdNote            = "note"
	cmdResults         = "results"
	cmdRollback        = "rollback"
	cmdRollbackDone    = "rollback_done"
	cmdRollbackConfirm = "rollback_confirm"
	cmdReport          = "report"
	cmdRecord          = "record" // 升级记录
)

// Outcomes of an upgrade.
const (
	outcomeSuccess    = "success"
	outcomeRolledBack = "rolled_back"
)

// Workflow runs one upgrade request from its first submit to its filing.
func Workflow(ctx workflow.Context, in signoff.Input) error {
	desk, err := signoff.Open(ctx, in)
	if err != nil {
		return err
	}
	run := &upgrade{desk: desk}
	state, err := desk.Approve(ctx, decide)
	if err != nil {
		return err
	}
	if state == countersign.StateApproved {
		state, err = run.execute(ctx)
	}
	if err != nil {
		return err
	}
	return desk.Close(ctx, state, run.projection())
}

// upgrade is the execution phase of one ticket.
type upgrade struct {
	desk     *signoff.Desk
	plan     Plan
	progress *Progress
}

// execute is everything after the third signature: window, work, confirmation or rollback, report.
func (u *upgrade) execute(ctx workflow.Context) (countersign.State, error) {
	if err := u.desk.Plan(&u.plan); err != nil {
		return "", err
	}
	u.progress = newProgress(u.plan)
	state, err := u.window(ctx)
	if err != nil || state != countersign.StateExecuting {
		return state, err
	}
	success, err := u.work(ctx)
	if err != nil {
		return "", err
	}
	if !success {
		if err := u.rollback(ctx); err != nil {
			return "", err
		}
	}
	return countersign.StateFiled, u.report(ctx)
}

// projection is nil until the execution phase began.
func (u *upgrade) projection() any {
	if u.progress == nil {
		return nil
	}
	return u.progress
}

// window waits for a named operator to start inside the agreed window. A window that passes unused closes the approval.
func (u *upgrade) window(ctx workflow.Context) (countersign.State, error) {
	start := u.desk.Named(u.plan.Operators)
	cmd, ok, err := u.desk.Wait(ctx, signoff.Wait{
		State: countersign.StateApproved, Until: u.plan.WindowTo, Progress: u.progress, Tasks: u.operatorTasks(cmdStart),
		Accept: []signoff.Accept{
			{Name: cmdStart, Check: func(c signoff.Command) error {
				if workflow.Now(ctx).Before(u.plan.WindowFrom) {
					return signoff.Refuse(countersign.ErrTooEarly)
				}
				return start(c)
			}},
			{Name: signoff.CmdCancel, Check: u.desk.Drafting},
		},
	})
	switch {
	case err != nil:
		return "", err
	case !ok:
		u.desk.Note(countersign.Event{Action: "window_passed", At: u.plan.WindowTo})
		return countersign.StateExpired, nil
	case cmd.Name == signoff.CmdCancel:
		return countersign.StateCancelled, nil
	}
	u.progress.started(cmd.Actor.Person, workflow.Now(ctx))
	return countersign.StateExecuting, nil
}

// work runs until the client has signed success (true) or the rollback branch opens (false): by hand, by a failed test, by
// the client's refusal, or by the dead-man clock when no success was signed in time.
func (u *upgrade) work(ctx workflow.Context) (bool, error) {
	wait := u.executing()
	for {
		cmd, ok, err := u.desk.Wait(ctx, wait)
		if err != nil {
			return false, err
		}
		if !ok {
			u.desk.Note(countersign.Event{Action: "dead_man_clock", At: u.plan.ConfirmBy()})
			u.progress.fail("dead_man_clock", u.plan.ConfirmBy())
			return false, nil
		}
		now := workflow.Now(ctx)
		switch cmd.Name {
		case cmdNote, cmdRecord:
		case cmdResults:
			u.progress.tested(cmd.Facts["passed"] == "true", now)
			if !u.progress.Passed {
				u.progress.fail("test_failed", now)
				return false, nil
			}
			wait = u.confirming()
		case cmdRollback:
			u.progress.fail("by_hand", now)
			return false, nil
		case string(countersign.Approve):
			u.desk.Signed(u.resultStep(), cmd)
			u.progress.finish(outcomeSuccess, now)
			return true, nil
		case string(countersign.Return):
			u.desk.Signed(u.resultStep(), cmd)
			wait = u.executing()
		case string(countersign.Reject):
			u.desk.Signed(u.resultStep(), cmd)
			u.progress.fail("client_refused", now)
			return false, nil
		}
	}
}

func (u *upgrade) executing() signoff.Wait {
	return signoff.Wait{
		State: countersign.StateExecuting, Until: u.plan.ConfirmBy(), Progress: u.progress, Tasks: u.operatorTasks(cmdResults),
		Accept: []signoff.Accept{
			{Name: cmdResults, Check: u.desk.Named(u.plan.Operators)}, {Name: cmdRecord, Check: u.desk.Named(u.plan.Operators)},
			{Name: cmdNote, Check: u.desk.Belongs}, {Name: cmdRollback, Check: u.desk.Belongs},
		},
	}
}

func (u *upgrade) confirming() signoff.Wait {
	step := u.resultStep()
	return signoff.Wait{
		State: countersign.StateConfirm, Step: step.ID, Until: u.plan.ConfirmBy(), Progress: u.progress,
		Tasks: []countersign.Task{signoff.SignTask(step)},
		Accept: append(u.desk.Signs(step, nil, countersign.Approve, countersign.Return, countersign.Reject),
			signoff.Accept{Name: cmdNote, Check: u.desk.Belongs}, signoff.Accept{Name: cmdRollback, Check: u.desk.Belongs}),
	}
}

// report waits for the 升级报告 and its acceptance by the client; a returned report is written again.
func (u *upgrade) report(ctx workflow.Context) error {
	drafter := u.desk.Step(countersign.Implementer)
	step := u.clientStep("report.client")
	for {
		_, _, err := u.desk.Wait(ctx, signoff.Wait{
			State: countersign.StateReport, Progress: u.progress, Clocks: u.desk.Clocks(),
			Tasks:  []countersign.Task{{Kind: cmdReport, Party: drafter.Party, Organisation: drafter.Organisation, Role: "implementer.engineer"}},
			Accept: []signoff.Accept{{Name: cmdReport, Check: u.desk.Belongs}},
		})
		if err != nil {
			return err
		}
		cmd, _, err := u.desk.Wait(ctx, signoff.Wait{
			State: countersign.StateAccept, Step: step.ID, Progress: u.progress, Clocks: u.desk.Clocks(),
			Tasks:  []countersign.Task{signoff.SignTask(step)},
			Accept: u.desk.Signs(step, nil, countersign.Approve, countersign.Return),
		})
		if err != nil {
			return err
		}
		u.desk.Signed(step, cmd)
		if cmd.Name == string(countersign.Approve) {
			return nil
		}
	}
}

// clientStep is a later sign-off of the client, for the same organisation and role as in the chain.
func (u *upgrade) clientStep(id string) countersign.ChainStep {
	step := u.desk.Step(countersign.Client)
	step.ID = id
	return step
}

func (u *upgrade) resultStep() countersign.ChainStep { return u.clientStep("result.client") }

func (u *upgrade) operatorTasks(kind string) []countersign.Task {
	org := u.desk.Step(countersign.Implementer).Organisation
	var tasks []countersign.Task
	for _, p := range u.plan.Operators {
		due := u.plan.WindowTo
		tasks = append(tasks, countersign.Task{Kind: kind, Party: countersign.Implementer, Organisation: org, Person: p, DueAt: &due})
	}
	return tasks
}

// Progress is the projection of an upgrade's execution phase that screens and documents show.
type Progress struct {
	WindowFrom time.Time  `json:"window_from"`
	WindowTo   time.Time  `json:"window_to"`
	ConfirmBy  time.Time  `json:"confirm_by"`
	Operators  []string   `json:"operators"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	StartedBy  string     `json:"started_by,omitempty"`
	TestedAt   *time.Time `json:"tested_at,omitempty"`
	Passed     bool       `json:"passed"`
	Outcome    string     `json:"outcome,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	// FailedBy says what opened the rollback branch: by_hand, test_failed, client_refused or dead_man_clock.
	FailedBy string         `json:"failed_by,omitempty"`
	FailedAt *time.Time     `json:"failed_at,omitempty"`
	Rollback []RollbackDone `json:"rollback,omitempty"`
}

// RollbackDone is how far one rollback step has come.
type RollbackDone struct {
	RollbackStep
	DueAt       *time.Time `json:"due_at,omitempty"`
	Overdue     bool       `json:"overdue,omitempty"`
	DoneBy      string     `json:"done_by,omitempty"`
	DoneAt      *time.Time `json:"done_at,omitempty"`
	ConfirmedBy string     `json:"confirmed_by,omitempty"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"`
}

func newProgress(p Plan) *Progress {
	return &Progress{WindowFrom: p.WindowFrom, WindowTo: p.WindowTo, ConfirmBy: p.ConfirmBy(), Operators: p.Operators}
}

func (p *Progress) started(person string, at time.Time) { p.StartedBy, p.StartedAt = person, &at }

func (p *Progress) tested(passed bool, at time.Time) { p.Passed, p.TestedAt = passed, &at }

func (p *Progress) fail(why string, at time.Time) { p.FailedBy, p.FailedAt = why, &at }

func (p *Progress) finish(outcome string, at time.Time) { p.Outcome, p.EndedAt = outcome, &at }
