package store

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign"
)

func TestCreateTicketStoresADraft(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		by := engineer
		by.OnBehalfOf = "P009"
		tk := got(s.CreateTicket(t.Context(), NewTicket{
			Process: "upgrade", Prefix: "UPG", Contract: "c", System: "s1", Title: "升级", Drafter: by, Canonical: []byte(`{"标题":"升级"}`), FormVersion: "f1", At: day,
		}))(t)
		stored := got(s.Ticket(t.Context(), tk.Number))(t)
		if !reflect.DeepEqual(tk, stored) {
			t.Errorf("returned %+v\nstored %+v", tk, stored)
		}
		if tk.Number != "UPG-2026-000001" || tk.State != countersign.StateDraft || tk.Revision != 1 || tk.Version != 0 || tk.Drafter != "P001" || !tk.CreatedAt.Equal(day) {
			t.Errorf("%+v", tk)
		}
		r := got(s.Revision(t.Context(), tk.Number, 1))(t)
		if string(r.Canonical) != `{"标题":"升级"}` || len(r.SHA256) != 64 || r.SubmittedAt != nil || r.CreatedBy != "P001" || r.FormVersion != "f1" {
			t.Errorf("%+v", r)
		}
		if d := got(s.Drafters(t.Context(), tk.Number))(t); !slices.Equal(d, []string{"P001", "P009"}) {
			t.Errorf("drafters %v", d)
		}
		for person, want := range map[string]bool{"P001": true, "P009": true, "P002": false} {
			if is := got(s.Involved(t.Context(), tk.Number, person))(t); is != want {
				t.Errorf("%s involved: %v", person, is)
			}
		}
		_, err := s.Ticket(t.Context(), "UPG-2026-000002")
		wantCode(t, err, countersign.ErrNotFound)
		_, err = s.LastTransition(t.Context(), tk.Number)
		wantCode(t, err, countersign.ErrNotFound)
		_, err = s.LastSignature(t.Context(), tk.Number)
		wantCode(t, err, countersign.ErrNotFound)
		_, err = s.CreateTicket(t.Context(), NewTicket{Prefix: "UPG", Title: "nul\x00", At: day})
		wantCode(t, err, countersign.ErrMalformed)
	})
}

func TestNumbersHaveNoGapUnderConcurrency(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		var mu sync.Mutex
		var wg sync.WaitGroup
		numbers := map[string]int{}
		for i := range 32 {
			wg.Go(func() {
				for j := range 3 {
					prefix := []string{"UPG", "REQ"}[(i+j)%2]
					n := NewTicket{Prefix: prefix, Drafter: engineer, Canonical: []byte("{}"), At: day}
					if j == 2 { // one that fails must not use up a number
						n.Events = []countersign.Event{{Action: "create", Detail: map[string]string{}}}
						n.Canonical = nil
					}
					tk, err := s.CreateTicket(t.Context(), n)
					if err == nil {
						mu.Lock()
						numbers[tk.Number]++
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		counts := map[string]int{}
		for number, n := range numbers {
			if n != 1 {
				t.Errorf("%s given %d times", number, n)
			}
			counts[number[:3]]++
		}
		if counts["UPG"]+counts["REQ"] < 64 {
			t.Errorf("%v", counts)
		}
		for prefix, n := range counts {
			for i := range n {
				if number := fmt.Sprintf("%s-2026-%06d", prefix, i+1); numbers[number] != 1 {
					t.Errorf("%s is missing", number)
				}
			}
		}
	})
}

func TestNumberTakesItsYearFromBeijing(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		for at, want := range map[string]string{
			"2026-12-31T15:59:59Z": "UPG-2026-000001", "2026-12-31T16:00:00Z": "UPG-2027-000001", "2027-12-31T12:00:00-08:00": "UPG-2028-000001",
		} {
			tm := got(time.Parse(time.RFC3339, at))(t)
			if tk := got(s.CreateTicket(t.Context(), NewTicket{Prefix: "UPG", Drafter: engineer, Canonical: []byte("{}"), At: tm}))(t); tk.Number != want {
				t.Errorf("%s: %s", at, tk.Number)
			}
		}
	})
}

func TestSaveRevision(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := draft(t, s, "s1")
		standIn := countersign.Actor{Person: "P005", OnBehalfOf: "P001"}
		save := func(n int, form string) error {
			_, err := s.SaveRevision(t.Context(), RevisionDraft{
				Ticket: tk.Number, N: n, Title: "改名", Canonical: []byte(form), FormVersion: "f2", By: standIn, At: day.Add(time.Hour),
			})
			return err
		}
		must(t, save(1, `{"a":2}`))
		wantCode(t, save(2, `{"a":3}`), countersign.ErrConflict)
		wantCode(t, save(0, `{"a":3}`), countersign.ErrConflict)
		all := got(s.Revisions(t.Context(), tk.Number))(t)
		if len(all) != 1 || string(all[0].Canonical) != `{"a":2}` || all[0].CreatedBy != "P005" || all[0].FormVersion != "f2" {
			t.Errorf("%+v", all)
		}
		if tk := got(s.Ticket(t.Context(), tk.Number))(t); tk.Title != "改名" || !tk.UpdatedAt.Equal(day.Add(time.Hour)) {
			t.Errorf("%+v", tk)
		}
		if found, _, err := s.ListTickets(t.Context(), Query{Box: BoxMine, Person: "P005", Q: "改名"}); err != nil || len(found) != 1 {
			t.Errorf("found %+v, %v", found, err)
		}
		in := submitInput(tk.Number)
		_, err := s.Submit(t.Context(), in) // the page was rendered before the draft was saved again
		wantCode(t, err, countersign.ErrConflict)
		in.SHA256 = sha256Of(`{"a":2}`)
		got(s.Submit(t.Context(), in))(t)
		wantCode(t, save(2, "{}"), countersign.ErrConflict) // it is being signed
		got(s.Apply(t.Context(), countersign.Transition{ID: "w", Ticket: tk.Number, Version: 2, State: countersign.StateWithdrawn, Revision: 1, At: day}, hours))(t)
		wantCode(t, save(1, "{}"), countersign.ErrConflict) // what was submitted stays
		must(t, save(2, `{"a":4}`))
		must(t, save(2, `{"a":5}`))
		if r := got(s.Revision(t.Context(), tk.Number, 2))(t); string(r.Canonical) != `{"a":5}` {
			t.Errorf("%+v", r)
		}
		_, err = s.SaveRevision(t.Context(), RevisionDraft{Ticket: "none", N: 1})
		wantCode(t, err, countersign.ErrNotFound)
		_, err = s.Revision(t.Context(), tk.Number, 9)
		wantCode(t, err, countersign.ErrNotFound)
	})
}

func TestSubmitFreezesAndHappensOnce(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := draft(t, s, "s1")
		in := submitInput(tk.Number)
		due := day.Add(48 * time.Hour)
		in.Due, in.Progress = &due, []byte(`{"x":1}`)
		wrong := in
		wrong.Revision = 2
		_, err := s.Submit(t.Context(), wrong)
		wantCode(t, err, countersign.ErrConflict)

		var wg sync.WaitGroup
		results := make(chan error, 8)
		for range 8 {
			wg.Go(func() {
				_, err := s.Submit(t.Context(), in)
				results <- err
			})
		}
		wg.Wait()
		close(results)
		done := 0
		for err := range results {
			if err == nil {
				done++
			} else {
				wantCode(t, err, countersign.ErrConflict)
			}
		}
		tk = got(s.Ticket(t.Context(), tk.Number))(t)
		if done != 1 || tk.State != countersign.StateSigning || tk.Version != 1 || tk.Step != threeSteps[0].ID || !tk.DueAt.Equal(due) || string(tk.Progress) != `{"x":1}` {
			t.Errorf("%d submits, %+v", done, tk)
		}
		r := got(s.Revision(t.Context(), tk.Number, 0))(t)
		if !r.SubmittedAt.Equal(in.At) || r.Document != in.Document || !reflect.DeepEqual(r.Attachments, in.Attachments) || r.TemplateSHA256 != "t1" {
			t.Errorf("%+v", r)
		}
		if n := len(chainOf(t, s, tk.Number)); n != 2 {
			t.Errorf("%d audit entries", n)
		}
		if id := got(s.LastTransition(t.Context(), tk.Number))(t); id != SubmitTransition {
			t.Errorf("transition %s", id)
		}
		in.Chain = nil
		if _, err := s.Submit(t.Context(), in); err == nil || !strings.Contains(err.Error(), "chain") {
			t.Errorf("without a chain: %v", err)
		}
	})
}

func TestRunningTicketsArePagedByNumber(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		draft(t, s, "s1")
		var want, all []string
		for range 5 {
			want = append(want, submitted(t, s, "s1").Number)
		}
		for after := ""; ; {
			page := got(s.RunningTickets(t.Context(), after, 2))(t)
			if len(page) == 0 {
				break
			}
			for _, tk := range page {
				all = append(all, tk.Number)
				after = tk.Number
			}
		}
		if !slices.Equal(all, want) {
			t.Errorf("%v, want %v", all, want)
		}
	})
}
