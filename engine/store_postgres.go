package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	dbschemas "go.temporal.io/server/schema"
	postgresschema "go.temporal.io/server/schema/postgresql/v12"
	"go.temporal.io/server/tools/common/schema"
	"go.temporal.io/server/tools/sql"
)

const (
	// Four services each keep a pool to each of two databases: at most 64 of PostgreSQL's usual 100 connections.
	postgresPool    = 8
	postgresShards  = 4       // measured best for one process on a few cores
	missingDatabase = "3D000" // SQLSTATE invalid_catalog_name
)

var databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,50}$`)

// parsePostgresURL turns postgres://user:password@host:port/database?sslmode=... into the server's settings.
func parsePostgresURL(raw string) (*config.SQL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("-postgres: not a URL") // the cause would quote the password
	}
	name := strings.TrimPrefix(u.Path, "/")
	switch {
	case u.Scheme != "postgres" && u.Scheme != "postgresql":
		return nil, fmt.Errorf("-postgres: want postgres://..., not %q", u.Scheme+"://")
	case u.Hostname() == "":
		return nil, errors.New("-postgres: host is missing")
	case !databaseName.MatchString(name):
		return nil, fmt.Errorf("-postgres: database name %q must be letters, digits and underscores", name)
	}
	password, _ := u.User.Password()
	cfg := &config.SQL{
		PluginName:        postgresql.PluginNamePGX,
		User:              url.QueryEscape(u.User.Username()), // the plugin escapes the password only
		Password:          password,
		DatabaseName:      name,
		ConnectAddr:       u.Host,
		ConnectProtocol:   "tcp",
		ConnectAttributes: map[string]string{},
		MaxConns:          postgresPool,
		MaxIdleConns:      postgresPool,
	}
	for key, values := range u.Query() {
		cfg.ConnectAttributes[key] = values[len(values)-1]
	}
	return cfg, nil
}

// postgresStore makes or updates two databases on the given server, NAME and NAME_visibility. The account needs
// CREATEDB only when they do not exist yet. Closing the returned connection lets go of the databases.
func postgresStore(ctx context.Context, raw string, logger log.Logger) (store, *pgx.Conn, error) {
	history, err := parsePostgresURL(raw)
	if err != nil {
		return store{}, nil, err
	}
	lock, err := lockPostgres(ctx, raw, history.DatabaseName)
	if err != nil {
		return store{}, nil, err
	}
	visibility := *history
	visibility.DatabaseName += "_visibility"
	if err = createPostgres(ctx, raw, visibility.DatabaseName); err == nil {
		err = errors.Join(
			updatePostgres(ctx, raw, history, "postgresql/v12/temporal", postgresschema.Version, logger),
			updatePostgres(ctx, raw, &visibility, "postgresql/v12/visibility", postgresschema.VisibilityVersion, logger),
		)
	}
	if err != nil {
		return store{}, nil, errors.Join(err, lock.Close(ctx))
	}
	return store{history: history, visibility: &visibility, shards: postgresShards}, lock, nil
}

// lockPostgres makes the history database and the lock on it that says "one engine": two of them would throw each
// other out of every shard, unharmed but unusable. The lock dies with its connection, so kill -9 leaves nothing behind.
func lockPostgres(ctx context.Context, raw, name string) (*pgx.Conn, error) {
	if err := createPostgres(ctx, raw, name); err != nil {
		return nil, err
	}
	conn, err := connectPostgres(ctx, raw, name)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(lockPatience); ; time.Sleep(100 * time.Millisecond) {
		var locked bool
		err = conn.QueryRow(ctx, "SELECT pg_try_advisory_lock(hashtext('countersign-engine'))").Scan(&locked)
		if err == nil && locked {
			return conn, nil
		}
		if err == nil && time.Now().After(end) {
			err = fmt.Errorf("%w: database %s is held by another engine", errInUse, name)
		}
		if err != nil {
			return nil, errors.Join(err, conn.Close(ctx))
		}
	}
}

// createPostgres makes a database unless it exists. It tries to connect first: accounts of a database that somebody
// else has made need no rights on the database "postgres".
func createPostgres(ctx context.Context, raw, name string) error {
	conn, err := connectPostgres(ctx, raw, name)
	if err == nil {
		return conn.Close(ctx)
	}
	if refused := new(pgconn.PgError); !errors.As(err, &refused) || refused.Code != missingDatabase {
		return err
	}
	if conn, err = connectPostgres(ctx, raw, "postgres"); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

func connectPostgres(ctx context.Context, raw, name string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(raw)
	if err != nil {
		return nil, errors.New("-postgres: settings in the URL are wrong") // the cause would quote the URL
	}
	cfg.Database = name
	return pgx.ConnectConfig(ctx, cfg)
}

// updatePostgres brings the schema to this server's version; the scripts are part of the binary.
func updatePostgres(ctx context.Context, raw string, cfg *config.SQL, schemaName, version string, logger log.Logger) error {
	conn, err := sql.NewConnection(cfg, logger)
	if err != nil {
		return fmt.Errorf("database %s: %w", cfg.DatabaseName, err)
	}
	defer conn.Close()
	if _, err := conn.ReadSchemaVersion(); err != nil { // nothing there yet
		if err := errors.Join(conn.CreateSchemaVersionTables(), setupPostgres(ctx, raw, cfg.DatabaseName, schemaName, version)); err != nil {
			return fmt.Errorf("database %s: set up schema: %w", cfg.DatabaseName, err)
		}
	}
	update := schema.NewUpdateSchemaTask(conn, &schema.UpdateConfig{SchemaName: schemaName}, logger)
	if err := update.Run(); err != nil {
		return fmt.Errorf("database %s: update schema: %w", cfg.DatabaseName, err)
	}
	return nil
}

// setupPostgres makes the whole schema in one transaction. The server's own tool goes through every version since the
// first without one, and a kill half-way leaves a database that it cannot repair.
func setupPostgres(ctx context.Context, raw, name, schemaName, version string) error {
	script, err := fs.ReadFile(dbschemas.Assets(), schemaName+"/schema.sql")
	if err != nil {
		return err
	}
	statements, err := persistence.LoadAndSplitQueryFromReaders([]io.Reader{bytes.NewReader(script)})
	if err != nil {
		return err
	}
	conn, err := connectPostgres(ctx, raw, name)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO schema_version
			(version_partition, db_name, creation_time, curr_version, min_compatible_version) VALUES (0, $1, now(), $2, $2)`, name, version)
		return err
	})
	return errors.Join(err, conn.Close(ctx))
}
