package main

import (
	stdsql "database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/resolver"
)

func TestParsePostgresURL(t *testing.T) {
	cfg, err := parsePostgresURL("postgres://us%40er:p%2Fw%20d@db.example:5433/tempo_1?sslmode=require&connect_timeout=3")
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"user":     {cfg.User, "us%40er"}, // escaped: the plugin pastes it into a URL
		"password": {cfg.Password, "p/w d"},
		"address":  {cfg.ConnectAddr, "db.example:5433"},
		"database": {cfg.DatabaseName, "tempo_1"},
		"sslmode":  {cfg.ConnectAttributes["sslmode"], "require"},
		"timeout":  {cfg.ConnectAttributes["connect_timeout"], "3"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", name, pair[0], pair[1])
		}
	}
	for _, bad := range []string{"", "h/d", "mysql://h/d", "postgres:///d", "postgres://h", "postgres://h/a-b", `postgres://h/a";DROP`, "postgres://u:secret@h:x/d"} {
		if _, err := parsePostgresURL(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("password shown: %v", err)
		}
	}
}

// settingsInForce opens the history database the way the server does and returns its journal mode and synchronisation.
func settingsInForce(t *testing.T, s store, path string) string {
	t.Helper()
	server, err := sql.NewSQLAdminDB(sqlplugin.DbKindMain, s.history, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		t.Fatal(err)
	}
	// Synchronisation belongs to the connection, so the connection itself has to write it down.
	note := "CREATE TABLE note AS SELECT journal_mode || ' ' || synchronous FROM pragma_journal_mode, pragma_synchronous"
	if err := errors.Join(server.Exec(note), server.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := stdsql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String())
	if err != nil {
		t.Fatal(err)
	}
	var got string
	errRead := db.QueryRow("SELECT * FROM note").Scan(&got)
	_, errDrop := db.Exec("DROP TABLE note")
	if err := errors.Join(errRead, errDrop, db.Close()); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSQLiteStoreIsDurableAndKeepsItsFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "with space, % and ?")
	if err := prepareData(dir); err != nil {
		t.Fatal(err)
	}
	// What a crash half-way leaves must not be taken for a database.
	if err := os.WriteFile(filepath.Join(dir, "history.db.new"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for sync, want := range map[string]string{"full": "wal 2", "normal": "wal 1"} {
		s, err := sqliteStore(dir, sync)
		if err != nil {
			t.Fatal(err)
		}
		if got := settingsInForce(t, s, filepath.Join(dir, "history.db")); got != want {
			t.Errorf("sync %s: in force is %q, want %q", sync, got, want)
		}
		if err := errors.Join(ensureNamespace(s), ensureNamespace(s)); err != nil {
			t.Errorf("namespace, twice: %v", err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); !strings.HasPrefix(name, "history.db") && !strings.HasPrefix(name, "visibility.db") || strings.Contains(name, ".new") {
			t.Errorf("unexpected file %s", name)
		}
	}
}
