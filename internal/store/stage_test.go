package store

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign"
)

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// timed is both with a clock that the test moves.
func timed(t *testing.T, test func(t *testing.T, s *Store, c *clock)) {
	both(t, func(t *testing.T, s *Store) {
		c := &clock{t: day}
		s.now = c.now
		test(t, s, c)
	})
}

func TestStageNumbersSignaturesWithoutGap(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := submitted(t, s, "s1")
		var wg sync.WaitGroup
		var mu sync.Mutex
		var seqs []int
		for i := range 16 {
			wg.Go(func() {
				seq, err := s.StageSignature(t.Context(), signature(fmt.Sprint("sig", i), tk.Number, 1, threeSteps[0], signer))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				seqs = append(seqs, seq)
				mu.Unlock()
			})
		}
		wg.Wait()
		slices.Sort(seqs)
		for i, seq := range seqs {
			if seq != i+1 {
				t.Fatalf("%v", seqs)
			}
		}
		_, err := s.StageSignature(t.Context(), signature("sig3", tk.Number, 1, threeSteps[0], signer))
		wantCode(t, err, countersign.ErrDuplicate)
		if seq := got(s.StageSignature(t.Context(), signature("next", tk.Number, 1, threeSteps[0], signer)))(t); seq != 17 {
			t.Errorf("a refused staging used up a number: %d", seq)
		}
	})
}

func TestStageIsAllOrNothing(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := submitted(t, s, "s1")
		must(t, s.StageCommand(t.Context(), "c-1", tk.Number, "remind", []byte(`{"k":1}`)))
		before := snapshot(t, s, tk.Number)
		sig := signature("sig", tk.Number, 1, threeSteps[0], signer)
		bad := sig
		bad.Opinion = "\x00"
		record := &countersign.Record{ID: "r", Kind: "results", Body: []byte("{}"), At: day}
		for name, c := range map[string]struct {
			in   Staged
			want *countersign.Error
		}{
			"command twice":      {Staged{Ticket: tk.Number, Signature: &sig, Record: record, CommandID: "c-1"}, countersign.ErrDuplicate},
			"unknown ticket":     {Staged{Ticket: "none", Signature: &sig, Record: record, CommandID: "c-2"}, countersign.ErrNotFound},
			"command of nothing": {Staged{Ticket: "none", CommandID: "c-2"}, countersign.ErrNotFound},
			"record of nothing":  {Staged{Ticket: "none", Record: record}, countersign.ErrNotFound},
			"no open revision":   {Staged{Ticket: tk.Number, Record: record, CommandID: "c-2", Submission: &Submission{Revision: 1}}, countersign.ErrConflict},
			"opinion with NUL":   {Staged{Ticket: tk.Number, Signature: &bad, Record: record, CommandID: "c-2"}, countersign.ErrMalformed},
		} {
			_, err := s.Stage(t.Context(), c.in)
			if countersign.CodeOf(err) != c.want.Code {
				t.Errorf("%s: %v", name, err)
			}
			if after := snapshot(t, s, tk.Number); after != before {
				t.Errorf("%s left %s", name, after)
			}
		}
		_, err := s.Command(t.Context(), "c-2")
		wantCode(t, err, countersign.ErrNotFound)
		if c := got(s.Command(t.Context(), "c-1"))(t); string(c.Payload) != `{"k":1}` || c.Status != CommandStaged || c.Name != "remind" {
			t.Errorf("%+v", c)
		}
	})
}

func TestCommandsAreSettledOnce(t *testing.T) {
	timed(t, func(t *testing.T, s *Store, c *clock) {
		tk := submitted(t, s, "s1")
		pending := func() string {
			var ids []string
			for _, p := range got(s.PendingCommands(t.Context(), time.Minute))(t) {
				ids = append(ids, p.ID)
			}
			return fmt.Sprint(ids)
		}
		approve(t, s, tk.Number, 0, signer)
		sig := signature("sig", tk.Number, 1, threeSteps[1], supervisor)
		got(s.Stage(t.Context(), Staged{Ticket: tk.Number, Signature: &sig, CommandID: "c-lost", CommandName: "approve", Payload: []byte("{}")}))(t)
		if p := pending(); p != "[]" {
			t.Errorf("young commands: %s", p)
		}
		c.move(2 * time.Minute)
		must(t, s.StageCommand(t.Context(), "c-young", tk.Number, "remind", nil))
		if p := pending(); p != "[c-lost]" {
			t.Errorf("pending: %s", p)
		}
		if a := got(s.Command(t.Context(), tk.Number+"/0"))(t); a.Status != CommandApplied {
			t.Errorf("%+v", a)
		}
		wantCode(t, s.RefuseCommand(t.Context(), tk.Number+"/0", "wrong_step"), countersign.ErrConflict)
		wantCode(t, s.RefuseCommand(t.Context(), "none", "wrong_step"), countersign.ErrNotFound)
		for range 2 {
			must(t, s.RefuseCommand(t.Context(), "c-lost", "wrong_step"))
		}
		if a := got(s.Command(t.Context(), "c-lost"))(t); a.Status != CommandRefused || a.Refusal != "wrong_step" || a.Signature != "sig" {
			t.Errorf("%+v", a)
		}
		all := got(s.Signatures(t.Context(), tk.Number))(t)
		if all[0].Status != countersign.SignatureCounted || all[1].Status != countersign.SignatureRefused {
			t.Errorf("%s, %s", all[0].Status, all[1].Status)
		}
		if last := got(s.LastSignature(t.Context(), tk.Number))(t); last.Seq != 1 {
			t.Errorf("last signature %+v", last)
		}
		c.move(time.Hour)
		if p := pending(); p != "[c-young]" {
			t.Errorf("pending: %s", p)
		}
		wantCode(t, s.RefuseSignature(t.Context(), "sig-"+tk.Number+"/0", "x"), countersign.ErrConflict)
		wantCode(t, s.RefuseSignature(t.Context(), "none", "x"), countersign.ErrNotFound)
	})
}

func TestRefusedSubmitOpensItsRevisionAgain(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := submitted(t, s, "s1")
		got(s.Apply(t.Context(), countersign.Transition{ID: "w", Ticket: tk.Number, Version: 2, State: countersign.StateWithdrawn, Revision: 1, At: day}, hours))(t)
		d := RevisionDraft{Ticket: tk.Number, N: 2, Canonical: []byte("{}"), By: engineer, At: day}
		got(s.SaveRevision(t.Context(), d))(t)
		in := Staged{Ticket: tk.Number, CommandID: "c-1", Submission: &Submission{Revision: 2, SHA256: sha256Of("{}"), Document: countersign.FileDigest{SHA256: "d"}}}
		got(s.Stage(t.Context(), in))(t)
		second := in
		second.CommandID = "c-2"
		_, err := s.Stage(t.Context(), second)
		wantCode(t, err, countersign.ErrConflict)
		must(t, s.RefuseCommand(t.Context(), "c-1", "not_drafter"))
		got(s.SaveRevision(t.Context(), d))(t)
		got(s.Stage(t.Context(), second))(t)
	})
}

// TestRefusalAndTransitionRaceForACommand lets both sides settle the same commands: each ends one way, never both.
func TestRefusalAndTransitionRaceForACommand(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		for range 8 {
			tk := submitted(t, s, "s1")
			id := tk.Number + "/0"
			sig := signature("sig-"+id, tk.Number, 1, threeSteps[0], signer)
			got(s.Stage(t.Context(), Staged{Ticket: tk.Number, Signature: &sig, CommandID: id, CommandName: "approve"}))(t)
			var applied, refused error
			var wg sync.WaitGroup
			wg.Go(func() { _, applied = s.Apply(t.Context(), approval(tk.Number, 0, signer), hours) })
			wg.Go(func() { refused = s.RefuseCommand(t.Context(), id, "wrong_step") })
			wg.Wait()
			status := got(s.Command(t.Context(), id))(t).Status
			counted := got(s.Signatures(t.Context(), tk.Number))(t)[0].Status
			switch {
			case applied == nil && refused != nil:
				if status != CommandApplied || counted != countersign.SignatureCounted {
					t.Errorf("applied, but %s and %s", status, counted)
				}
			case applied != nil && refused == nil:
				if status != CommandRefused || counted != countersign.SignatureRefused {
					t.Errorf("refused, but %s and %s", status, counted)
				}
			default:
				t.Errorf("applied: %v, refused: %v", applied, refused)
			}
		}
	})
}
