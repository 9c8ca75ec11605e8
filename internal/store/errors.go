package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"unicode/utf8"

	gosqlite "github.com/glebarez/go-sqlite"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"countersign"
)

// fail brings err of operation op into the words of the root package; the cause stays wrapped for the log.
func fail(op string, err error) error {
	var known *countersign.Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows):
		return countersign.ErrNotFound.Because(fmt.Errorf("store: %s: %w", op, err))
	case errors.Is(err, gorm.ErrForeignKeyViolated): // it names a ticket or person that is not there
		return countersign.ErrNotFound.Because(fmt.Errorf("store: %s: %w", op, err))
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return countersign.ErrDuplicate.Because(fmt.Errorf("store: %s: %w", op, err))
	case unavailable(err):
		return countersign.ErrUnavailable.Because(fmt.Errorf("store: %s: %w", op, err))
	}
	return fmt.Errorf("store: %s: %w", op, err)
}

// unavailable reports whether err says that the database cannot work now, rather than that it was asked wrongly.
func unavailable(err error) bool {
	var (
		connect *pgconn.ConnectError
		network net.Error
		server  *pgconn.PgError
		lite    *gosqlite.Error
	)
	switch {
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.As(err, &connect), errors.As(err, &network):
		return true
	case errors.As(err, &server): // connection, resources (disk full), operator (shutdown), system; lock timeout
		class := server.Code[:2]
		return class == "08" || class == "53" || class == "57" || class == "58" || server.Code == "55P03"
	case errors.As(err, &lite): // SQLITE_BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN
		switch lite.Code() & 0xff {
		case 5, 6, 8, 10, 13, 14:
			return true
		}
	}
	return false
}

// conflict is ErrConflict with the reason for the log.
func conflict(format string, args ...any) error {
	return countersign.ErrConflict.Because(fmt.Errorf("store: "+format, args...))
}

// text refuses what PostgreSQL cannot keep as text, so that both databases take the same: NUL and broken UTF-8.
func text(values ...string) error {
	for _, v := range values {
		if !utf8.ValidString(v) || strings.IndexByte(v, 0) >= 0 {
			return countersign.ErrMalformed.Because(errors.New("store: text with NUL or broken UTF-8"))
		}
	}
	return nil
}

// storable makes such text fit to be kept, where refusing it would lose a fact.
func storable(v string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(v, "\uFFFD"), "\x00", "\uFFFD")
}
