package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"countersign"
)

func TestApplyTakesATicketThroughItsChain(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := submitted(t, s, "s1")
		due := map[int]time.Time{}
		for n, who := range []countersign.Actor{signer, supervisor, officer} {
			applied := approve(t, s, tk.Number, n, who)
			if applied.Again || applied.DueAt == nil || !applied.DueAt.Equal(day.Add(time.Duration(n+26)*time.Hour)) {
				t.Fatalf("step %d: %+v", n, applied)
			}
			due[n] = *applied.DueAt
			tasks := got(s.Tasks(t.Context(), tk.Number))(t)
			if n == 2 {
				if len(tasks) != 0 {
					t.Errorf("tasks after the last signature: %+v", tasks)
				}
			} else if len(tasks) != 1 || tasks[0].Step != threeSteps[n+1].ID || !tasks[0].DueAt.Equal(due[n]) || tasks[0].Ticket != tk.Number {
				t.Errorf("tasks after step %d: %+v", n, tasks)
			}
		}
		tk = got(s.Ticket(t.Context(), tk.Number))(t)
		if tk.State != countersign.StateApproved || tk.Version != 4 || tk.Step != "" || !tk.DueAt.Equal(due[2]) ||
			!tk.UpdatedAt.Equal(day.Add(4*time.Hour)) || !reflect.DeepEqual(tk.Chain, threeSteps) {
			t.Errorf("ticket %+v", tk)
		}
		for i, sig := range got(s.Signatures(t.Context(), tk.Number))(t) {
			if sig.Status != countersign.SignatureCounted || sig.Seq != i+1 || sig.Opinion != "同意" || string(sig.Picture) != "\x03" {
				t.Errorf("signature %+v", sig)
			}
		}
		var actions []string
		for _, e := range chainOf(t, s, tk.Number) {
			actions = append(actions, e.Action+" "+e.Person+" "+e.Detail["step"])
		}
		want := []string{"ticket.create P001 ", "ticket.submit P001 ", "decision.approve P002 approval.implementer",
			"decision.approve P003 approval.supervisor", "decision.approve P004 approval.client"}
		if !reflect.DeepEqual(actions, want) {
			t.Errorf("audit %q", actions)
		}
		if id := got(s.LastTransition(t.Context(), tk.Number))(t); id != tk.Number+"/2" {
			t.Errorf("last transition %s", id)
		}
	})
}

func TestApplyTwiceChangesOnce(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := submitted(t, s, "s1")
		first := approve(t, s, tk.Number, 0, signer)
		approve(t, s, tk.Number, 1, supervisor)
		for range 2 { // also the last but one: a worker that came back late
			again := got(s.Apply(t.Context(), approval(tk.Number, 0, signer), hours))(t)
			if !again.Again || !again.DueAt.Equal(*first.DueAt) {
				t.Errorf("replay: %+v", again)
			}
		}
		late := approval(tk.Number, 0, signer)
		late.Version = 4 // the same ID as a new version is the old transition, too
		if again := got(s.Apply(t.Context(), late, hours))(t); !again.Again {
			t.Errorf("reused ID: %+v", again)
		}
		if n := len(chainOf(t, s, tk.Number)); n != 4 {
			t.Errorf("%d audit entries", n)
		}
		if v := got(s.Ticket(t.Context(), tk.Number))(t).Version; v != 3 {
			t.Errorf("version %d", v)
		}
	})
}

func TestApplyRefusesAndChangesNothing(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk, other := submitted(t, s, "s1"), submitted(t, s, "s1")
		for _, sig := range []countersign.Signature{
			signature("good", tk.Number, 1, threeSteps[0], signer), signature("foreign", other.Number, 1, threeSteps[0], signer),
			signature("refused", tk.Number, 1, threeSteps[0], signer),
		} {
			got(s.StageSignature(t.Context(), sig))(t)
		}
		must(t, s.RefuseSignature(t.Context(), "refused", "wrong_step"))
		before := snapshot(t, s, tk.Number)
		noCalendar := errors.New("no calendar")
		for name, c := range map[string]struct {
			change func(*countersign.Transition)
			want   *countersign.Error
		}{
			"version gap":         {func(tr *countersign.Transition) { tr.Version = 3 }, countersign.ErrConflict},
			"version again":       {func(tr *countersign.Transition) { tr.Version = 1 }, countersign.ErrConflict},
			"unknown signature":   {func(tr *countersign.Transition) { tr.Signature = "none" }, countersign.ErrConflict},
			"signature elsewhere": {func(tr *countersign.Transition) { tr.Signature = "foreign" }, countersign.ErrConflict},
			"refused signature":   {func(tr *countersign.Transition) { tr.Signature = "refused" }, countersign.ErrConflict},
			"unknown record":      {func(tr *countersign.Transition) { tr.Record = "none" }, countersign.ErrConflict},
			"unknown ticket":      {func(tr *countersign.Transition) { tr.Ticket = "UPG-2026-999999" }, countersign.ErrNotFound},
			"calendar fails":      {func(tr *countersign.Transition) { tr.Clock.Name = "broken" }, countersign.ErrInternal},
		} {
			tr := approval(tk.Number, 0, signer)
			tr.Signature = "good"
			c.change(&tr)
			_, err := s.Apply(t.Context(), tr, func(c countersign.Clock, from time.Time) (time.Time, error) {
				if c.Name == "broken" {
					return from, noCalendar
				}
				return hours(c, from)
			})
			if err == nil || countersign.CodeOf(err) != c.want.Code {
				t.Errorf("%s: got %v, want %s", name, err, c.want.Code)
			}
			if after := snapshot(t, s, tk.Number); after != before {
				t.Errorf("%s left\n%s\nafter\n%s", name, after, before)
			}
		}
	})
}

// snapshot is everything that is stored of a ticket, as text.
func snapshot(t *testing.T, s *Store, ticket string) string {
	t.Helper()
	raw, err := json.Marshal([]any{
		got(s.Ticket(t.Context(), ticket))(t), got(s.Tasks(t.Context(), ticket))(t), got(s.Signatures(t.Context(), ticket))(t),
		got(s.Records(t.Context(), ticket))(t), got(s.Revisions(t.Context(), ticket))(t), chainOf(t, s, ticket),
		got(s.Documents(t.Context(), ticket))(t),
	})
	must(t, err)
	return string(raw)
}

func TestReturnVoidsAndResubmitFreezes(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := submitted(t, s, "s1")
		approve(t, s, tk.Number, 0, signer)
		sig := signature("return", tk.Number, 1, threeSteps[1], supervisor)
		sig.Decision = countersign.Return
		got(s.StageSignature(t.Context(), sig))(t)
		got(s.Apply(t.Context(), countersign.Transition{
			ID: "c-return", Ticket: tk.Number, Version: 3, State: countersign.StateReturned, Revision: 1, Signature: "return", VoidBefore: 2,
			Tasks: []countersign.Task{{Kind: "revise", Party: countersign.Implementer, Person: "P001"}, {Kind: "extra", Person: "P009"}}, At: day,
		}, hours))(t)
		for _, sig := range got(s.Signatures(t.Context(), tk.Number))(t) {
			if sig.Status != countersign.SignatureVoid {
				t.Errorf("%s is %s", sig.ID, sig.Status)
			}
		}
		if last := got(s.LastSignature(t.Context(), tk.Number))(t); last.ID != "return" {
			t.Errorf("last signature %s", last.ID)
		}
		if r := got(s.Revision(t.Context(), tk.Number, 1))(t); r.SubmittedAt == nil || r.Document.SHA256 != "d1" {
			t.Errorf("revision 1: %+v", r)
		}

		resubmit := countersign.Transition{
			ID: "c-submit", Ticket: tk.Number, Version: 4, State: countersign.StateSigning, Step: threeSteps[0].ID, Revision: 2,
			Tasks: signTask(threeSteps[0]), At: day.Add(time.Hour),
		}
		_, err := s.Apply(t.Context(), resubmit, hours)
		wantCode(t, err, countersign.ErrConflict) // there is no revision 2 yet
		d := RevisionDraft{Ticket: tk.Number, N: 2, Canonical: []byte(`{"a":2}`), FormVersion: "f1", By: engineer, At: day}
		got(s.SaveRevision(t.Context(), d))(t)
		got(s.Stage(t.Context(), Staged{
			Ticket: tk.Number, CommandID: "c-submit", CommandName: "submit",
			Submission: &Submission{Revision: 2, SHA256: sha256Of(`{"a":2}`), Document: countersign.FileDigest{Name: "p.docx", SHA256: "d2"}, FormVersion: "f2", TemplateSHA256: "t2"},
		}))(t)
		_, err = s.SaveRevision(t.Context(), d)
		wantCode(t, err, countersign.ErrConflict) // it is being submitted
		got(s.Apply(t.Context(), resubmit, hours))(t)
		r := got(s.Revision(t.Context(), tk.Number, 0))(t)
		if r.N != 2 || r.Document.SHA256 != "d2" || r.FormVersion != "f2" || r.TemplateSHA256 != "t2" || !r.SubmittedAt.Equal(day.Add(time.Hour)) {
			t.Errorf("revision 2: %+v", r)
		}
		if tasks := got(s.Tasks(t.Context(), tk.Number))(t); len(tasks) != 1 || tasks[0].Kind != "sign" || tasks[0].Person != "" {
			t.Errorf("tasks %+v", tasks)
		}
	})
}

func TestApplyKeepsWhatATransitionDoesNotSay(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := submitted(t, s, "s1")
		due := day.Add(72 * time.Hour)
		step := func(version int, change func(*countersign.Transition)) countersign.Ticket {
			tr := countersign.Transition{ID: fmt.Sprint("v", version), Ticket: tk.Number, Version: version, State: countersign.StateExecuting, Revision: 1, At: day}
			change(&tr)
			got(s.Apply(t.Context(), tr, hours))(t)
			return got(s.Ticket(t.Context(), tk.Number))(t)
		}
		a := step(2, func(tr *countersign.Transition) { tr.Progress, tr.Due = []byte(`{"window":"open"}`), &due })
		b := step(3, func(*countersign.Transition) {})
		if string(a.Progress) != `{"window":"open"}` || string(b.Progress) != string(a.Progress) {
			t.Errorf("progress %s, then %s", a.Progress, b.Progress)
		}
		if a.DueAt == nil || !a.DueAt.Equal(due) || b.DueAt != nil {
			t.Errorf("due %v, then %v", a.DueAt, b.DueAt)
		}
		must(t, s.StageRecord(t.Context(), countersign.Record{ID: "r1", Ticket: tk.Number, Kind: "results", Body: []byte(`{"ok":true}`), Person: "P002", At: day}))
		step(4, func(tr *countersign.Transition) { tr.Record = "r1" })
		if r := got(s.Record(t.Context(), tk.Number, "r1"))(t); !r.Counted || string(r.Body) != `{"ok":true}` {
			t.Errorf("record %+v", r)
		}
		wantCode(t, s.StageRecord(t.Context(), countersign.Record{ID: "r1", Ticket: tk.Number, Body: []byte("{}"), At: day}), countersign.ErrDuplicate)
		closed := step(5, func(tr *countersign.Transition) { tr.State = countersign.StateFiled })
		if running := got(s.RunningTickets(t.Context(), "", 0))(t); len(running) != 0 || !closed.State.Closed() {
			t.Errorf("running after filing: %+v", running)
		}
	})
}

// TestApplyFromManySides lets 32 goroutines drive tickets, several at the same ticket with the same transition, while
// others append refusals to the same chains.
func TestApplyFromManySides(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		var tickets []string
		for range 4 {
			tickets = append(tickets, submitted(t, s, "s1").Number)
		}
		for n := range 3 {
			for _, ticket := range tickets {
				id := fmt.Sprintf("%s/%d", ticket, n)
				got(s.StageSignature(t.Context(), signature("sig-"+id, ticket, 1, threeSteps[n], signer)))(t)
			}
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		fresh := 0
		for i := range 32 {
			ticket := tickets[i%4]
			wg.Go(func() {
				for n := 0; n < 3; {
					a, err := s.Apply(t.Context(), approval(ticket, n, signer), hours)
					switch {
					case errors.Is(err, countersign.ErrConflict): // not yet: a transition before it is missing
						continue
					case err != nil:
						t.Errorf("%s %d: %v", ticket, n, err)
						return
					case !a.Again:
						mu.Lock()
						fresh++
						mu.Unlock()
					}
					n++
					if _, err := s.AppendAudit(t.Context(), countersign.AuditEntry{Chain: ticket, Action: "view", Outcome: countersign.OutcomeRefused, At: day}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if fresh != 12 {
			t.Errorf("%d transitions took effect, want 12", fresh)
		}
		for _, ticket := range tickets {
			if tk := got(s.Ticket(t.Context(), ticket))(t); tk.Version != 4 || tk.State != countersign.StateApproved {
				t.Errorf("%+v", tk)
			}
			if n := len(chainOf(t, s, ticket)); n != 2+3+8*3 {
				t.Errorf("%s has %d entries", ticket, n)
			}
		}
		if r := got(s.VerifyAudit(t.Context()))(t); len(r.Problems) != 0 {
			t.Errorf("%q", r.Problems)
		}
	})
}
