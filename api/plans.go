package api

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"countersign"
	"countersign/internal/contract"
	"countersign/internal/store"
	"countersign/workflows/signoff"
)

// planKind is the kind of the record that keeps the plan of a submitted revision: what the process's own rules need to
// know of the form, the same bytes that its workflow was given.
const planKind = "plan"

// planBody is the body of such a record.
type planBody struct {
	Revision int             `json:"revision"`
	Plan     json.RawMessage `json:"plan"`
}

func planRecord(ticket string, revision int, plan json.RawMessage, person string, at time.Time) (*countersign.Record, error) {
	return newRecord(ticket, planKind, planBody{Revision: revision, Plan: plan}, person, at)
}

// planCache remembers the plans of submitted revisions, which never change.
type planCache struct {
	mu    sync.Mutex
	plans map[string]json.RawMessage
}

const maxPlans = 4096

func newPlanCache() *planCache { return &planCache{plans: map[string]json.RawMessage{}} }

// get returns the plan of a submitted ticket's current revision.
func (p *planCache) get(ctx context.Context, st *store.Store, m *matter) (json.RawMessage, error) {
	key := fmt.Sprintf("%s/%d", m.Number, m.Revision)
	p.mu.Lock()
	plan, ok := p.plans[key]
	p.mu.Unlock()
	if ok {
		return plan, nil
	}
	plan, err := planOf(ctx, st, m.Number, m.Revision)
	if err != nil || m.State.Editable() {
		return plan, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.plans) >= maxPlans {
		clear(p.plans)
	}
	p.plans[key] = plan
	return plan, nil
}

// planOf finds the plan of a revision: the last one, since a submission that was refused may have left one before.
func planOf(ctx context.Context, st *store.Store, ticket string, revision int) (json.RawMessage, error) {
	records, err := st.Records(ctx, ticket)
	if err != nil {
		return nil, err
	}
	for i := len(records) - 1; i >= 0; i-- {
		if records[i].Kind != planKind {
			continue
		}
		var body planBody
		if err := json.Unmarshal(records[i].Body, &body); err != nil {
			return nil, fmt.Errorf("plan of %s: %w", ticket, err)
		}
		if body.Revision == revision {
			return body.Plan, nil
		}
	}
	return nil, fmt.Errorf("%s has no plan of revision %d", ticket, revision)
}

// WorkflowInput returns what the workflow of a submitted ticket starts with. The API starts workflows with it, and the
// reconciler those whose start was lost.
func WorkflowInput(ctx context.Context, st *store.Store, pack *contract.Pack, number string) (signoff.Input, error) {
	t, err := st.Ticket(ctx, number)
	if err != nil {
		return signoff.Input{}, err
	}
	if t.Version == 0 {
		return signoff.Input{}, fmt.Errorf("%s was never submitted", number)
	}
	revision, err := st.Revision(ctx, number, t.Revision)
	if err != nil {
		return signoff.Input{}, err
	}
	plan, err := planOf(ctx, st, number, t.Revision)
	if err != nil {
		return signoff.Input{}, err
	}
	clocks, err := signClocks(pack)
	if err != nil {
		return signoff.Input{}, err
	}
	submitted := t.UpdatedAt
	if revision.SubmittedAt != nil {
		submitted = *revision.SubmittedAt
	}
	return signoff.Input{
		Ticket: t.Number, Process: t.Process, Contract: t.Contract, System: t.System, Drafter: t.Drafter, Chain: t.Chain,
		Clocks: clocks, Revision: t.Revision, Plan: plan, SubmittedAt: submitted, DueAt: t.DueAt,
	}, nil
}

// signClocks are the reminders of one sign-off step, each counted from the one before: the first, further ones, and the
// report to the client's leader. Silence never approves (D-61).
func signClocks(pack *contract.Pack) ([]countersign.Clock, error) {
	var hours [3]int
	for i, key := range []string{contract.RuleRemindAfter, contract.RuleRemindEvery, contract.RuleEscalateAfter} {
		d, err := pack.Rules().Duration(key)
		if err != nil {
			return nil, err
		}
		hours[i] = int(d / time.Hour)
	}
	after, every, escalate := hours[0], hours[1], hours[2]
	var clocks []countersign.Clock
	at := 0
	for next := after; next < escalate && every > 0; next += every {
		clocks = append(clocks, countersign.Clock{Name: "sign_remind", Calendar: "natural", Amount: next - at})
		at = next
	}
	return append(clocks, countersign.Clock{Name: "sign_escalate", Calendar: "natural", Amount: escalate - at}), nil
}

// packRules answers the contract's questions that processes ask at submit.
type packRules struct{ pack *contract.Pack }

// NoticeFrom implements signoff.Rules.
func (r packRules) NoticeFrom(t time.Time) (time.Time, error) {
	days, err := r.pack.Rules().Workdays(contract.RuleUpgradeNotice)
	if err != nil {
		return time.Time{}, err
	}
	return r.pack.Calendar().EarliestStart(t, days)
}
