package store

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"countersign"
)

// model is what a ticket should look like: the simplest program that could be right.
type model struct {
	number   string
	version  int
	state    countersign.State
	revision int
	tasks    int
	status   map[string]countersign.SignatureStatus
	staged   []string       // all signatures in order
	of       map[string]int // revision of each
	last     string
	entries  int
	done     []countersign.Transition
}

// TestTicketsBehaveLikeTheModel drives tickets by random transitions, right, repeated and wrong, and compares them with
// the model after each.
func TestTicketsBehaveLikeTheModel(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		ctx, serial := t.Context(), 0
		rapid.Check(t, func(rt *rapid.T) {
			m := &model{
				number: submitted(t, s, "s1").Number, version: 1, state: countersign.StateSigning, revision: 1, tasks: 1, entries: 2,
				status: map[string]countersign.SignatureStatus{}, of: map[string]int{},
			}
			rt.Repeat(map[string]func(*rapid.T){
				"stage": func(rt *rapid.T) {
					serial++
					id := fmt.Sprintf("model-%d", serial)
					if _, err := s.StageSignature(ctx, signature(id, m.number, m.revision, threeSteps[0], signer)); err != nil {
						rt.Fatal(err)
					}
					m.status[id], m.of[id], m.staged = countersign.SignatureStaged, m.revision, append(m.staged, id)
				},
				"apply": func(rt *rapid.T) { m.apply(ctx, rt, s, &serial) },
				"again": func(rt *rapid.T) {
					if len(m.done) == 0 {
						rt.Skip()
					}
					if a, err := s.Apply(ctx, rapid.SampledFrom(m.done).Draw(rt, "transition"), hours); err != nil || !a.Again {
						rt.Fatalf("%+v, %v", a, err)
					}
				},
				"refuse": func(rt *rapid.T) {
					if len(m.staged) == 0 {
						rt.Skip()
					}
					id := rapid.SampledFrom(m.staged).Draw(rt, "signature")
					refusable := m.status[id] == countersign.SignatureStaged || m.status[id] == countersign.SignatureRefused
					if err := s.RefuseSignature(ctx, id, "x"); refusable != (err == nil) {
						rt.Fatalf("refuse %s signature: %v", m.status[id], err)
					}
					if refusable {
						m.status[id] = countersign.SignatureRefused
					}
				},
				"": func(rt *rapid.T) { m.compare(ctx, rt, s) },
			})
		})
		if r := got(s.VerifyAudit(ctx))(t); len(r.Problems) != 0 {
			t.Errorf("%q", r.Problems)
		}
	})
}

// apply draws a transition, predicts whether it is taken and carries it out on both sides.
func (m *model) apply(ctx context.Context, rt *rapid.T, s *Store, serial *int) {
	*serial++
	tr := countersign.Transition{
		ID: fmt.Sprintf("model-%d", *serial), Ticket: m.number, Version: m.version + rapid.SampledFrom([]int{1, 1, 1, 1, 0, 2}).Draw(rt, "version"),
		State:    rapid.SampledFrom([]countersign.State{countersign.StateSigning, countersign.StateExecuting, countersign.StateApproved}).Draw(rt, "state"),
		Revision: m.revision, At: day, VoidBefore: rapid.SampledFrom([]int{0, 0, 1, 2, 3}).Draw(rt, "void before"), Render: rapid.Bool().Draw(rt, "render"),
		Tasks:  make([]countersign.Task, rapid.IntRange(0, 4).Draw(rt, "tasks")),
		Events: make([]countersign.Event, rapid.IntRange(0, 3).Draw(rt, "events")),
	}
	if rapid.Bool().Draw(rt, "new revision") {
		tr.Revision++
	}
	tr.Signature = rapid.SampledFrom(append([]string{"", "nonsense"}, m.staged...)).Draw(rt, "signature")
	taken := tr.Version == m.version+1 && (tr.Signature == "" || m.status[tr.Signature] == countersign.SignatureStaged)
	_, err := s.Apply(ctx, tr, hours)
	if taken != (err == nil) || !taken && countersign.CodeOf(err) != countersign.ErrConflict.Code {
		rt.Fatalf("%+v: %v, want taken %v", tr, err, taken)
	}
	if !taken {
		return
	}
	m.version, m.state, m.revision, m.tasks, m.entries = tr.Version, tr.State, tr.Revision, len(tr.Tasks), m.entries+len(tr.Events)
	m.done = append(m.done, tr)
	if tr.Signature != "" {
		m.status[tr.Signature], m.last = countersign.SignatureCounted, tr.Signature
	}
	for id, status := range m.status {
		if status == countersign.SignatureCounted && m.of[id] < tr.VoidBefore {
			m.status[id] = countersign.SignatureVoid
		}
	}
}

func (m *model) compare(ctx context.Context, rt *rapid.T, s *Store) {
	tk, err := s.Ticket(ctx, m.number)
	if err != nil || tk.Version != m.version || tk.State != m.state || tk.Revision != m.revision {
		rt.Fatalf("%+v, %v\nmodel %+v", tk, err, m)
	}
	tasks, err := s.Tasks(ctx, m.number)
	if err != nil || len(tasks) != m.tasks {
		rt.Fatalf("%d tasks, %v\nmodel %+v", len(tasks), err, m)
	}
	all, err := s.Signatures(ctx, m.number)
	if err != nil || len(all) != len(m.status) {
		rt.Fatalf("%d signatures, %v\nmodel %+v", len(all), err, m)
	}
	for i, sig := range all {
		if sig.Status != m.status[sig.ID] || sig.Seq != i+1 {
			rt.Fatalf("%s %d is %s\nmodel %+v", sig.ID, sig.Seq, sig.Status, m)
		}
	}
	if last, err := s.LastSignature(ctx, m.number); (err == nil) != (m.last != "") || last.ID != m.last {
		rt.Fatalf("last signature %s, %v\nmodel %+v", last.ID, err, m)
	}
	page, _, err := s.AuditEntries(ctx, AuditQuery{Chain: m.number}, Page{Limit: MaxLimit})
	if err != nil || len(page) != m.entries {
		rt.Fatalf("%d entries, %v\nmodel %+v", len(page), err, m)
	}
}
