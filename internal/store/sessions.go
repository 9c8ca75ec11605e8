package store

import (
	"context"
	"time"

	"countersign"
)

// Session is a login. The token itself is never stored.
type Session struct {
	TokenSHA256 string // lower-case hex
	Person      string
	CSRF        string
	UserAgent   string
	CreatedAt   time.Time
	SeenAt      time.Time
	ExpiresAt   time.Time
}

// CreateSession stores a session.
func (s *Store) CreateSession(ctx context.Context, v Session) error {
	v.UserAgent = storable(v.UserAgent)
	return fail("create session", s.w.WithContext(ctx).Create(&sessionRow{
		Token: v.TokenSHA256, Person: v.Person, CSRF: v.CSRF, UserAgent: v.UserAgent, CreatedAt: ms(v.CreatedAt),
		SeenAt: ms(v.SeenAt), ExpiresAt: ms(v.ExpiresAt),
	}).Error)
}

// Session returns the session of a token's SHA-256. Whether it has expired is the caller's to check.
func (s *Store) Session(ctx context.Context, tokenSHA256 string) (Session, error) {
	var r sessionRow
	err := s.read(ctx).Where("token = ?", tokenSHA256).Take(&r).Error
	return r.session(), fail("session", err)
}

// touchEvery is how exact SeenAt is: a session in steady use is written once a minute, not at each request.
const touchEvery = time.Minute

// TouchSession notes that a session was used at at, unless that was noted less than a minute before.
func (s *Store) TouchSession(ctx context.Context, tokenSHA256 string, at time.Time) error {
	_, err := s.exec(ctx, "touch session", "UPDATE sessions SET seen_at = ? WHERE token = ? AND seen_at <= ?",
		ms(at), tokenSHA256, ms(at.Add(-touchEvery)))
	return err
}

// DeleteSession ends a session; one that is not there is fine.
func (s *Store) DeleteSession(ctx context.Context, tokenSHA256 string) error {
	_, err := s.exec(ctx, "delete session", "DELETE FROM sessions WHERE token = ?", tokenSHA256)
	return err
}

// DeleteSessions ends all sessions of a person, for example after a change of password.
func (s *Store) DeleteSessions(ctx context.Context, person string) error {
	_, err := s.exec(ctx, "delete sessions", "DELETE FROM sessions WHERE person = ?", person)
	return err
}

// PurgeSessions removes sessions that expired before at and returns how many.
func (s *Store) PurgeSessions(ctx context.Context, at time.Time) (int64, error) {
	return s.exec(ctx, "purge sessions", "DELETE FROM sessions WHERE expires_at < ?", ms(at))
}

// Login is what checking a password needs.
type Login struct {
	Person      countersign.Person
	Password    string // opaque hash, "" for none
	Failed      int    // wrong passwords in a row
	LockedUntil *time.Time
}

// Login returns the login of an account.
func (s *Store) Login(ctx context.Context, account string) (Login, error) {
	if err := text(account); err != nil {
		return Login{}, err
	}
	var v Login
	var lockedUntil *int64
	p := &v.Person
	query := `SELECT id, account, name, organisation, disabled, password, failed_logins, locked_until
		FROM persons WHERE account = ?`
	err := scanRow(s.read(ctx).Raw(query, account),
		&p.ID, &p.Account, &p.Name, &p.Organisation, &p.Disabled, &v.Password, &v.Failed, &lockedUntil)
	v.LockedUntil = timePtr(lockedUntil)
	return v, fail("login", err)
}

// SetPassword stores the hash of a person's password and forgets wrong ones.
func (s *Store) SetPassword(ctx context.Context, person, hash string) error {
	return s.execOne(ctx, "set password", "UPDATE persons SET password = ?, failed_logins = 0, locked_until = NULL WHERE id = ?",
		hash, person)
}

// LoginFailed counts a wrong password. The limit-th in a row locks the account for lock and begins counting anew; it
// returns until when, nil when the account is not locked by this one.
func (s *Store) LoginFailed(ctx context.Context, person string, limit int, lock time.Duration) (*time.Time, error) {
	until := s.now().Add(lock)
	var failed int
	err := scanRow(s.w.WithContext(ctx).Raw(`UPDATE persons SET
		failed_logins = CASE WHEN failed_logins + 1 >= ? THEN 0 ELSE failed_logins + 1 END,
		locked_until = CASE WHEN failed_logins + 1 >= ? THEN ? ELSE locked_until END
		WHERE id = ? RETURNING failed_logins`, limit, limit, ms(until), person), &failed)
	if err != nil || failed != 0 {
		return nil, fail("login failed", err)
	}
	return timePtr(msPtr(&until)), nil
}

// LoginSucceeded forgets wrong passwords.
func (s *Store) LoginSucceeded(ctx context.Context, person string) error {
	_, err := s.exec(ctx, "login succeeded", `UPDATE persons SET failed_logins = 0, locked_until = NULL
		WHERE id = ? AND (failed_logins <> 0 OR locked_until IS NOT NULL)`, person)
	return err
}
