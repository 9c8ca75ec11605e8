package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	sqliteschema "go.temporal.io/server/schema/sqlite"
)

// sqliteStore opens, and makes when missing, the databases in dir. Lists (visibility) live in a file of their own: in
// one file both wait for the same write lock, a third of the speed under load.
func sqliteStore(dir, sync string) (store, error) {
	s := store{
		history:    sqliteConfig(filepath.Join(dir, "history.db"), sync),
		visibility: sqliteConfig(filepath.Join(dir, "visibility.db"), sync),
		shards:     1,
	}
	for _, name := range []string{"history.db", "visibility.db"} {
		if err := createSQLite(filepath.Join(dir, name)); err != nil {
			return store{}, fmt.Errorf("create %s: %w", name, err)
		}
	}
	return s, nil
}

// sqliteConfig leaves MaxConns at its default of 1: more connections fight for the write lock and halve the speed.
func sqliteConfig(path, sync string) *config.SQL {
	synchronous := "2" // FULL: each commit reaches the disk
	if sync == "normal" {
		synchronous = "1" // power loss may take the last commits, never consistency
	}
	return &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: (&url.URL{Path: path}).EscapedPath(), // it becomes part of a file: URI
		ConnectAttributes: map[string]string{
			"mode": "rwc", "journal_mode": "wal", "synchronous": synchronous, "busy_timeout": "10000",
		},
	}
}

// createSQLite makes a database with the schema under another name first: a crash half-way must not leave a file that
// looks complete.
func createSQLite(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	draft := path + ".new"
	for _, leftover := range []string{draft, draft + "-journal"} {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	cfg := sqliteConfig(draft, "full")
	cfg.ConnectAttributes["journal_mode"] = "delete" // leaves one file behind, which can be renamed
	if err := sqliteschema.SetupSchema(cfg); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename inside dir survive power loss.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
