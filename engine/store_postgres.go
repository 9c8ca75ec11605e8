package main

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/tools/common/schema"
	"go.temporal.io/server/tools/sql"
)

const postgresShards = 4 // measured best for one process on a few cores

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
		MaxConns:          20,
		MaxIdleConns:      20,
	}
	for key, values := range u.Query() {
		cfg.ConnectAttributes[key] = values[len(values)-1]
	}
	return cfg, nil
}

// postgresStore makes or updates two databases on the given server, NAME and NAME_visibility. The account needs
// CREATEDB only when they do not exist yet.
func postgresStore(raw string, logger log.Logger) (store, error) {
	history, err := parsePostgresURL(raw)
	if err != nil {
		return store{}, err
	}
	visibility := *history
	visibility.DatabaseName += "_visibility"
	s := store{history: history, visibility: &visibility, shards: postgresShards}
	err = errors.Join(
		preparePostgres(*s.history, "postgresql/v12/temporal", logger),
		preparePostgres(*s.visibility, "postgresql/v12/visibility", logger),
	)
	return s, err
}

func preparePostgres(cfg config.SQL, schemaName string, logger log.Logger) error {
	conn, err := sql.NewConnection(&cfg, logger)
	if err != nil {
		create := cfg // the call overwrites its database name
		if errCreate := sql.DoCreateDatabase(&create, "postgres", logger); errCreate != nil {
			return fmt.Errorf("database %s: %w", cfg.DatabaseName, errors.Join(err, errCreate))
		}
		if conn, err = sql.NewConnection(&cfg, logger); err != nil {
			return fmt.Errorf("database %s: %w", cfg.DatabaseName, err)
		}
	}
	defer conn.Close()
	if _, err := conn.ReadSchemaVersion(); err != nil { // no version table yet
		setup := schema.NewSetupSchemaTask(conn, &schema.SetupConfig{InitialVersion: "0.0"}, logger)
		if err := setup.Run(); err != nil {
			return fmt.Errorf("database %s: set up schema: %w", cfg.DatabaseName, err)
		}
	}
	update := schema.NewUpdateSchemaTask(conn, &schema.UpdateConfig{SchemaName: schemaName}, logger)
	if err := update.Run(); err != nil {
		return fmt.Errorf("database %s: update schema: %w", cfg.DatabaseName, err)
	}
	return nil
}
