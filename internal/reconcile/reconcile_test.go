package reconcile

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign"
	"countersign/internal/store"
	"countersign/workflows/signoff"
)

// engine is Temporal as the reconciler sees it; test/e2e runs the real one.
type engine struct {
	versions  map[string]int  // of running workflows
	ended     map[string]bool // workflows that have closed
	refuse    string          // code that commands are refused with, "" for accepted
	started   []string
	delivered []string
}

func (e *engine) Start(_ context.Context, in signoff.Input, workflow string) error {
	e.started = append(e.started, in.Ticket+" "+workflow)
	return nil
}

func (e *engine) Command(_ context.Context, ticket string, cmd signoff.Command) (signoff.Ack, error) {
	if e.refuse != "" {
		return signoff.Ack{}, countersign.ByCode(e.refuse)
	}
	e.delivered = append(e.delivered, ticket+" "+cmd.Name)
	return signoff.Ack{}, nil
}

func (e *engine) State(_ context.Context, ticket string) (signoff.Ack, error) {
	return signoff.Ack{Ticket: ticket, Version: e.versions[ticket]}, nil
}

func (e *engine) Running(_ context.Context, ticket string) (exists, running bool, err error) {
	_, running = e.versions[ticket]
	return running || e.ended[ticket], running, nil
}

var (
	start  = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	author = countersign.Actor{Person: "P001", Party: countersign.Implementer, Organisation: "huabo"}
	chain  = []countersign.ChainStep{{ID: "approval.implementer", Party: countersign.Implementer, Organisation: "huabo", Role: "implementer.signer"}}
)

// open returns a store whose clock stands an hour behind every fact of the tests, so that staged commands are old enough.
func open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{
		Path: filepath.Join(t.TempDir(), "app.db"), Sync: store.Normal, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// submitted stores a ticket that stands at version 1.
func submitted(t *testing.T, s *store.Store) string {
	t.Helper()
	ticket, err := s.CreateTicket(t.Context(), store.NewTicket{
		Process: "upgrade", Prefix: "UPG", Contract: "c", System: "document_flow", Title: "升级", Drafter: author, Canonical: []byte(`{}`), FormVersion: "f", At: start,
	})
	if err != nil {
		t.Fatal(err)
	}
	revision, err := s.Revision(t.Context(), ticket.Number, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Submit(t.Context(), store.SubmitInput{Ticket: ticket.Number, Submission: store.Submission{Revision: 1, SHA256: revision.SHA256, FormVersion: "f"}, Chain: chain, At: start, Tasks: []countersign.Task{{Kind: "sign", Step: chain[0].ID}}})
	if err != nil {
		t.Fatal(err)
	}
	return ticket.Number
}

// stage stores a command that was never delivered.
func stage(t *testing.T, s *store.Store, ticket string) signoff.Command {
	t.Helper()
	cmd := signoff.Command{ID: "c-" + ticket, Name: "withdraw", Actor: author, Revision: 1}
	payload, err := json.Marshal(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.StageCommand(t.Context(), cmd.ID, ticket, cmd.Name, payload); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// apply carries a command out in the database, as the worker does.
func apply(t *testing.T, s *store.Store, ticket string, cmd signoff.Command) {
	t.Helper()
	_, err := s.Apply(t.Context(), countersign.Transition{
		ID: cmd.ID, Ticket: ticket, Version: 2, State: countersign.StateWithdrawn, Revision: 1, Tasks: []countersign.Task{{Kind: "revise", Person: "P001"}}, At: start,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

func TestOnce(t *testing.T) {
	tests := []struct {
		name      string
		prepare   func(t *testing.T, s *store.Store, e *engine, number string)
		started   bool
		delivered bool
		refused   int
		problem   string // part of the one problem, "" for none
	}{
		{"all is well", func(_ *testing.T, _ *store.Store, e *engine, n string) { e.versions[n] = 1 }, false, false, 0, ""},
		{"the start was lost", func(*testing.T, *store.Store, *engine, string) {}, true, false, 0, ""},
		{"a transition was committed before the worker died", func(t *testing.T, s *store.Store, e *engine, n string) {
			apply(t, s, n, stage(t, s, n))
			e.versions[n] = 1
		}, false, true, 0, ""},
		{"the workflow's own transition was committed before the worker died", func(t *testing.T, s *store.Store, e *engine, n string) {
			apply(t, s, n, signoff.Command{ID: "v2"})
			e.versions[n] = 1
		}, false, false, 0, ""},
		{"the workflow has ended", func(_ *testing.T, _ *store.Store, e *engine, n string) { e.ended[n] = true }, false, false, 0, "has ended"},
		{"the workflow vanished", func(t *testing.T, s *store.Store, _ *engine, n string) { apply(t, s, n, stage(t, s, n)) }, false, false, 0, "has no workflow"},
		{"the database is far behind", func(_ *testing.T, _ *store.Store, e *engine, n string) { e.versions[n] = 4 }, false, false, 0, "its workflow 4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, e := open(t), &engine{versions: map[string]int{}, ended: map[string]bool{}}
			number := submitted(t, s)
			tt.prepare(t, s, e, number)
			report := once(t, s, e)
			if got := slices.Contains(e.started, number+" countersign.upgrade"); got != tt.started {
				t.Errorf("started %v", e.started)
			}
			if got := slices.Contains(e.delivered, number+" withdraw"); got != tt.delivered {
				t.Errorf("delivered %v", e.delivered)
			}
			if report.Refused != tt.refused || report.Tickets != 1 {
				t.Errorf("report %+v", report)
			}
			if (tt.problem == "") != (len(report.Problems) == 0) || tt.problem != "" && !strings.Contains(report.Problems[0], tt.problem) {
				t.Errorf("problems %q, want %q", report.Problems, tt.problem)
			}
		})
	}
}

func once(t *testing.T, s *store.Store, e *engine) Report {
	t.Helper()
	r := &Reconciler{Store: s, Engine: e, Log: slog.New(slog.DiscardHandler), Grace: time.Nanosecond,
		Input: func(_ context.Context, number string) (signoff.Input, error) {
			return signoff.Input{Ticket: number}, nil
		}}
	report, err := r.Once(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestLeftCommands(t *testing.T) {
	t.Run("delivered", func(t *testing.T) {
		s, e := open(t), &engine{versions: map[string]int{}, ended: map[string]bool{}}
		number := submitted(t, s)
		e.versions[number] = 1
		stage(t, s, number)
		if report := once(t, s, e); report.Delivered != 1 || !slices.Contains(e.delivered, number+" withdraw") {
			t.Errorf("report %+v, delivered %v", report, e.delivered)
		}
	})
	t.Run("refused", func(t *testing.T) {
		s, e := open(t), &engine{versions: map[string]int{}, ended: map[string]bool{}, refuse: "not_waiting"}
		number := submitted(t, s)
		e.versions[number] = 1
		cmd := stage(t, s, number)
		if report := once(t, s, e); report.Refused != 1 {
			t.Errorf("report %+v", report)
		}
		if c, err := s.Command(t.Context(), cmd.ID); err != nil || c.Status != store.CommandRefused || c.Refusal != "not_waiting" {
			t.Errorf("command %+v, %v", c, err)
		}
		if report := once(t, s, e); report.Refused != 0 {
			t.Errorf("a settled command was sent again: %+v", report)
		}
	})
	t.Run("nobody answers", func(t *testing.T) {
		s, e := open(t), &engine{versions: map[string]int{}, ended: map[string]bool{}, refuse: "unavailable"}
		number := submitted(t, s)
		e.versions[number] = 1
		cmd := stage(t, s, number)
		r := &Reconciler{Store: s, Engine: e, Log: slog.New(slog.DiscardHandler), Grace: time.Nanosecond}
		if _, err := r.Once(t.Context(), time.Time{}); err == nil {
			t.Error("an unknown outcome was taken for an answer")
		}
		if c, err := s.Command(t.Context(), cmd.ID); err != nil || c.Status != store.CommandStaged {
			t.Errorf("command %+v, %v", c, err)
		}
	})
}
