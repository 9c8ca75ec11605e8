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

// planBody is the body of such a record. Command is the request that submitted the revision.
type planBody struct {
	Command  string          `json:"command"`
	Revision int             `json:"revision"`
	Plan     json.RawMessage `json:"plan"`
}

// frozen is what never changes about a submitted revision, however many people sign it.
type frozen struct {
	revision countersign.Revision // without its canonical bytes
	drafters []string
	plan     planBody
}

// frozenCache remembers submitted revisions, so that a decision need not read them again.
type frozenCache struct {
	mu   sync.Mutex
	byID map[string]*frozen
}

const maxFrozen = 4096

func newFrozenCache() *frozenCache { return &frozenCache{byID: map[string]*frozen{}} }

func frozenID(ticket string, revision int) string { return fmt.Sprintf("%s/%d", ticket, revision) }

func (c *frozenCache) put(f *frozen) {
	f.revision.Canonical = nil
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byID) >= maxFrozen {
		clear(c.byID)
	}
	c.byID[frozenID(f.revision.Ticket, f.revision.N)] = f
}

// frozen returns the current revision of a submitted ticket. A ticket that is with its drafter may still get drafters, so
// it is read anew each time.
func (s *Server) frozen(ctx context.Context, t countersign.Ticket) (*frozen, error) {
	s.cache.mu.Lock()
	f := s.cache.byID[frozenID(t.Number, t.Revision)]
	s.cache.mu.Unlock()
	if f != nil && !t.State.Editable() {
		return f, nil
	}
	f = &frozen{}
	var err error
	if f.revision, err = s.store.Revision(ctx, t.Number, t.Revision); err != nil {
		return nil, err
	}
	if f.drafters, err = s.store.Drafters(ctx, t.Number); err != nil {
		return nil, err
	}
	if f.plan, err = planOf(ctx, s.store, t.Number, t.Revision); err != nil {
		return nil, err
	}
	if !t.State.Editable() {
		s.cache.put(f)
	}
	return f, nil
}

// planOf finds the plan of a revision: the last one, since a submission that was refused may have left one before.
func planOf(ctx context.Context, st *store.Store, ticket string, revision int) (planBody, error) {
	var body planBody
	records, err := st.Records(ctx, ticket)
	if err != nil {
		return body, err
	}
	for i := len(records) - 1; i >= 0; i-- {
		if records[i].Kind != planKind {
			continue
		}
		body = planBody{}
		if err := json.Unmarshal(records[i].Body, &body); err != nil {
			return body, fmt.Errorf("plan of %s: %w", ticket, err)
		}
		if body.Revision == revision {
			return body, nil
		}
	}
	return planBody{}, fmt.Errorf("%s has no plan of revision %d", ticket, revision)
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
	submitted := t.UpdatedAt
	if revision.SubmittedAt != nil {
		submitted = *revision.SubmittedAt
	}
	drafters, err := st.Drafters(ctx, number)
	if err != nil {
		return signoff.Input{}, err
	}
	return workflowInput(pack, t, drafters, plan.Plan, submitted)
}

func workflowInput(pack *contract.Pack, t countersign.Ticket, drafters []string, plan json.RawMessage, submitted time.Time) (signoff.Input, error) {
	clocks, err := signClocks(pack)
	if err != nil {
		return signoff.Input{}, err
	}
	return signoff.Input{
		Ticket: t.Number, Process: t.Process, Contract: t.Contract, System: t.System, Drafter: t.Drafter, Drafters: drafters, Chain: t.Chain,
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

// LongestWindow implements signoff.Rules.
func (r packRules) LongestWindow() (time.Duration, error) {
	return r.pack.Rules().Duration(contract.RuleUpgradeWindow)
}

// ConfirmWithin implements signoff.Rules.
func (r packRules) ConfirmWithin() (time.Duration, error) {
	return r.pack.Rules().Duration(contract.RuleUpgradeConfirm)
}

// NoticeFrom implements signoff.Rules.
func (r packRules) NoticeFrom(t time.Time) (time.Time, error) {
	days, err := r.pack.Rules().Workdays(contract.RuleUpgradeNotice)
	if err != nil {
		return time.Time{}, err
	}
	return r.pack.Calendar().EarliestStart(t, days)
}
