package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"countersign"
	"countersign/internal/auditlog"
)

// chainOf reads a whole chain in small pages and checks it.
func chainOf(t testing.TB, s *Store, chain string) []countersign.AuditEntry {
	t.Helper()
	var all []countersign.AuditEntry
	for cursor := ""; ; {
		page, next, err := s.AuditEntries(t.Context(), AuditQuery{Chain: chain}, Page{Cursor: cursor, Limit: 3})
		must(t, err)
		all = append(all, page...)
		if cursor = next; cursor == "" {
			break
		}
	}
	if _, err := auditlog.Check(all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAppendFromManySidesLeavesOneWholeChain(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				for j := range 4 {
					chain := []string{"", "new-chain"}[j%2]
					_, err := s.AppendAudit(t.Context(), countersign.AuditEntry{
						Chain: chain, Action: "login", Outcome: countersign.OutcomeRefused, Code: "login_failed", Person: "P001", OnBehalfOf: "P002",
						Party: countersign.Client, Organisation: "o", Detail: map[string]string{"n": fmt.Sprint(i, j), "中": "文 \x00 \xff"}, At: day,
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for _, chain := range []string{countersign.SystemChain, "new-chain"} {
			if all := chainOf(t, s, chain); len(all) != 64 || all[63].Seq != 64 || all[0].Detail["中"] == "" {
				t.Errorf("%s: %d entries", chain, len(all))
			}
		}
		r := got(s.VerifyAudit(t.Context()))(t)
		if len(r.Problems) != 0 || r.Entries != 128 || r.Chains != 2 {
			t.Errorf("%+v", r)
		}
	})
}

func TestAuditKeepsWhatCannotBeStoredAsText(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		e := got(s.AppendAudit(t.Context(), countersign.AuditEntry{Action: "login\x00", Person: "a\xffb"}))(t)
		if e.Chain != countersign.SystemChain || e.Outcome != countersign.OutcomeOK || e.Action != "login\uFFFD" || e.Person != "a\uFFFDb" || e.At.IsZero() {
			t.Errorf("%+v", e)
		}
		chainOf(t, s, countersign.SystemChain)
	})
}

func TestAuditEntriesFilterAndPage(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		for i := range 10 {
			e := countersign.AuditEntry{Chain: []string{"a", "b"}[i%2], Action: "view", Person: "P001", At: day.Add(time.Duration(i) * time.Hour)}
			if i%5 == 0 {
				e.Action, e.Outcome, e.Person, e.OnBehalfOf = "decide", countersign.OutcomeRefused, "P002", "P003"
			}
			got(s.AppendAudit(t.Context(), e))(t)
		}
		for name, c := range map[string]struct {
			q    AuditQuery
			want string // hours, in order
		}{
			"all, newest first":  {AuditQuery{}, "9 8 7 6 5 4 3 2 1 0"},
			"one chain in order": {AuditQuery{Chain: "b"}, "1 3 5 7 9"},
			"person":             {AuditQuery{Person: "P002"}, "5 0"},
			"on behalf of":       {AuditQuery{Person: "P003"}, "5 0"},
			"action":             {AuditQuery{Action: "decide", Chain: "a"}, "0"},
			"outcome":            {AuditQuery{Outcome: countersign.OutcomeRefused}, "5 0"},
			"time":               {AuditQuery{From: day.Add(3 * time.Hour), To: day.Add(6 * time.Hour)}, "5 4 3"},
			"none":               {AuditQuery{Chain: "c"}, ""},
		} {
			var hours []string
			for cursor := ""; ; {
				page, next, err := s.AuditEntries(t.Context(), c.q, Page{Cursor: cursor, Limit: 2})
				must(t, err)
				for _, e := range page {
					hours = append(hours, fmt.Sprint(int(e.At.Sub(day).Hours())))
				}
				if cursor = next; cursor == "" {
					break
				}
			}
			if got := strings.Join(hours, " "); got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		}
		_, _, err := s.AuditEntries(t.Context(), AuditQuery{}, Page{Cursor: "no cursor"})
		wantCode(t, err, countersign.ErrMalformed)
	})
}

func TestDatabaseRefusesToChangeAuditRows(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		got(s.AppendAudit(t.Context(), countersign.AuditEntry{Action: "view"}))(t)
		checkpoint(t, s)
		before := chainOf(t, s, countersign.SystemChain)
		statements := []string{
			"UPDATE audit_entries SET person = 'x'", "DELETE FROM audit_entries", "DELETE FROM audit_heads",
			"UPDATE audit_heads SET seq = 0", "UPDATE audit_heads SET sealed = 0", "UPDATE audit_heads SET chain = 'x'",
			"UPDATE audit_checkpoints SET heads = 7", "DELETE FROM audit_checkpoints",
		}
		if s.postgres {
			statements = append(statements, "TRUNCATE audit_entries", "TRUNCATE audit_heads", "TRUNCATE audit_checkpoints")
		}
		for _, sql := range statements {
			if err := s.w.Exec(sql).Error; err == nil || !strings.Contains(err.Error(), "audit") {
				t.Errorf("%s: %v", sql, err)
			}
		}
		if after := chainOf(t, s, countersign.SystemChain); len(after) != len(before) {
			t.Errorf("%d entries of %d", len(after), len(before))
		}
	})
}

// checkpoint adds one over everything that is open.
func checkpoint(t testing.TB, s *Store) countersign.Checkpoint {
	t.Helper()
	c, err := tryCheckpoint(t.Context(), s)
	must(t, err)
	return c
}

func tryCheckpoint(ctx context.Context, s *Store) (countersign.Checkpoint, error) {
	heads, prev, err := s.OpenHeads(ctx)
	if err != nil {
		return countersign.Checkpoint{}, err
	}
	body, err := auditlog.CheckpointBody{Prev: prev, At: day, Heads: heads}.Canonical()
	if err != nil {
		return countersign.Checkpoint{}, err
	}
	return s.AddCheckpoint(ctx, countersign.Checkpoint{At: day, Prev: prev, Body: body, CMS: []byte("cms")})
}

func TestCheckpointsFormOneLineOverWhatGrew(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		submitted(t, s, "s1")
		first := checkpoint(t, s)
		if first.Heads != 1 || first.ID == 0 || first.Prev != "" {
			t.Errorf("first %+v", first)
		}
		if heads, _, err := s.OpenHeads(t.Context()); err != nil || len(heads) != 0 {
			t.Errorf("open: %v, %v", heads, err)
		}
		tk := submitted(t, s, "s1")
		got(s.AppendAudit(t.Context(), countersign.AuditEntry{Action: "view"}))(t)
		second := checkpoint(t, s)
		if second.Heads != 2 || second.Prev != bodyDigest(first.Body) {
			t.Errorf("second %+v", second)
		}
		page, next, err := s.Checkpoints(t.Context(), Page{Limit: 1})
		must(t, err)
		if len(page) != 1 || page[0].ID != second.ID || string(page[0].CMS) != "cms" || string(page[0].Body) != string(second.Body) {
			t.Errorf("page %+v", page)
		}
		page, next, err = s.Checkpoints(t.Context(), Page{Limit: 1, Cursor: next})
		if err != nil || len(page) != 1 || page[0].ID != first.ID || next != "" {
			t.Errorf("page %+v, next %q, %v", page, next, err)
		}

		stale := first
		_, err = s.AddCheckpoint(t.Context(), stale)
		wantCode(t, err, countersign.ErrConflict)
		head := countersign.ChainHead{Chain: tk.Number, Seq: 1, Hash: "not its hash"}
		body := got(auditlog.CheckpointBody{Prev: bodyDigest(second.Body), At: day, Heads: []countersign.ChainHead{head}}.Canonical())(t)
		_, err = s.AddCheckpoint(t.Context(), countersign.Checkpoint{At: day, Prev: bodyDigest(second.Body), Body: body})
		wantCode(t, err, countersign.ErrConflict)

		approve(t, s, tk.Number, 0, signer)
		var wg sync.WaitGroup
		var mu sync.Mutex
		added := 0
		for range 8 {
			wg.Go(func() {
				if _, err := tryCheckpoint(t.Context(), s); err == nil {
					mu.Lock()
					added++
					mu.Unlock()
				} else if countersign.CodeOf(err) != countersign.ErrConflict.Code {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		r := got(s.VerifyAudit(t.Context()))(t)
		if len(r.Problems) != 0 || r.Checkpoints != 2+added || added == 0 {
			t.Errorf("%+v after %d", r, added)
		}
	})
}

// TestVerifyAuditFindsTampering changes rows behind the triggers' back, each time in a transaction that is undone.
func TestVerifyAuditFindsTampering(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := submitted(t, s, "s1")
		approve(t, s, tk.Number, 0, signer)
		checkpoint(t, s)
		approve(t, s, tk.Number, 1, supervisor)
		checkpoint(t, s)
		disarm(t, s)
		for name, c := range map[string]struct{ sql, want string }{
			"changed":         {"UPDATE audit_entries SET person = 'P999' WHERE seq = 2", "entry 2 was changed"},
			"time shifted":    {"UPDATE audit_entries SET at = at + 1 WHERE seq = 1", "entry 1 was changed"},
			"not JSON":        {"UPDATE audit_entries SET detail = '{' WHERE seq = 3", "audit entry"},
			"cut out":         {"DELETE FROM audit_entries WHERE seq = 2", "breaks at entry 3"},
			"cut off":         {"DELETE FROM audit_entries WHERE seq = 4", "entry 4 was written but is gone"},
			"cut off, hidden": {"DELETE FROM audit_entries WHERE seq = 4; UPDATE audit_heads SET seq = 3, sealed = 0, hash = (SELECT hash FROM audit_entries WHERE seq = 3) WHERE seq = 4", "entry 4 stands in a checkpoint but is gone"},
			"all gone":        {"DELETE FROM audit_entries", "entry 4 was written but is gone"},
			"checkpoint":      {"UPDATE audit_checkpoints SET prev = 'x' WHERE prev <> ''", "does not follow"},
			"checkpoint gone": {"DELETE FROM audit_checkpoints WHERE prev = ''", "does not follow"},
			"checkpoint body": {"UPDATE audit_checkpoints SET body = '{' WHERE prev = ''", "checkpoint 1"},
			"entry renamed":   {"UPDATE audit_entries SET chain = 'zzz' WHERE seq = 1", "breaks at entry 2"},
		} {
			t.Run(name, func(t *testing.T) {
				undo := s.tampered(t, c.sql)
				r := got(s.VerifyAudit(t.Context()))(t)
				undo()
				if !strings.Contains(strings.Join(r.Problems, "\n"), c.want) {
					t.Errorf("%q, want %s", r.Problems, c.want)
				}
			})
		}
		if r := got(s.VerifyAudit(t.Context()))(t); len(r.Problems) != 0 {
			t.Errorf("undone: %q", r.Problems)
		}
	})
}

// disarm removes the triggers, as somebody with the database's password could.
func disarm(t *testing.T, s *Store) {
	t.Helper()
	drop := "DROP FUNCTION audit_refuse CASCADE"
	if !s.postgres {
		drop = ""
		for _, name := range []string{"audit_entries_no_update", "audit_entries_no_delete", "audit_checkpoints_no_update", "audit_checkpoints_no_delete", "audit_heads_no_delete", "audit_heads_forward"} {
			drop += "DROP TRIGGER " + name + ";"
		}
	}
	must(t, s.w.Exec(drop).Error)
}

// tampered lets s read its data as sql would leave it, until undo.
func (s *Store) tampered(t *testing.T, sql string) (undo func()) {
	t.Helper()
	r := s.r
	tx := s.w.Begin()
	for _, one := range strings.Split(sql, ";") {
		must(t, tx.Exec(one).Error)
	}
	s.r = tx.Session(&gorm.Session{NewDB: true})
	return func() {
		s.r = r
		must(t, tx.Rollback().Error)
	}
}

func TestVerifyAuditWhileWritersWork(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for j := 0; ctx.Err() == nil; j++ {
					if _, err := s.AppendAudit(t.Context(), countersign.AuditEntry{Chain: fmt.Sprintf("c%d-%d", i, j/3), Action: "view"}); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for range 20 {
			if r := got(s.VerifyAudit(t.Context()))(t); len(r.Problems) != 0 {
				t.Errorf("%q", r.Problems)
			}
		}
		cancel()
		wg.Wait()
	})
}

func TestCheckpointCoversManyChains(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		for i := range 7 {
			got(s.AppendAudit(t.Context(), countersign.AuditEntry{Chain: fmt.Sprint("c", i), Action: "view"}))(t)
		}
		heads, _, err := s.OpenHeads(t.Context())
		must(t, err)
		twice := got(auditlog.CheckpointBody{At: day, Heads: append(heads[:3:3], heads[0])}.Canonical())(t)
		_, err = s.AddCheckpoint(t.Context(), countersign.Checkpoint{At: day, Body: twice})
		wantCode(t, err, countersign.ErrConflict)
		if c := checkpoint(t, s); c.Heads != 7 {
			t.Errorf("%+v", c)
		}
		if heads, _, err := s.OpenHeads(t.Context()); err != nil || len(heads) != 0 {
			t.Errorf("%v, %v", heads, err)
		}
	})
}

func TestCheckpointBodyMustBeJSON(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		if _, err := s.AddCheckpoint(t.Context(), countersign.Checkpoint{Body: json.RawMessage("{")}); err == nil {
			t.Error("accepted")
		}
	})
}
