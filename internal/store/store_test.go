package store

import (
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign"
	"countersign/internal/testkit"
)

func TestConfigNamesEveryProblem(t *testing.T) {
	err := Config{Sync: "sometimes", MaxConns: -1}.Validate()
	for _, want := range []string{"neither URL nor path", "sometimes", "-1 connections"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
	if _, err := Open(t.Context(), Config{}); err == nil {
		t.Error("opened nothing")
	}
	if err := (Config{Path: "x.db", Sync: Full}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestSQLiteFileIsPrivateAndDurable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b%20?#c", "d") // characters that mean something in a URL
	for sync, want := range map[string]string{"": "2", Full: "2", Normal: "1"} {
		path := filepath.Join(dir, "app"+sync+".db")
		s, err := Open(t.Context(), Config{Path: path, Sync: sync})
		must(t, err)
		must(t, s.Migrate(t.Context()))
		for pragma, want := range map[string]string{"synchronous": want, "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "10000"} {
			var is string
			must(t, s.w.Raw("PRAGMA "+pragma).Row().Scan(&is))
			if is != want {
				t.Errorf("%s is %s, want %s", pragma, is, want)
			}
		}
		if err := s.r.Exec("DELETE FROM tickets").Error; err == nil {
			t.Error("a reading connection wrote")
		}
		for _, name := range []string{path, path + "-wal"} {
			info, err := os.Stat(name)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, info, err)
			}
		}
		must(t, s.Close())
	}
}

func TestPostgresSettings(t *testing.T) {
	for sync, want := range map[string]string{Full: "on", Normal: "off"} {
		s := open(t, "postgres", Config{Sync: sync}, testkit.Durable())
		for name, want := range map[string]string{"synchronous_commit": want, "TimeZone": "UTC", "application_name": "countersign"} {
			var is string
			must(t, s.w.Raw("SELECT current_setting(?)", name).Row().Scan(&is))
			if is != want {
				t.Errorf("%s is %s, want %s", name, is, want)
			}
		}
	}
	u := got(url.Parse(testkit.Postgres(t)))(t)
	q := u.Query()
	q.Set("application_name", "other")
	u.RawQuery = q.Encode()
	s, err := Open(t.Context(), Config{URL: u.String()})
	must(t, err)
	var is string
	must(t, s.w.Raw("SELECT current_setting('application_name')").Row().Scan(&is))
	if must(t, s.Close()); is != "other" {
		t.Errorf("the operator's setting was overruled: %s", is)
	}
}

func TestMigrateIsRepeatableAndReported(t *testing.T) {
	for kind, c := range map[string]Config{"sqlite": {Path: filepath.Join(t.TempDir(), "app.db")}, "postgres": {URL: testkit.Postgres(t)}} {
		t.Run(kind, func(t *testing.T) {
			c.Log = slog.New(slog.DiscardHandler)
			s, err := Open(t.Context(), c)
			must(t, err)
			defer func() { must(t, s.Close()) }()
			for _, m := range got(s.MigrationStatus(t.Context()))(t) {
				if m.AppliedAt != nil {
					t.Errorf("applied before: %+v", m)
				}
			}
			_, err = s.Ticket(t.Context(), "x")
			if err == nil {
				t.Error("read from no table")
			}
			must(t, s.Migrate(t.Context()))
			must(t, s.Migrate(t.Context()))
			status := got(s.MigrationStatus(t.Context()))(t)
			for i, m := range status {
				if m.AppliedAt == nil || time.Since(*m.AppliedAt) > time.Hour || m.Version != int64(i+1) || !strings.HasSuffix(m.Name, ".sql") {
					t.Errorf("%+v", m)
				}
			}
			if len(status) < 5 {
				t.Errorf("%d migrations", len(status))
			}
		})
	}
}

func TestManyProcessesMayMigrateAtOnce(t *testing.T) {
	dsn := testkit.Postgres(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Open(t.Context(), Config{URL: dsn, Log: slog.New(slog.DiscardHandler)})
			if err == nil {
				err = s.Migrate(t.Context())
			}
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestDialectsDeclareTheSame compares both folders of migrations: same files, tables, columns and indexes in the same
// order, index names that begin with their table's (in PostgreSQL they share one name space).
func TestDialectsDeclareTheSame(t *testing.T) {
	lite, pg := declared(t, "sqlite"), declared(t, "postgres")
	if !reflect.DeepEqual(lite, pg) {
		t.Errorf("sqlite declares\n%s\npostgres\n%s", strings.Join(lite, "\n"), strings.Join(pg, "\n"))
	}
	if len(lite) < 150 {
		t.Errorf("only %d declarations found", len(lite))
	}
	for _, d := range lite {
		if name, rest, ok := strings.Cut(strings.TrimPrefix(d, "index "), " ON "); ok {
			if table, _, _ := strings.Cut(rest, " "); !strings.HasPrefix(name, table+"_") {
				t.Errorf("index %s of %s", name, table)
			}
		}
	}
}

var (
	createTable = regexp.MustCompile(`^CREATE TABLE (\w+)`)
	createIndex = regexp.MustCompile(`^CREATE (?:UNIQUE )?INDEX (.*);`)
	column      = regexp.MustCompile(`^    (\w+) +(?:TEXT|INTEGER|BIGINT|BOOLEAN|BLOB|BYTEA)`)
)

func declared(t *testing.T, dialect string) []string {
	t.Helper()
	files := got(migrations.ReadDir("migrations/" + dialect))(t)
	var out []string
	for _, f := range files {
		out = append(out, "file "+f.Name())
		table := ""
		for line := range strings.Lines(string(got(migrations.ReadFile("migrations/" + dialect + "/" + f.Name()))(t))) {
			if m := createTable.FindStringSubmatch(line); m != nil {
				table = m[1]
			}
			if m := column.FindStringSubmatch(line); m != nil {
				out = append(out, table+"."+m[1])
			}
			if m := createIndex.FindStringSubmatch(line); m != nil {
				out = append(out, "index "+m[1])
			}
			if dialect == "postgres" && strings.Contains(line, " TEXT ") && !strings.Contains(line, `COLLATE "C"`) {
				t.Errorf("%s: text without byte order: %s", f.Name(), line)
			}
		}
	}
	return out
}

// TestRowsMatchTheSchema finds columns that the row structs do not know, or the other way round.
func TestRowsMatchTheSchema(t *testing.T) {
	s := open(t, "sqlite", Config{})
	skip := map[string]bool{"signatures.refusal": true, "signatures.counted_at": true} // looked at by SQL alone
	for _, row := range []any{&entryRow{}, &checkpointRow{}, &revisionRow{}, &signatureRow{}, &recordRow{}, &attachmentRow{},
		&standInRow{}, &sessionRow{}, &noticeRow{}, &keyRow{}, &settingRow{}} {
		stmt := s.r.Model(row).Statement
		must(t, stmt.Parse(row))
		var columns []string
		must(t, s.r.Raw("SELECT name FROM pragma_table_info(?)", stmt.Schema.Table).Find(&columns).Error)
		fields := append([]string{}, stmt.Schema.DBNames...)
		var want []string
		for _, c := range columns {
			if !skip[stmt.Schema.Table+"."+c] {
				want = append(want, c)
			}
		}
		sort.Strings(want)
		sort.Strings(fields)
		if !reflect.DeepEqual(fields, want) {
			t.Errorf("%s: struct %v, table %v", stmt.Schema.Table, fields, want)
		}
	}
}

func TestUnreachableDatabaseIsUnavailable(t *testing.T) {
	_, err := Open(t.Context(), Config{URL: "postgres://nobody@127.0.0.1:1/none?connect_timeout=2"})
	wantCode(t, err, countersign.ErrUnavailable)
	_, err = Open(t.Context(), Config{Path: "/proc/no/such/folder/app.db"})
	if err == nil {
		t.Error("opened")
	}
	both(t, func(t *testing.T, s *Store) {
		must(t, s.Ping(t.Context()))
		must(t, s.Close())
		if err := s.Ping(t.Context()); err == nil {
			t.Error("a closed store answers")
		}
		_, err := s.Ticket(t.Context(), "UPG-2026-000001")
		if countersign.CodeOf(err) == countersign.ErrNotFound.Code {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestStoppedServerIsUnavailableAndComesBack(t *testing.T) {
	s := open(t, "postgres", Config{})
	tk := draft(t, s, "s1")
	err := s.w.Exec("SELECT pg_terminate_backend(pg_backend_pid())").Error // as a server that shuts down does
	wantCode(t, fail("test", err), countersign.ErrUnavailable)
	if back := got(s.Ticket(t.Context(), tk.Number))(t); back.Number != tk.Number {
		t.Errorf("%+v", back)
	}
}

// TestTwoProcessesShareASQLiteFile is the command line beside a running server.
func TestTwoProcessesShareASQLiteFile(t *testing.T) {
	a := open(t, "sqlite", Config{})
	var path string
	must(t, a.r.Raw("SELECT file FROM pragma_database_list WHERE name = 'main'").Row().Scan(&path))
	b, err := Open(t.Context(), Config{Path: path, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	defer func() { must(t, b.Close()) }()
	must(t, b.Migrate(t.Context()))
	var wg sync.WaitGroup
	for _, s := range []*Store{a, b} {
		for range 8 {
			wg.Go(func() {
				for range 4 {
					if _, err := s.AppendAudit(t.Context(), countersign.AuditEntry{Action: "view"}); err != nil {
						t.Error(err)
					}
					if _, err := s.CreateTicket(t.Context(), NewTicket{Prefix: "UPG", Drafter: engineer, Canonical: []byte("{}"), At: day}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	if tk := draft(t, b, "s1"); tk.Number != "UPG-2026-000065" {
		t.Errorf("%s", tk.Number)
	}
	if n := len(chainOf(t, a, countersign.SystemChain)); n != 64 {
		t.Errorf("%d entries", n)
	}
}
