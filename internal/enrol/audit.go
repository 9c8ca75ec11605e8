package enrol

import (
	"context"
	"errors"
	"strings"

	"countersign"
)

// codeRefused marks an audit entry of what the contract or the state of the person does not allow.
const codeRefused = "user_refused"

// refusal is an error that says why a change is not allowed, as against one that failed.
type refusal struct{ error }

// Unwrap returns the reason.
func (r refusal) Unwrap() error { return r.error }

// refused makes one refusal of reasons, nil without any.
func refused(reasons ...error) error {
	if err := errors.Join(reasons...); err != nil {
		return refusal{err}
	}
	return nil
}

// about begins the detail of an audit entry. The person stands there and not as the actor: who sits at the machine is
// not known to us.
func (d *Desk) about(p countersign.Person) map[string]string {
	return map[string]string{"via": d.Via, "person": p.ID}
}

func roles(grants []countersign.Grant) string {
	var out []string
	for _, g := range grants {
		out = append(out, g.Role+"@"+g.System)
	}
	return strings.Join(out, " ")
}

// record appends what was done, or refused, to the audit chain of the system and passes err on. A change that failed half
// way is kept as well: part of it may stand.
func (d *Desk) record(ctx context.Context, action string, detail map[string]string, err error) error {
	e := countersign.AuditEntry{Action: action, Outcome: countersign.OutcomeOK, Detail: detail}
	var no refusal
	switch {
	case errors.As(err, &no):
		e.Outcome, e.Code = countersign.OutcomeRefused, codeRefused
	case err != nil:
		e.Outcome, e.Code = countersign.OutcomeRefused, countersign.CodeOf(err)
	}
	_, failed := d.Store.AppendAudit(ctx, e)
	return errors.Join(err, failed)
}
