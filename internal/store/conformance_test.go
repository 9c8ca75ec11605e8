package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"countersign"
	"countersign/internal/testkit"
)

// both runs a test on a fresh migrated database of each kind.
func both(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Helper()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) { test(t, open(t, kind, Config{Sync: Normal})) })
	}
}

// open opens and migrates a fresh database of a kind and closes it with the test.
func open(t testing.TB, kind string, c Config, opts ...testkit.PostgresOption) *Store {
	t.Helper()
	if kind == "postgres" {
		c.URL = testkit.Postgres(t, opts...)
	} else {
		c.Path = filepath.Join(t.TempDir(), "app.db")
	}
	c.Log = slog.New(slog.DiscardHandler)
	s, err := Open(t.Context(), c)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.Migrate(t.Context()))
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got returns v or ends the test.
func got[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// wantCode fails unless err has the code of want (nil: no error).
func wantCode(t testing.TB, err error, want *countersign.Error) {
	t.Helper()
	switch {
	case want == nil && err != nil:
		t.Fatalf("unexpected: %v", err)
	case want != nil && (err == nil || countersign.CodeOf(err) != want.Code):
		t.Fatalf("got %v, want %s", err, want.Code)
	}
}

// day is a fixed point in time of the tests.
var day = time.Date(2026, 3, 2, 1, 2, 3, 456e6, time.UTC)

var (
	engineer   = countersign.Actor{Person: "P001", Party: countersign.Implementer, Organisation: "org-i"}
	signer     = countersign.Actor{Person: "P002", Party: countersign.Implementer, Organisation: "org-i"}
	supervisor = countersign.Actor{Person: "P003", Party: countersign.Supervisor, Organisation: "org-s"}
	officer    = countersign.Actor{Person: "P004", Party: countersign.Client, Organisation: "org-c"}
)

var threeSteps = []countersign.ChainStep{
	{ID: "approval.implementer", Party: countersign.Implementer, Organisation: "org-i", Role: "implementer_signer"},
	{ID: "approval.supervisor", Party: countersign.Supervisor, Organisation: "org-s", Role: "supervisor_signer"},
	{ID: "approval.client", Party: countersign.Client, Organisation: "org-c", Role: "client_signer"},
}

func draft(t testing.TB, s *Store, system string) countersign.Ticket {
	t.Helper()
	return got(s.CreateTicket(t.Context(), NewTicket{
		Process: "upgrade", Prefix: "UPG", Contract: "c-2024", System: system, Title: "升级 " + system, Drafter: engineer,
		Canonical: []byte(`{"a":1}`), FormVersion: "f1", At: day,
		Events: []countersign.Event{{Action: "ticket.create", Actor: engineer}},
	}))(t)
}

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func signTask(step countersign.ChainStep) []countersign.Task {
	return []countersign.Task{{Kind: "sign", Step: step.ID, Party: step.Party, Organisation: step.Organisation, Role: step.Role}}
}

func submitInput(ticket string) SubmitInput {
	return SubmitInput{
		Ticket: ticket,
		Submission: Submission{
			Revision: 1, SHA256: sha256Of(`{"a":1}`), Document: countersign.FileDigest{Name: "form.pdf", SHA256: "d1"},
			Attachments: []countersign.FileDigest{{Name: "测试报告.pdf", SHA256: "a1"}}, FormVersion: "f1", TemplateSHA256: "t1",
		},
		Chain: threeSteps, At: day.Add(time.Minute), Tasks: signTask(threeSteps[0]),
		Events: []countersign.Event{{Action: "ticket.submit", Actor: engineer}},
	}
}

func submitted(t testing.TB, s *Store, system string) countersign.Ticket {
	t.Helper()
	return got(s.Submit(t.Context(), submitInput(draft(t, s, system).Number)))(t)
}

func signature(id, ticket string, revision int, step countersign.ChainStep, who countersign.Actor) countersign.Signature {
	return countersign.Signature{
		ID: id, Ticket: ticket, Revision: revision, Step: step.ID, Party: step.Party, Organisation: step.Organisation,
		Person: who.Person, OnBehalfOf: who.OnBehalfOf, Decision: countersign.Approve, Opinion: "同意", SignedAt: day.Add(time.Hour),
		Statement: []byte("{}"), CMS: []byte{1}, Certificate: []byte{2}, Picture: []byte{3},
	}
}

// approve stages and applies the approval of step n (from 0) of a ticket of version n+1.
func approve(t testing.TB, s *Store, ticket string, n int, who countersign.Actor) countersign.Applied {
	t.Helper()
	id := fmt.Sprintf("%s/%d", ticket, n)
	sig := signature("sig-"+id, ticket, 1, threeSteps[n], who)
	_, err := s.Stage(t.Context(), Staged{Ticket: ticket, Signature: &sig, CommandID: id, CommandName: "decide", Payload: []byte("{}")})
	must(t, err)
	return got(s.Apply(t.Context(), approval(ticket, n, who), hours))(t)
}

func approval(ticket string, n int, who countersign.Actor) countersign.Transition {
	id := fmt.Sprintf("%s/%d", ticket, n)
	tr := countersign.Transition{
		ID: id, Ticket: ticket, Version: n + 2, State: countersign.StateSigning, Revision: 1, Signature: "sig-" + id,
		Clock: &countersign.Clock{Name: "remind", Calendar: "natural", Amount: 24}, Render: true, At: day.Add(time.Duration(n+2) * time.Hour),
		Events: []countersign.Event{{Action: "decision.approve", Actor: who, Detail: map[string]string{"step": threeSteps[n].ID}}},
	}
	if n+1 < len(threeSteps) {
		tr.Step, tr.Tasks = threeSteps[n+1].ID, signTask(threeSteps[n+1])
	} else {
		tr.State = countersign.StateApproved
	}
	return tr
}

// hours is a calendar of natural hours.
func hours(c countersign.Clock, from time.Time) (time.Time, error) {
	return from.Add(time.Duration(c.Amount) * time.Hour), nil
}
