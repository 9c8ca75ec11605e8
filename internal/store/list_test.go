package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign"
)

// staff stores the people of the tests with their roles.
func staff(t testing.TB, s *Store) {
	t.Helper()
	for _, p := range []struct{ id, org, role, system string }{
		{"P001", "org-i", "engineer", "s1"}, {"P002", "org-i", "implementer_signer", "s1"}, {"P003", "org-s", "supervisor_signer", "*"},
		{"P004", "org-c", "client_signer", "*"}, {"P005", "org-i", "", ""}, {"P006", "org-x", "implementer_signer", "*"},
	} {
		must(t, s.PutPerson(t.Context(), countersign.Person{ID: p.id, Account: "a" + p.id, Name: "名" + p.id, Organisation: p.org}))
		if p.role != "" {
			must(t, s.AddGrant(t.Context(), countersign.Grant{Person: p.id, Role: p.role, System: p.system}))
		}
	}
}

// numbers lists everything that a query finds, read in pages of two.
func numbers(t testing.TB, s *Store, q Query) string {
	t.Helper()
	q.Limit = 2
	var out []string
	for {
		page, next, err := s.ListTickets(t.Context(), q)
		must(t, err)
		if len(page) > 2 || next == "" && len(page) == 0 && q.Cursor != "" {
			t.Fatalf("page of %d, next %q", len(page), next)
		}
		for _, tk := range page {
			out = append(out, strings.TrimLeft(tk.Number[9:], "0"))
		}
		if next == "" {
			return strings.Join(out, " ")
		}
		q.Cursor = next
	}
}

func TestBoxes(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		staff(t, s)
		submitted(t, s, "s1") // 1
		t2, t3 := submitted(t, s, "s2").Number, submitted(t, s, "s1").Number
		draft(t, s, "s1") // 4
		approve(t, s, t3, 0, signer)
		approve(t, s, t3, 1, countersign.Actor{Person: "P003", OnBehalfOf: "P007", Party: countersign.Supervisor, Organisation: "org-s"})
		must(t, s.AddCC(t.Context(), t2, "P001", []string{"P005", "P004"}, day))
		for _, c := range []struct {
			name string
			q    Query
			want string
		}{
			{"implementer signs in own system", Query{Box: BoxTodo, Person: "P002"}, "1"},
			{"role of another organisation", Query{Box: BoxTodo, Person: "P006"}, ""},
			{"supervisor's turn is over", Query{Box: BoxTodo, Person: "P003"}, ""},
			{"client for all systems", Query{Box: BoxTodo, Person: "P004"}, "3"},
			{"stand-in of the signer", Query{Box: BoxTodo, Person: "P005", Principals: []string{"P002"}}, "1"},
			{"stand-in who drafted", Query{Box: BoxTodo, Person: "P001", Principals: []string{"P002"}}, ""},
			{"stand-in of nobody", Query{Box: BoxTodo, Person: "P005"}, ""},
			{"mine, newest change first", Query{Box: BoxMine, Person: "P001"}, "3 2 1 4"},
			{"mine with a state", Query{Box: BoxMine, Person: "P001", State: countersign.StateDraft}, "4"},
			{"done", Query{Box: BoxDone, Person: "P002"}, "3"},
			{"done by whom was stood in for", Query{Box: BoxDone, Person: "P007"}, "3"},
			{"drafting is not doing", Query{Box: BoxDone, Person: "P001"}, ""},
			{"cc", Query{Box: BoxCC, Person: "P005"}, "2"},
			{"all of every system hides drafts", Query{Box: BoxAll, Person: "P009", Visible: []string{"*"}}, "3 2 1"},
			{"all of one system", Query{Box: BoxAll, Person: "P009", Visible: []string{"s1"}}, "3 1"},
			{"own tickets are visible", Query{Box: BoxAll, Person: "P001"}, "3 2 1 4"},
			{"one system and a copy", Query{Box: BoxAll, Person: "P005", Visible: []string{"s1"}}, "3 2 1"},
			{"nothing", Query{Box: BoxAll, Person: "P009"}, ""},
			{"by system", Query{Box: BoxMine, Person: "P001", System: "s2"}, "2"},
			{"by process", Query{Box: BoxMine, Person: "P001", Process: "requirement"}, ""},
			{"words of the title in any case", Query{Box: BoxMine, Person: "P001", Q: " S1 升级 "}, "3 1 4"},
			{"part of a number", Query{Box: BoxMine, Person: "P001", Q: "upg-2026-000002"}, "2"},
			{"wildcards are words", Query{Box: BoxMine, Person: "P001", Q: "%"}, ""},
			{"underscores, too", Query{Box: BoxMine, Person: "P001", Q: `s_ \`}, ""},
		} {
			if is := numbers(t, s, c.q); is != c.want {
				t.Errorf("%s: %q, want %q", c.name, is, c.want)
			}
			if n := got(s.CountTickets(t.Context(), c.q, c.q.Box))(t)[c.q.Box]; n != len(strings.Fields(c.want)) {
				t.Errorf("%s: counted %d", c.name, n)
			}
		}
		counts := got(s.CountTickets(t.Context(), Query{Person: "P004", Visible: []string{"*"}}))(t)
		if counts[BoxTodo] != 1 || counts[BoxMine] != 0 || counts[BoxDone] != 0 || counts[BoxCC] != 1 || counts[BoxAll] != 3 {
			t.Errorf("%v", counts)
		}
		for _, q := range []Query{{Box: "x"}, {}, {Box: BoxMine, Page: Page{Cursor: "!"}}, {Box: BoxMine, Q: "\x00"}, {Box: BoxMine, Page: Page{Cursor: cursorOf(1, "\x00")}}} {
			_, _, err := s.ListTickets(t.Context(), q)
			wantCode(t, err, countersign.ErrMalformed)
		}
	})
}

func TestTodoOfNamedPeople(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		staff(t, s)
		tk := submitted(t, s, "s1")
		tasks := []countersign.Task{
			{Kind: "start", Person: "P001", Organisation: "org-i"}, // the drafter may carry out
			{Kind: "confirm", Person: "P005"},
			{Kind: "sign", Person: "P001"},                     // but not sign
			{Kind: "start", Person: "P006", Organisation: "o"}, // named, but of another organisation by now
		}
		got(s.Apply(t.Context(), countersign.Transition{ID: "x", Ticket: tk.Number, Version: 2, State: countersign.StateApproved, Revision: 1, Tasks: tasks, At: day}, hours))(t)
		for person, want := range map[string]string{"P001": "1", "P005": "1", "P006": "", "P002": ""} {
			if is := numbers(t, s, Query{Box: BoxTodo, Person: person}); is != want {
				t.Errorf("%s: %q", person, is)
			}
		}
		tasks = tasks[2:3]
		got(s.Apply(t.Context(), countersign.Transition{ID: "y", Ticket: tk.Number, Version: 3, State: countersign.StateApproved, Revision: 1, Tasks: tasks, At: day}, hours))(t)
		if is := numbers(t, s, Query{Box: BoxTodo, Person: "P001"}); is != "" {
			t.Errorf("drafter signs: %q", is)
		}
		if named := got(s.Tasks(t.Context(), tk.Number))(t); len(named) != 1 || named[0].Person != "P001" {
			t.Errorf("%+v", named)
		}
		if ok := got(s.Involved(t.Context(), tk.Number, "P009", "P005"))(t); ok {
			t.Error("P005 has no task any more")
		}
	})
}

func TestPagesNeitherSkipNorRepeatTiedRows(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		var want []string
		for i := range 23 {
			got(s.CreateTicket(t.Context(), NewTicket{Prefix: "UPG", Drafter: engineer, Canonical: []byte("{}"), At: day.Add(time.Duration(i/5) * time.Second)}))(t)
			want = append(want, fmt.Sprint(i+1))
		}
		slices.Reverse(want)
		if is := numbers(t, s, Query{Box: BoxMine, Person: "P001"}); is != strings.Join(want, " ") {
			t.Errorf("%s", is)
		}
	})
}
