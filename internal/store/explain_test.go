package store

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

const manyTickets = 20_000

// fill stores many tickets by plain SQL: 22 systems, 400 drafters, one in 20 open, some tasks for people by name.
func fill(t *testing.T, s *Store) {
	t.Helper()
	staff(t, s)
	empty := "X''"
	series := "(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %d) SELECT i FROM c) AS c"
	if s.postgres {
		series, empty = "generate_series(1, %d) AS c(i)", "''"
	}
	from := " FROM " + fmt.Sprintf(series, manyTickets)
	chain := got(jsonText(threeSteps))(t) + strings.Repeat(" ", 600)
	number := "'UPG-2026-' || substr(CAST(1000000 + i AS TEXT), 2)"
	must(t, s.w.Transaction(func(tx *gorm.DB) error {
		for _, sql := range []string{
			`INSERT INTO tickets (number, process, contract, system, title, search, chain, state, closed, step, revision, drafter, version, created_at, updated_at)
				SELECT ` + number + `, 'p' || (i % 5), 'c', 's' || (i % 22), 't', 'upg t ' || i, '` + chain + `', CASE WHEN i % 20 = 0 THEN 'signing' ELSE 'filed' END, i % 20 <> 0, '', 1,
				'D' || (i % 400), 4, i, i * 7919 % 1000003` + from,
			"INSERT INTO ticket_people (person, relation, ticket) SELECT 'D' || (i % 400), 'drafter', " + number + from,
			"INSERT INTO ticket_people (person, relation, ticket) SELECT 'D' || (i % 370), 'done', " + number + from,
			"INSERT INTO ticket_people (person, relation, ticket) SELECT 'D' || (i % 310), 'cc', " + number + from,
			`INSERT INTO tasks (ticket, n, system, kind, step, party, organisation, role, person)
				SELECT ` + number + `, 0, 's' || (i % 22), 'sign', 'x', 'client', CASE i % 3 WHEN 0 THEN 'org-i' WHEN 1 THEN 'org-s' ELSE 'org-c' END,
				CASE i % 3 WHEN 0 THEN 'implementer_signer' WHEN 1 THEN 'supervisor_signer' ELSE 'client_signer' END, CASE WHEN i % 7 = 0 THEN 'D' || (i % 400) ELSE '' END` + from + " WHERE i % 20 = 0",
			`INSERT INTO commands (id, ticket, name, payload, status, created_at) SELECT 'c-' || i, ` + number + `, 'x', ` + empty + `, 'applied', i` + from,
			"INSERT INTO audit_heads (chain, seq, sealed) SELECT " + number + ", 5, 5" + from,
		} {
			if err := tx.Exec(sql).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	if s.postgres { // autovacuum does it there; nobody does on SQLite
		must(t, s.w.Exec("ANALYZE").Error)
	}
}

// statements collects the SQL that a store sends.
type statements struct {
	logger.Interface
	sent []statement
}

type statement struct {
	sql  string
	args []any
}

func (r *statements) Trace(_ context.Context, _ time.Time, fc func() (string, int64), _ error) { fc() }

// ParamsFilter is where GORM shows what it sends, before it makes a readable text of it.
func (r *statements) ParamsFilter(_ context.Context, sql string, args ...any) (string, []any) {
	r.sent = append(r.sent, statement{sql, args})
	return sql, args
}

// TestHotQueriesUseAnIndex asks both databases for the plans of the lists and queues over 20,000 tickets. No plan may read
// a large table from end to end.
func TestHotQueriesUseAnIndex(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		fill(t, s)
		record := &statements{Interface: logger.NewSlogLogger(slog.New(slog.DiscardHandler), logger.Config{})}
		s.r = s.r.Session(&gorm.Session{Logger: record})
		s.w = s.w.Session(&gorm.Session{Logger: record})
		cursor := Page{Cursor: cursorOf(500_000, "UPG-2026-000100"), Limit: 20}
		list := func(q Query) func() error {
			return func() error { _, _, err := s.ListTickets(t.Context(), q); return err }
		}
		for name, run := range map[string]func() error{
			"todo by role in one system": list(Query{Box: BoxTodo, Person: "P002", Principals: []string{"P005"}}),
			"todo by role everywhere":    list(Query{Box: BoxTodo, Person: "P004", Page: cursor}),
			"todo by name":               list(Query{Box: BoxTodo, Person: "D3"}),
			"mine":                       list(Query{Box: BoxMine, Person: "D3", Page: cursor}),
			"done":                       list(Query{Box: BoxDone, Person: "D3"}),
			"cc":                         list(Query{Box: BoxCC, Person: "D3"}),
			"all":                        list(Query{Box: BoxAll, Person: "D3", Visible: []string{"*"}, Page: cursor}),
			"all of two systems":         list(Query{Box: BoxAll, Person: "D3", Visible: []string{"s1", "s2"}, Page: cursor}),
			"all of nothing":             list(Query{Box: BoxAll, Person: "D3"}),
			"all of a system":            list(Query{Box: BoxAll, Person: "D3", Visible: []string{"*"}, System: "s3", Page: cursor}),
			"all of a process":           list(Query{Box: BoxAll, Person: "D3", Visible: []string{"*"}, Process: "p1", Page: cursor}),
			"all in a state":             list(Query{Box: BoxAll, Person: "D3", Visible: []string{"*"}, State: "returned"}),
			"running":                    func() error { _, err := s.RunningTickets(t.Context(), "UPG-2026-000100", 100); return err },
			"render queue":               func() error { _, _, err := s.NextRender(t.Context(), time.Second); return err },
			"outbox":                     func() error { _, err := s.PendingCommands(t.Context(), time.Second); return err },
			"open heads":                 func() error { _, _, err := s.OpenHeads(t.Context()); return err },
			"counts without all": func() error {
				_, err := s.CountTickets(t.Context(), Query{Person: "D3"}, BoxTodo, BoxMine, BoxDone, BoxCC)
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				record.sent = nil
				began := time.Now()
				must(t, run())
				took := time.Since(began)
				for _, q := range record.sent {
					plan := planOf(t, s, q)
					if m := fullScan.FindString(plan); m != "" {
						t.Errorf("%s\n%s\n%s", m, q.sql, plan)
					}
				}
				if len(record.sent) == 0 || took > time.Second {
					t.Errorf("%d statements in %v", len(record.sent), took)
				}
			})
		}
		must(t, s.w.Exec("DROP INDEX tasks_person").Error)
		record.sent = nil
		must(t, list(Query{Box: BoxTodo, Person: "D3"})())
		if plan := planOf(t, s, record.sent[0]); !fullScan.MatchString(plan) {
			t.Errorf("the test does not see a missing index:\n%s", plan)
		}
	})
}

// fullScan matches a plan that reads a large table without an index.
var fullScan = regexp.MustCompile(`(SCAN|Seq Scan on) (tickets|t|ticket_people|tasks|k|commands|audit_heads|audit_entries)\b( t)?( k)?( *\n| *$|  \()`)

func planOf(t *testing.T, s *Store, q statement) string {
	t.Helper()
	explain := "EXPLAIN QUERY PLAN "
	if s.postgres {
		explain = "EXPLAIN "
	}
	rows, err := got(s.pool())(t).QueryContext(t.Context(), explain+q.sql, q.args...)
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	columns := got(rows.Columns())(t)
	var plan strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		must(t, rows.Scan(values...))
		fmt.Fprintln(&plan, *values[len(values)-1].(*any))
	}
	must(t, rows.Err())
	return plan.String()
}
