package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// What a commit waits for. Full (the default) waits until the disk has it: what was acknowledged survives power loss.
// Normal is faster and survives the death of the process, but power loss may take the last commits.
const (
	Full   = "full"
	Normal = "normal"
)

// Config says which database to open and how.
type Config struct {
	URL      string           // PostgreSQL URL or key=value DSN; "" = SQLite
	Path     string           // SQLite file, made (mode 0600, folders 0700) when missing
	Sync     string           // Full or Normal; Full when empty
	MaxConns int              // PostgreSQL connections, 0 = 16; on SQLite readers, 0 = 4, beside the one writer
	Log      *slog.Logger     // nil = slog.Default()
	Now      func() time.Time // clock of leases, sessions and request keys; nil = time.Now
}

// Validate names everything that is wrong with c at once.
func (c Config) Validate() error {
	var errs []error
	if c.URL == "" && c.Path == "" {
		errs = append(errs, errors.New("database: neither URL nor path is set"))
	}
	if c.Sync != "" && c.Sync != Full && c.Sync != Normal {
		errs = append(errs, fmt.Errorf("database: sync is %q, want full or normal", c.Sync))
	}
	if c.MaxConns < 0 {
		errs = append(errs, fmt.Errorf("database: %d connections", c.MaxConns))
	}
	return errors.Join(errs...)
}

// Store is the application database. Its methods may be called from many goroutines.
type Store struct {
	w, r     *gorm.DB // SQLite: the one writing connection and the readers; PostgreSQL: the same pool twice
	postgres bool
	log      *slog.Logger
	now      func() time.Time
}

// Open connects to the database of c and checks that it answers. It does not migrate: see Migrate.
func Open(ctx context.Context, c Config) (*Store, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Store{postgres: c.URL != "", log: c.Log, now: c.Now}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.postgres {
		err = s.openPostgres(c)
	} else {
		err = s.openSQLite(c)
	}
	if err == nil {
		err = s.Ping(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), s.Close())
	}
	return s, nil
}

// config is GORM's: single statements need no transaction of their own, the log shows no values (personal data).
// Statements are not prepared by GORM: pgx does it itself, at twice the speed, and the SQLite driver compiles a
// statement each time it runs, prepared or not.
func (s *Store) config() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		DisableAutomaticPing:   true,
		Logger: logger.NewSlogLogger(s.log, logger.Config{
			SlowThreshold: 500 * time.Millisecond, LogLevel: logger.Warn,
			IgnoreRecordNotFoundError: true, ParameterizedQueries: true,
		}),
	}
}

// openPostgres opens one pool for everything.
func (s *Store) openPostgres(c Config) error {
	pc, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"application_name": "countersign", "timezone": "UTC",
		// A client that hangs must not hold a ticket's lock for ever.
		"lock_timeout": "30s", "idle_in_transaction_session_timeout": "60s",
	} {
		if _, set := pc.RuntimeParams[name]; !set {
			pc.RuntimeParams[name] = value
		}
	}
	if c.Sync == Normal {
		pc.RuntimeParams["synchronous_commit"] = "off"
	}
	pool := stdlib.OpenDB(*pc)
	conns := orDefault(c.MaxConns, 16)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	s.w, err = gorm.Open(postgres.New(postgres.Config{Conn: pool}), s.config())
	s.r = s.w
	return err
}

// openSQLite opens one connection for writing, since SQLite has one write lock and waiting for it in line beats polling
// for it, and some for reading, which in WAL mode never wait for the writer.
func (s *Store) openSQLite(c Config) error {
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // SQLite gives its WAL the same mode
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	open := func(conns int, params url.Values) (*gorm.DB, error) {
		db, err := gorm.Open(sqlite.Open("file:"+(&url.URL{Path: path}).EscapedPath()+"?"+params.Encode()), s.config())
		if err != nil {
			return nil, err
		}
		pool, err := db.DB()
		if err != nil {
			return nil, err
		}
		pool.SetMaxOpenConns(conns)
		pool.SetMaxIdleConns(conns)
		return db, nil
	}
	synchronous := "2"
	if c.Sync == Normal {
		synchronous = "1"
	}
	pragmas := []string{"busy_timeout(10000)", "journal_mode(wal)", "synchronous(" + synchronous + ")", "foreign_keys(1)",
		"journal_size_limit(67108864)", "cache_size(-16000)", "temp_store(2)"}
	if s.w, err = open(1, url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}); err != nil {
		return err
	}
	s.r, err = open(orDefault(c.MaxConns, 4), url.Values{"_pragma": append(pragmas, "query_only(1)")})
	return err
}

func orDefault(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}

// Close ends all connections.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*gorm.DB{s.w, s.r} {
		if db == nil {
			continue
		}
		pool, err := db.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Ping checks that the database answers.
func (s *Store) Ping(ctx context.Context) error {
	pool, err := s.w.DB()
	if err != nil {
		return err
	}
	return fail("ping", pool.PingContext(ctx))
}

// pool returns the writing connections for callers that need database/sql.
func (s *Store) pool() (*sql.DB, error) { return s.w.DB() }

// tx runs fn in one transaction: all of it is written or, after an error or a panic, nothing.
func (s *Store) tx(ctx context.Context, op string, fn func(tx *gorm.DB) error) error {
	return fail(op, s.w.WithContext(ctx).Transaction(fn))
}

// exec runs one statement by itself and returns how many rows it changed.
func (s *Store) exec(ctx context.Context, op, sql string, args ...any) (int64, error) {
	result := s.w.WithContext(ctx).Exec(sql, args...)
	return result.RowsAffected, fail(op, result.Error)
}

// execOne runs one statement that must change a row; none is ErrNotFound.
func (s *Store) execOne(ctx context.Context, op, sql string, args ...any) error {
	rows, err := s.exec(ctx, op, sql, args...)
	if err == nil && rows == 0 {
		err = fail(op, gorm.ErrRecordNotFound)
	}
	return err
}

// read returns the connections for reading.
func (s *Store) read(ctx context.Context) *gorm.DB { return s.r.WithContext(ctx) }

// lock is the clause that makes a SELECT hold its rows until the transaction ends. SQLite needs none: its write
// transactions are alone. Rows stay open to foreign key checks.
func (s *Store) lock() string {
	if s.postgres {
		return " FOR NO KEY UPDATE"
	}
	return ""
}

// ms and its inverses carry times at the precision that every store keeps: UTC, whole milliseconds.
func ms(t time.Time) int64 { return t.UnixMilli() }

func timeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func msPtr(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	n := ms(*t)
	return &n
}

func timePtr(ms *int64) *time.Time {
	if ms == nil {
		return nil
	}
	t := timeOf(*ms)
	return &t
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
