package signoff

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"countersign"
)

// Approve runs the approval chain: each step waits for its party's signed decision. A return or a withdrawal hands the
// ticket back to the drafter, whose new revision starts the chain again; earlier signatures count no more. It returns
// countersign.StateApproved, or the closed state that the ticket must end in. decide is the process's own rule of a
// decision, Process.Decide; nil for none.
func (d *Desk) Approve(ctx workflow.Context, decide func(Deciding) *countersign.Error) (countersign.State, error) {
	for i := 0; i < len(d.in.Chain); {
		step := d.in.Chain[i]
		cmd, _, err := d.Wait(ctx, d.stepWait(ctx, step, decide))
		if err != nil {
			return "", err
		}
		switch cmd.Name {
		case string(countersign.Approve):
			d.Signed(step, cmd)
			i++
		case string(countersign.Reject):
			d.Signed(step, cmd)
			return countersign.StateRejected, nil
		case string(countersign.Return):
			d.Signed(step, cmd)
			i, err = d.revise(ctx, countersign.StateReturned)
		case string(countersign.Withdraw):
			i, err = d.revise(ctx, countersign.StateWithdrawn)
		default:
			err = fmt.Errorf("unexpected command %q at %s", cmd.Name, step.ID)
		}
		if err != nil {
			return "", err
		}
		if i < 0 {
			return countersign.StateCancelled, nil
		}
	}
	return countersign.StateApproved, nil
}

func (d *Desk) stepWait(ctx workflow.Context, step countersign.ChainStep, decide func(Deciding) *countersign.Error) Wait {
	var rule func(Command) error
	if decide != nil {
		rule = func(c Command) error {
			e := decide(Deciding{
				Plan: d.plan, Now: workflow.Now(ctx), Step: step, Decision: countersign.Decision(c.Name), Waivers: c.Waivers, Actor: c.Actor,
			})
			if e != nil {
				return refuse(e)
			}
			return nil
		}
	}
	accept := d.Signs(step, rule, countersign.Approve, countersign.Return, countersign.Reject)
	accept = append(accept, Accept{Name: string(countersign.Withdraw), Check: d.Drafting})
	return Wait{
		State: countersign.StateSigning, Step: step.ID, Tasks: []countersign.Task{SignTask(step)},
		Accept: accept, Clocks: d.in.Clocks,
	}
}

// SignTask is the task of signing a step: any holder of its role in its organisation.
func SignTask(step countersign.ChainStep) countersign.Task {
	return countersign.Task{Kind: "sign", Step: step.ID, Party: step.Party, Organisation: step.Organisation, Role: step.Role}
}

// revise waits for the drafter's new revision. It returns the chain index to go on with: 0, or -1 when the drafter cancels.
func (d *Desk) revise(ctx workflow.Context, state countersign.State) (int, error) {
	d.void = d.revision + 1
	drafter := countersign.Task{Kind: "revise", Party: countersign.Implementer, Person: d.in.Drafter}
	cmd, _, err := d.Wait(ctx, Wait{
		State: state, Tasks: []countersign.Task{drafter}, Clocks: d.in.Clocks,
		Accept: []Accept{{Name: CmdSubmit, Check: d.resubmits}, {Name: CmdCancel, Check: d.Drafting}},
	})
	if err != nil || cmd.Name == CmdCancel {
		return -1, err
	}
	d.revision, d.plan = cmd.Revision, cmd.Plan
	d.drafters = append(d.drafters, cmd.Actor.Identities()...)
	return 0, nil
}

func (d *Desk) resubmits(c Command) error {
	if err := d.Drafting(c); err != nil {
		return err
	}
	if c.Revision <= d.revision || len(c.Plan) == 0 {
		return refuse(countersign.ErrStaleRevision)
	}
	// A stand-in who drafts may not have signed for another party before.
	for _, p := range []countersign.Party{countersign.Supervisor, countersign.Client} {
		if c.Actor.Overlaps(d.signed[p]) {
			return refuse(countersign.ErrTwoParties)
		}
	}
	return nil
}
