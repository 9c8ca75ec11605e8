package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Migration is one step of the schema.
type Migration struct {
	Version   int64      `json:"version"`
	Name      string     `json:"name"`
	AppliedAt *time.Time `json:"applied_at,omitempty"` // nil: pending
}

// provider returns goose over the folder of the database's dialect. On PostgreSQL an advisory lock lets several
// processes start at the same time; the second finds nothing left to do.
func (s *Store) provider() (*goose.Provider, error) {
	dialect, folder := goose.DialectSQLite3, "migrations/sqlite"
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
	if s.postgres {
		dialect, folder = goose.DialectPostgres, "migrations/postgres"
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	pool, err := s.pool()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, pool, files, options...)
}

// Migrate brings the schema up to date. Each file is one transaction; what is applied already is left alone.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	done, err := p.Up(ctx)
	for _, m := range done {
		s.log.InfoContext(ctx, "database migrated", slog.String("file", m.Source.Path), slog.Duration("took", m.Duration))
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// MigrationStatus lists every migration of this program in order and when the database received it.
func (s *Store) MigrationStatus(ctx context.Context) ([]Migration, error) {
	p, err := s.provider()
	if err != nil {
		return nil, fmt.Errorf("migration status: %w", err)
	}
	status, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("migration status: %w", err)
	}
	out := make([]Migration, len(status))
	for i, m := range status {
		out[i] = Migration{Version: m.Source.Version, Name: m.Source.Path}
		if m.State == goose.StateApplied {
			at := m.AppliedAt.UTC()
			out[i].AppliedAt = &at
		}
	}
	return out, nil
}
