package requirement

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign"
	"countersign/workflows/signoff"
)

const (
	cmdEstimate = "estimate"
	cmdTested   = "tested"
)

// Progress is the projection of a signed requirement.
type Progress struct {
	EstimatedAt *time.Time `json:"estimated_at,omitempty"`
	TestedAt    *time.Time `json:"tested_at,omitempty"`
	Passed      bool       `json:"passed"`
}

// Workflow runs one requirement from its first submit to its filing.
func Workflow(ctx workflow.Context, in signoff.Input) error {
	desk, err := signoff.Open(ctx, in)
	if err != nil {
		return err
	}
	state, err := desk.Approve(ctx, decide)
	if err != nil {
		return err
	}
	progress := &Progress{}
	if state == countersign.StateApproved {
		state, err = develop(ctx, desk, in, progress)
		if err != nil {
			return err
		}
	}
	return desk.Close(ctx, state, progress)
}

// develop waits for the completion date and then for a passed test; a failed test goes back to development.
func develop(ctx workflow.Context, desk *signoff.Desk, in signoff.Input, progress *Progress) (countersign.State, error) {
	wait := func(state countersign.State, name string) (signoff.Command, error) {
		cmd, _, err := desk.Wait(ctx, signoff.Wait{
			State: state, Progress: progress, Clocks: desk.Clocks(),
			Tasks:  []countersign.Task{{Kind: name, Party: countersign.Implementer, Person: in.Drafter}},
			Accept: []signoff.Accept{{Name: name, Check: developers}, {Name: signoff.CmdCancel, Check: desk.Drafting}},
		})
		return cmd, err
	}
	cmd, err := wait(countersign.StateApproved, cmdEstimate)
	if err != nil || cmd.Name == signoff.CmdCancel {
		return countersign.StateCancelled, err
	}
	at := workflow.Now(ctx)
	progress.EstimatedAt = &at
	for !progress.Passed {
		cmd, err := wait(countersign.StateExecuting, cmdTested)
		if err != nil || cmd.Name == signoff.CmdCancel {
			return countersign.StateCancelled, err
		}
		at := workflow.Now(ctx)
		progress.TestedAt, progress.Passed = &at, cmd.Facts["passed"] == "true"
	}
	return countersign.StateFiled, nil
}

// developers is the rule that the implementer's people feed back; the API has checked role and system.
func developers(c signoff.Command) error {
	if c.Actor.Party != countersign.Implementer {
		return signoff.Refuse(countersign.ErrWrongParty)
	}
	return nil
}
