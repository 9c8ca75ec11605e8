package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"countersign"
)

// PutPerson stores p under its ID, new or changed. An account that another person has is ErrDuplicate. Password, locks
// and grants stay as they are.
func (s *Store) PutPerson(ctx context.Context, p countersign.Person) error {
	if err := text(p.ID, p.Account, p.Name, p.Organisation); err != nil {
		return err
	}
	_, err := s.exec(ctx, "put person", `INSERT INTO persons (id, account, name, organisation, disabled) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, name = excluded.name, organisation = excluded.organisation,
		disabled = excluded.disabled`, p.ID, p.Account, p.Name, p.Organisation, p.Disabled)
	return err
}

// Person returns the person with that ID.
func (s *Store) Person(ctx context.Context, id string) (countersign.Person, error) {
	var r personRow
	err := s.read(ctx).Where("id = ?", id).Take(&r).Error
	return r.person(), fail("person", err)
}

// PersonByAccount returns the person with that account name.
func (s *Store) PersonByAccount(ctx context.Context, account string) (countersign.Person, error) {
	if err := text(account); err != nil {
		return countersign.Person{}, err
	}
	var r personRow
	err := s.read(ctx).Where("account = ?", account).Take(&r).Error
	return r.person(), fail("person", err)
}

// PersonNames returns the names of those of ids that exist, by ID.
func (s *Store) PersonNames(ctx context.Context, ids []string) (map[string]string, error) {
	var rows []personRow
	err := s.read(ctx).Select("id", "name").Where("id IN ?", ids).Find(&rows).Error
	names := make(map[string]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, fail("person names", err)
}

// ListPersons returns people by ID, of one organisation when that is not "".
func (s *Store) ListPersons(ctx context.Context, organisation string, p Page) ([]countersign.Person, string, error) {
	q := s.read(ctx).Order("id").Limit(pageSize(p.Limit) + 1)
	if organisation != "" {
		q = q.Where("organisation = ?", organisation)
	}
	if p.Cursor != "" {
		_, after, err := cursorKey(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		q = q.Where("id > ?", after)
	}
	var rows []personRow
	err := q.Find(&rows).Error
	rows, next := cut(rows, pageSize(p.Limit), func(r personRow) (int64, string) { return 0, r.ID })
	return mapRows(rows, personRow.person), next, fail("list persons", err)
}

// AddGrant gives a role; having it already is fine.
func (s *Store) AddGrant(ctx context.Context, g countersign.Grant) error {
	_, err := s.exec(ctx, "add grant", "INSERT INTO grants (person, role, system) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		g.Person, g.Role, g.System)
	return err
}

// RemoveGrant takes a role away; ErrNotFound when it was not there.
func (s *Store) RemoveGrant(ctx context.Context, g countersign.Grant) error {
	return s.execOne(ctx, "remove grant", "DELETE FROM grants WHERE person = ? AND role = ? AND system = ?", g.Person, g.Role, g.System)
}

// SetGrants makes grants the only roles of person; each Grant's Person is ignored.
func (s *Store) SetGrants(ctx context.Context, person string, grants []countersign.Grant) error {
	return s.tx(ctx, "set grants", func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM grants WHERE person = ?", person).Error; err != nil || len(grants) == 0 {
			return err
		}
		rows := make([][]any, len(grants))
		for i, g := range grants {
			rows[i] = []any{person, g.Role, g.System}
		}
		return s.writeAll(tx, []write{insert("grants", []string{"person", "role", "system"}, rows, " ON CONFLICT DO NOTHING")})
	})
}

// Grants returns the roles of the given people, of everybody when none is given, in a fixed order.
func (s *Store) Grants(ctx context.Context, persons ...string) ([]countersign.Grant, error) {
	q := s.read(ctx).Table("grants").Order("person, role, system")
	if len(persons) > 0 {
		q = q.Where("person IN ?", persons)
	}
	var out []countersign.Grant
	return out, fail("grants", q.Find(&out).Error)
}

// RoleHolders returns the enabled people of an organisation ("" = any) who hold role for system or for all systems.
func (s *Store) RoleHolders(ctx context.Context, role, system, organisation string) ([]countersign.Person, error) {
	q := s.read(ctx).Order("id").
		Where("disabled = FALSE AND id IN (SELECT person FROM grants WHERE role = ? AND system IN (?, '*'))", role, system)
	if organisation != "" {
		q = q.Where("organisation = ?", organisation)
	}
	var rows []personRow
	err := q.Find(&rows).Error
	return mapRows(rows, personRow.person), fail("role holders", err)
}

// AddStandIn stores a stand-in and returns it with its ID. Whether it is allowed is the caller's to check.
func (s *Store) AddStandIn(ctx context.Context, v countersign.StandIn) (countersign.StandIn, error) {
	r := standInRow{
		Principal: v.Principal, Person: v.Person, FromAt: ms(v.From), ToAt: ms(v.To), CreatedBy: v.CreatedBy, CreatedAt: ms(v.CreatedAt),
	}
	err := s.w.WithContext(ctx).Create(&r).Error
	return r.standIn(), fail("add stand-in", err)
}

// EndStandIn lets a stand-in end at at, or removes it when it had not begun; one that is over stays.
func (s *Store) EndStandIn(ctx context.Context, id int64, at time.Time) error {
	return s.tx(ctx, "end stand-in", func(tx *gorm.DB) error {
		var r standInRow
		if err := tx.Take(&r, id).Error; err != nil {
			return err
		}
		if r.FromAt >= ms(at) {
			return tx.Exec("DELETE FROM stand_ins WHERE id = ?", id).Error
		}
		return tx.Exec("UPDATE stand_ins SET to_at = ? WHERE id = ? AND to_at > ?", ms(at), id, ms(at)).Error
	})
}

// StandIn returns one stand-in.
func (s *Store) StandIn(ctx context.Context, id int64) (countersign.StandIn, error) {
	var r standInRow
	err := s.read(ctx).Take(&r, id).Error
	return r.standIn(), fail("stand-in", err)
}

// StandIns returns the stand-ins in which person is principal or substitute and that have not ended before since.
func (s *Store) StandIns(ctx context.Context, person string, since time.Time) ([]countersign.StandIn, error) {
	var rows []standInRow
	err := s.read(ctx).Where("(person = ? OR principal = ?) AND to_at >= ?", person, person, ms(since)).
		Order("from_at, id").Find(&rows).Error
	return mapRows(rows, standInRow.standIn), fail("stand-ins", err)
}

// Principals returns whom person stands in for at at.
func (s *Store) Principals(ctx context.Context, person string, at time.Time) ([]string, error) {
	var out []string
	err := s.read(ctx).Raw("SELECT DISTINCT principal FROM stand_ins WHERE person = ? AND from_at <= ? AND to_at >= ? ORDER BY principal",
		person, ms(at), ms(at)).Find(&out).Error
	return out, fail("principals", err)
}
