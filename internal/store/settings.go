package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Setting is one version of a named JSON value, such as the template that replaces a process's own.
type Setting struct {
	Name    string          `json:"name"`
	Version int             `json:"version"` // from 1
	Value   json.RawMessage `json:"value"`
	SetBy   string          `json:"set_by"`
	SetAt   time.Time       `json:"set_at"`
}

// PutSetting stores a new version of a setting and returns it with its number. Two at the same time: one is
// ErrDuplicate.
func (s *Store) PutSetting(ctx context.Context, v Setting) (Setting, error) {
	if !json.Valid(v.Value) {
		return v, errors.New("store: setting " + v.Name + " is not JSON")
	}
	v.SetAt = timeOf(ms(v.SetAt))
	err := scanRow(s.w.WithContext(ctx).Raw(`INSERT INTO settings (name, version, value, set_by, set_at)
		SELECT ?, COALESCE(MAX(version), 0) + 1, ?, ?, ? FROM settings WHERE name = ? RETURNING version`,
		v.Name, string(v.Value), v.SetBy, ms(v.SetAt), v.Name), &v.Version)
	return v, fail("put setting", err)
}

// Setting returns the last version of a setting.
func (s *Store) Setting(ctx context.Context, name string) (Setting, error) {
	var r settingRow
	err := s.read(ctx).Where("name = ?", name).Order("version DESC").Limit(1).Take(&r).Error
	return r.setting(), fail("setting", err)
}

// Settings returns the last version of every setting whose name begins with prefix, by name.
func (s *Store) Settings(ctx context.Context, prefix string) ([]Setting, error) {
	var rows []settingRow
	err := s.read(ctx).Where(`name LIKE ? ESCAPE '\' AND version = (SELECT MAX(version) FROM settings o WHERE o.name = settings.name)`,
		likeEscaper.Replace(prefix)+"%").Order("name").Find(&rows).Error
	return mapRows(rows, settingRow.setting), fail("settings", err)
}

// SettingVersions returns one page of the versions of a setting, newest first, and the cursor of the next.
func (s *Store) SettingVersions(ctx context.Context, name string, p Page) ([]Setting, string, error) {
	db := s.read(ctx).Where("name = ?", name).Order("version DESC")
	if p.Cursor != "" {
		before, _, err := cursorKey(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		db = db.Where("version < ?", before)
	}
	limit := pageSize(p.Limit)
	var rows []settingRow
	err := db.Limit(limit + 1).Find(&rows).Error
	rows, next := cut(rows, limit, func(r settingRow) (int64, string) { return int64(r.Version), "" })
	return mapRows(rows, settingRow.setting), next, fail("setting versions", err)
}

// settingRow is one row of settings.
type settingRow struct {
	Name    string
	Version int
	Value   string
	SetBy   string
	SetAt   int64
}

func (settingRow) TableName() string { return "settings" }

func (r settingRow) setting() Setting {
	return Setting{Name: r.Name, Version: r.Version, Value: json.RawMessage(r.Value), SetBy: r.SetBy, SetAt: timeOf(r.SetAt)}
}
