package signoff

import (
	"slices"

	"go.temporal.io/sdk/temporal"

	"countersign"
)

// refuse turns a catalogued error into the typed, non-retryable failure that the caller of an update receives.
func refuse(e *countersign.Error) error {
	return temporal.NewNonRetryableApplicationError(e.Message, e.Code, nil)
}

// check is the one gate that every command passes: the ticket must wait for it, and its rule must hold.
func (d *Desk) check(cmd Command) error {
	if d.closed || d.waiting == nil {
		return refuse(countersign.ErrClosed)
	}
	for _, a := range d.waiting.Accept {
		if a.Name != cmd.Name {
			continue
		}
		if a.Check == nil {
			return nil
		}
		return a.Check(cmd)
	}
	if isDecision(cmd.Name) && cmd.Step != "" && cmd.Step != d.step {
		return refuse(countersign.ErrWrongStep)
	}
	return refuse(countersign.ErrNotWaiting)
}

func isDecision(name string) bool {
	return name == string(countersign.Approve) || name == string(countersign.Return) || name == string(countersign.Reject)
}

// signs is the rule of a signed decision on a step: the right step, revision, party and organisation, a signature at hand,
// and nobody who drafted the ticket or signed it for another party. Stand-ins count as both people.
func (d *Desk) signs(step countersign.ChainStep) func(Command) error {
	return func(c Command) error {
		switch {
		case c.Step != step.ID:
			return refuse(countersign.ErrWrongStep)
		case c.Revision != d.revision:
			return refuse(countersign.ErrStaleRevision)
		case c.Actor.Party != step.Party:
			return refuse(countersign.ErrWrongParty)
		case c.Actor.Organisation != step.Organisation:
			return refuse(countersign.ErrWrongOrg)
		case c.Actor.Overlaps(d.drafters):
			return refuse(countersign.ErrOwnDraft)
		case c.Signature == "":
			return refuse(countersign.ErrBadFacts)
		case len(c.Waivers) > 0 && step.Party != countersign.Client:
			return refuse(countersign.ErrNoWaiver)
		}
		for _, p := range countersign.Parties {
			if p != step.Party && c.Actor.Overlaps(d.signed[p]) {
				return refuse(countersign.ErrTwoParties)
			}
		}
		return nil
	}
}

// Signs returns the Accept list of a step that waits for a signed decision. extra is an additional rule, nil for none.
func (d *Desk) Signs(step countersign.ChainStep, extra func(Command) error, decisions ...countersign.Decision) []Accept {
	var out []Accept
	rule := d.signs(step)
	check := rule
	if extra != nil {
		check = func(c Command) error {
			if err := rule(c); err != nil {
				return err
			}
			return extra(c)
		}
	}
	for _, decision := range decisions {
		out = append(out, Accept{Name: string(decision), Check: check})
	}
	return out
}

// Signed remembers who signed a step. Processes call it for every signed decision that they receive.
func (d *Desk) Signed(step countersign.ChainStep, c Command) {
	d.signed[step.Party] = append(d.signed[step.Party], c.Actor.Identities()...)
}

// Drafting is the rule of commands that belong to the drafter, or to the drafter's stand-in.
func (d *Desk) Drafting(c Command) error {
	if c.Actor.Overlaps(d.drafters) {
		return nil
	}
	return refuse(countersign.ErrNotDrafter)
}

// Belongs is the rule that an actor plays a party of this ticket for the organisation frozen in the chain.
func (d *Desk) Belongs(c Command) error {
	step := d.Step(c.Actor.Party)
	if step.ID == "" {
		return refuse(countersign.ErrWrongParty)
	}
	if step.Organisation != c.Actor.Organisation {
		return refuse(countersign.ErrWrongOrg)
	}
	return nil
}

// Named is the rule that only the listed people, in person, may do something.
func (d *Desk) Named(people []string) func(Command) error {
	return func(c Command) error {
		if !slices.Contains(people, c.Actor.Person) {
			return refuse(countersign.ErrNotNamed)
		}
		return d.Belongs(c)
	}
}

// Refuse lets a process's own rule answer with a catalogued error.
func Refuse(e *countersign.Error) error { return refuse(e) }
