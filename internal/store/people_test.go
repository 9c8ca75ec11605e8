package store

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign"
)

func TestPersons(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		staff(t, s)
		p := countersign.Person{ID: "P001", Account: "wang", Name: "王一", Organisation: "org-i", Disabled: true}
		must(t, s.PutPerson(t.Context(), p))
		if is := got(s.Person(t.Context(), "P001"))(t); is != p {
			t.Errorf("%+v", is)
		}
		if is := got(s.PersonByAccount(t.Context(), "wang"))(t); is != p {
			t.Errorf("%+v", is)
		}
		for _, id := range []string{"aP001", "WANG", ""} {
			_, err := s.PersonByAccount(t.Context(), id)
			wantCode(t, err, countersign.ErrNotFound)
		}
		_, err := s.PersonByAccount(t.Context(), "\x00")
		wantCode(t, err, countersign.ErrMalformed)
		wantCode(t, s.PutPerson(t.Context(), countersign.Person{ID: "P777", Account: "wang"}), countersign.ErrDuplicate)
		wantCode(t, s.PutPerson(t.Context(), countersign.Person{ID: "P777", Name: "\xff"}), countersign.ErrMalformed)
		_, err = s.Person(t.Context(), "P777")
		wantCode(t, err, countersign.ErrNotFound)
		if names := got(s.PersonNames(t.Context(), []string{"P001", "P002", "P777"}))(t); !reflect.DeepEqual(names, map[string]string{"P001": "王一", "P002": "名P002"}) {
			t.Errorf("%v", names)
		}
		if names := got(s.PersonNames(t.Context(), nil))(t); len(names) != 0 {
			t.Errorf("%v", names)
		}
		for org, want := range map[string]string{"": "P001 P002 P003 P004 P005 P006", "org-i": "P001 P002 P005", "org-z": ""} {
			var ids []string
			for cursor := ""; ; {
				page, next, err := s.ListPersons(t.Context(), org, Page{Limit: 2, Cursor: cursor})
				must(t, err)
				for _, p := range page {
					ids = append(ids, p.ID)
				}
				if cursor = next; cursor == "" {
					break
				}
			}
			if is := strings.Join(ids, " "); is != want {
				t.Errorf("%s: %s", org, is)
			}
		}
	})
}

func TestGrants(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		staff(t, s)
		g := countersign.Grant{Person: "P005", Role: "operator", System: "s2"}
		must(t, s.AddGrant(t.Context(), g))
		must(t, s.AddGrant(t.Context(), g))
		if is := got(s.Grants(t.Context(), "P005"))(t); !reflect.DeepEqual(is, []countersign.Grant{g}) {
			t.Errorf("%+v", is)
		}
		if all := got(s.Grants(t.Context()))(t); len(all) != 6 {
			t.Errorf("%+v", all)
		}
		must(t, s.RemoveGrant(t.Context(), g))
		wantCode(t, s.RemoveGrant(t.Context(), g), countersign.ErrNotFound)
		wantCode(t, s.AddGrant(t.Context(), countersign.Grant{Person: "none", Role: "r", System: "*"}), countersign.ErrNotFound)
		must(t, s.SetGrants(t.Context(), "P005", []countersign.Grant{{Role: "client_signer", System: "s1"}, {Role: "client_signer", System: "s1"}}))
		for _, c := range []struct{ role, system, org, want string }{
			{"client_signer", "s1", "", "P004 P005"}, {"client_signer", "s2", "", "P004"}, {"client_signer", "s1", "org-i", "P005"},
			{"nobody", "s1", "", ""},
		} {
			var ids []string
			for _, p := range got(s.RoleHolders(t.Context(), c.role, c.system, c.org))(t) {
				ids = append(ids, p.ID)
			}
			if is := strings.Join(ids, " "); is != c.want {
				t.Errorf("%+v: %s", c, is)
			}
		}
		must(t, s.PutPerson(t.Context(), countersign.Person{ID: "P005", Account: "x", Organisation: "org-i", Disabled: true}))
		if is := got(s.RoleHolders(t.Context(), "client_signer", "s1", "org-i"))(t); len(is) != 0 {
			t.Errorf("disabled: %+v", is)
		}
		must(t, s.SetGrants(t.Context(), "P005", nil))
		if is := got(s.Grants(t.Context(), "P005"))(t); len(is) != 0 {
			t.Errorf("%+v", is)
		}
		wantCode(t, s.SetGrants(t.Context(), "none", []countersign.Grant{{Role: "r"}}), countersign.ErrNotFound)
	})
}

func TestStandIns(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		staff(t, s)
		v := countersign.StandIn{Principal: "P002", Person: "P005", From: day, To: day.Add(48 * time.Hour), CreatedBy: "P002", CreatedAt: day}
		v = got(s.AddStandIn(t.Context(), v))(t)
		if is := got(s.StandIn(t.Context(), v.ID))(t); is != v || v.ID == 0 {
			t.Errorf("%+v, stored %+v", v, is)
		}
		later := got(s.AddStandIn(t.Context(), countersign.StandIn{Principal: "P001", Person: "P005", From: day.Add(72 * time.Hour), To: day.Add(96 * time.Hour), CreatedAt: day}))(t)
		for at, want := range map[time.Duration]string{-time.Millisecond: "[]", 0: "[P002]", 48 * time.Hour: "[P002]", 48*time.Hour + time.Millisecond: "[]", 80 * time.Hour: "[P001]"} {
			if is := fmt.Sprint(got(s.Principals(t.Context(), "P005", day.Add(at)))(t)); is != want {
				t.Errorf("%v: %s", at, is)
			}
		}
		for person, want := range map[string]int{"P005": 2, "P002": 1, "P003": 0} {
			if is := got(s.StandIns(t.Context(), person, day))(t); len(is) != want {
				t.Errorf("%s: %+v", person, is)
			}
		}
		must(t, s.EndStandIn(t.Context(), v.ID, day.Add(time.Hour)))
		must(t, s.EndStandIn(t.Context(), later.ID, day.Add(time.Hour)))
		must(t, s.EndStandIn(t.Context(), v.ID, day.Add(2*time.Hour))) // it is over already
		if is := got(s.StandIns(t.Context(), "P005", day))(t); len(is) != 1 || !is[0].To.Equal(day.Add(time.Hour)) {
			t.Errorf("%+v", is)
		}
		wantCode(t, s.EndStandIn(t.Context(), later.ID, day), countersign.ErrNotFound)
		_, err := s.AddStandIn(t.Context(), countersign.StandIn{Principal: "none", Person: "P005"})
		wantCode(t, err, countersign.ErrNotFound)
	})
}

func TestSessions(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		staff(t, s)
		v := Session{TokenSHA256: "aa", Person: "P001", CSRF: "c", UserAgent: "Mozilla", CreatedAt: day, SeenAt: day, ExpiresAt: day.Add(time.Hour)}
		must(t, s.CreateSession(t.Context(), v))
		if is := got(s.Session(t.Context(), "aa"))(t); is != v {
			t.Errorf("%+v", is)
		}
		wantCode(t, s.CreateSession(t.Context(), v), countersign.ErrDuplicate)
		_, err := s.Session(t.Context(), "bb")
		wantCode(t, err, countersign.ErrNotFound)
		for after, want := range map[time.Duration]time.Duration{59 * time.Second: 0, time.Minute: time.Minute} {
			must(t, s.TouchSession(t.Context(), "aa", day.Add(after)))
			if is := got(s.Session(t.Context(), "aa"))(t); after == time.Minute && !is.SeenAt.Equal(day.Add(want)) {
				t.Errorf("%v: %v", after, is.SeenAt)
			}
		}
		must(t, s.TouchSession(t.Context(), "aa", day.Add(90*time.Second)))
		if is := got(s.Session(t.Context(), "aa"))(t); !is.SeenAt.Equal(day.Add(time.Minute)) {
			t.Errorf("touched within a minute: %v", is.SeenAt)
		}
		v.TokenSHA256, v.UserAgent = "cc", "odd \x00 agent \xff"
		must(t, s.CreateSession(t.Context(), v))
		v.TokenSHA256, v.ExpiresAt = "dd", day.Add(-time.Hour)
		must(t, s.CreateSession(t.Context(), v))
		if n := got(s.PurgeSessions(t.Context(), day))(t); n != 1 {
			t.Errorf("purged %d", n)
		}
		must(t, s.DeleteSession(t.Context(), "aa"))
		must(t, s.DeleteSession(t.Context(), "aa"))
		must(t, s.DeleteSessions(t.Context(), "P001"))
		for _, token := range []string{"aa", "cc", "dd"} {
			_, err := s.Session(t.Context(), token)
			wantCode(t, err, countersign.ErrNotFound)
		}
		v.Person = "none"
		wantCode(t, s.CreateSession(t.Context(), v), countersign.ErrNotFound)
	})
}

func TestLoginsAreCountedAndLocked(t *testing.T) {
	timed(t, func(t *testing.T, s *Store, c *clock) {
		staff(t, s)
		must(t, s.SetPassword(t.Context(), "P001", "hash"))
		wantCode(t, s.SetPassword(t.Context(), "none", "hash"), countersign.ErrNotFound)
		if v := got(s.Login(t.Context(), "aP001"))(t); v.Password != "hash" || v.Person.ID != "P001" || v.Person.Name != "名P001" || v.LockedUntil != nil {
			t.Errorf("%+v", v)
		}
		_, err := s.Login(t.Context(), "none")
		wantCode(t, err, countersign.ErrNotFound)
		_, err = s.Login(t.Context(), "\x00")
		wantCode(t, err, countersign.ErrMalformed)
		var wg sync.WaitGroup
		var mu sync.Mutex
		locks := 0
		for range 10 {
			wg.Go(func() {
				until, err := s.LoginFailed(t.Context(), "P001", 5, time.Hour)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				if until != nil {
					locks++
				}
				mu.Unlock()
			})
		}
		wg.Wait()
		v := got(s.Login(t.Context(), "aP001"))(t)
		if locks != 2 || v.Failed != 0 || v.LockedUntil == nil || !v.LockedUntil.Equal(c.now().Add(time.Hour)) {
			t.Errorf("%d locks, %+v", locks, v)
		}
		got(s.LoginFailed(t.Context(), "P001", 5, time.Hour))(t)
		must(t, s.LoginSucceeded(t.Context(), "P001"))
		if v := got(s.Login(t.Context(), "aP001"))(t); v.Failed != 0 || v.LockedUntil != nil {
			t.Errorf("%+v", v)
		}
		_, err = s.LoginFailed(t.Context(), "none", 5, time.Hour)
		wantCode(t, err, countersign.ErrNotFound)
	})
}

func TestRemindersCopiesAndNotices(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := submitted(t, s, "s1")
		if at := got(s.LastReminder(t.Context(), tk.Number))(t); at != nil {
			t.Errorf("%v", at)
		}
		must(t, s.Remind(t.Context(), tk.Number, "P001", []string{"P002", "P003"}, day))
		must(t, s.Remind(t.Context(), tk.Number, "P001", nil, day.Add(time.Hour)))
		if at := got(s.LastReminder(t.Context(), tk.Number))(t); !at.Equal(day.Add(time.Hour)) {
			t.Errorf("%v", at)
		}
		wantCode(t, s.Remind(t.Context(), "none", "P001", []string{"P002"}, day), countersign.ErrNotFound)
		for range 2 { // the second time tells nobody anything
			must(t, s.AddCC(t.Context(), tk.Number, "P001", []string{"P002", "P004"}, day))
		}
		wantCode(t, s.AddCC(t.Context(), "none", "P001", []string{"P002"}, day), countersign.ErrNotFound)
		if cc := got(s.related(t.Context(), "cc", tk.Number, relationCC))(t); fmt.Sprint(cc) != "[P002 P004]" {
			t.Errorf("%v", cc)
		}
		must(t, s.writeAll(s.w, noticeWrites(tk.Number, "closed", "", []string{"P002"}, day)))
		must(t, s.writeAll(s.w, noticeWrites(tk.Number, "closed", "", nil, day)))
		kinds := func(unread bool) (out string) {
			for cursor := ""; ; {
				page, next, err := s.Notices(t.Context(), "P002", unread, Page{Limit: 1, Cursor: cursor})
				must(t, err)
				for _, n := range page {
					if out += n.Kind + " "; n.Ticket != tk.Number || !n.At.Equal(day) {
						t.Errorf("%+v", n)
					}
				}
				if cursor = next; cursor == "" {
					return out
				}
			}
		}
		if is := kinds(true); is != "closed cc reminder " {
			t.Errorf("%s", is)
		}
		first, _, err := s.Notices(t.Context(), "P002", true, Page{Limit: 1})
		must(t, err)
		must(t, s.ReadNotices(t.Context(), "P003", day, first[0].ID)) // another person's
		must(t, s.ReadNotices(t.Context(), "P002", day, first[0].ID))
		if is, n := kinds(true), got(s.UnreadNotices(t.Context(), "P002"))(t); is != "cc reminder " || n != 2 {
			t.Errorf("%s, %d", is, n)
		}
		must(t, s.ReadNotices(t.Context(), "P002", day))
		if is := kinds(true) + kinds(false); is != "closed cc reminder " {
			t.Errorf("%s", is)
		}
	})
}
