package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"countersign"
)

// Statuses of a person's key.
const (
	KeyActive   = "active"
	KeyReplaced = "replaced" // a later version took its place
	KeyRevoked  = "revoked"
)

// PersonKey is one version of a person's signing key with its certificate. The key is sealed under the person's PIN; the
// store cannot open it.
type PersonKey struct {
	ID          int64
	Person      string
	Version     int    // from 1
	Serial      string // of the certificate, lower-case hex
	Sealed      []byte
	Certificate []byte // DER
	Status      string
	FailedPINs  int        // wrong PINs in a row, and tries that are being judged
	LockedAt    *time.Time // too many of them
	CreatedAt   time.Time
}

// AddKey makes k the active key of its person; the one before is replaced. A version or serial that exists is
// ErrDuplicate.
func (s *Store) AddKey(ctx context.Context, k PersonKey) error {
	return s.tx(ctx, "add key", func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE person_keys SET status = 'replaced' WHERE person = ? AND status = 'active'", k.Person).Error; err != nil {
			return err
		}
		return tx.Create(&keyRow{
			Person: k.Person, Version: k.Version, Serial: k.Serial, Sealed: nonNil(k.Sealed), Certificate: nonNil(k.Certificate),
			Status: KeyActive, CreatedAt: ms(k.CreatedAt),
		}).Error
	})
}

// ActiveKey returns the key that a person signs with, locked or not.
func (s *Store) ActiveKey(ctx context.Context, person string) (PersonKey, error) {
	var r keyRow
	err := s.read(ctx).Where("person = ? AND status = 'active'", person).Take(&r).Error
	return r.key(), fail("active key", err)
}

// Keys returns all keys of a person by version.
func (s *Store) Keys(ctx context.Context, person string) ([]PersonKey, error) {
	var rows []keyRow
	err := s.read(ctx).Where("person = ?", person).Order("version").Find(&rows).Error
	return mapRows(rows, keyRow.key), fail("keys", err)
}

// KeyBySerial returns the key whose certificate has that serial number.
func (s *Store) KeyBySerial(ctx context.Context, serial string) (PersonKey, error) {
	var r keyRow
	err := s.read(ctx).Where("serial = ?", serial).Take(&r).Error
	return r.key(), fail("key by serial", err)
}

// KeyVersions returns the number of the last version of a person's key, 0 for none.
func (s *Store) KeyVersions(ctx context.Context, person string) (int, error) {
	var n int
	err := scanRow(s.read(ctx).Raw("SELECT COALESCE(MAX(version), 0) FROM person_keys WHERE person = ?", person), &n)
	return n, fail("key versions", err)
}

// TryPIN counts a try of the PIN before it is judged, so that tries at the same time, also of other processes, share
// one count. It returns the number of this try, or ErrPINLocked when the key is locked or all tries are taken.
// PINFailed, PINSucceeded or PINUntried says how the try ended.
func (s *Store) TryPIN(ctx context.Context, id int64, tries int) (n int, err error) {
	err = scanRow(s.w.WithContext(ctx).Raw(`UPDATE person_keys SET failed_pins = failed_pins + 1
		WHERE id = ? AND status = 'active' AND locked_at IS NULL AND failed_pins < ? RETURNING failed_pins`, id, tries), &n)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, countersign.ErrPINLocked
	}
	return n, fail("try PIN", err)
}

// PINFailed settles a counted try that was wrong: when it used the last of the tries up, the key is locked. A right PIN
// in between has reset the count, then it stays open.
func (s *Store) PINFailed(ctx context.Context, id int64, tries int) (locked bool, err error) {
	rows, err := s.exec(ctx, "wrong PIN", "UPDATE person_keys SET locked_at = ? WHERE id = ? AND locked_at IS NULL AND failed_pins >= ?",
		ms(s.now()), id, tries)
	return rows > 0, err
}

// PINSucceeded settles a counted try that was right: wrong ones before it are forgotten. ErrPINLocked when the key was
// locked or ended meanwhile; then the try must not be used.
func (s *Store) PINSucceeded(ctx context.Context, id int64) error {
	rows, err := s.exec(ctx, "right PIN", "UPDATE person_keys SET failed_pins = 0 WHERE id = ? AND status = 'active' AND locked_at IS NULL", id)
	if err == nil && rows == 0 {
		err = countersign.ErrPINLocked
	}
	return err
}

// PINUntried gives a counted try back that was never judged, such as that of a caller who hung up.
func (s *Store) PINUntried(ctx context.Context, id int64) error {
	_, err := s.exec(ctx, "untried PIN", "UPDATE person_keys SET failed_pins = failed_pins - 1 WHERE id = ? AND locked_at IS NULL AND failed_pins > 0", id)
	return err
}

// UnlockKey makes a locked key usable again.
func (s *Store) UnlockKey(ctx context.Context, id int64) error {
	return s.execOne(ctx, "unlock key", "UPDATE person_keys SET failed_pins = 0, locked_at = NULL WHERE id = ?", id)
}

// ReplaceSealed stores a key sealed under another PIN. was is what the caller read: ErrConflict when it changed since.
func (s *Store) ReplaceSealed(ctx context.Context, id int64, was, sealed []byte) error {
	result := s.w.WithContext(ctx).Exec("UPDATE person_keys SET sealed = ?, failed_pins = 0 WHERE id = ? AND sealed = ?", sealed, id, was)
	if result.Error == nil && result.RowsAffected == 0 {
		return conflict("key %d was sealed anew meanwhile", id)
	}
	return fail("replace sealed key", result.Error)
}

// EndKey makes a key revoked for good.
func (s *Store) EndKey(ctx context.Context, id int64) error {
	return s.execOne(ctx, "end key", "UPDATE person_keys SET status = 'revoked' WHERE id = ?", id)
}

// Secret returns a named sealed blob, such as a key of the certificate authority.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	var data []byte
	err := scanRow(s.read(ctx).Raw("SELECT data FROM secrets WHERE name = ?", name), &data)
	return data, fail("secret", err)
}

// CreateSecret stores a new secret; ErrDuplicate when the name is taken, so that two processes that start at the same
// time agree on one.
func (s *Store) CreateSecret(ctx context.Context, name string, data []byte) error {
	_, err := s.exec(ctx, "create secret", "INSERT INTO secrets (name, data, created_at) VALUES (?, ?, ?)",
		name, nonNil(data), ms(s.now()))
	return err
}

// SecretNames returns the names of secrets that begin with prefix, sorted.
func (s *Store) SecretNames(ctx context.Context, prefix string) ([]string, error) {
	var out []string
	err := s.read(ctx).Raw(`SELECT name FROM secrets WHERE name LIKE ? ESCAPE '\' ORDER BY name`,
		likeEscaper.Replace(prefix)+"%").Find(&out).Error
	return out, fail("secret names", err)
}
