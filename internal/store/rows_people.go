package store

import "countersign"

// personRow is one row of persons, without the login columns.
type personRow struct {
	ID           string
	Account      string
	Name         string
	Organisation string
	Disabled     bool
}

func (personRow) TableName() string { return "persons" }

func (r personRow) person() countersign.Person { return countersign.Person(r) }

// standInRow is one row of stand_ins.
type standInRow struct {
	ID        int64 `gorm:"primaryKey"`
	Principal string
	Person    string
	FromAt    int64
	ToAt      int64
	CreatedBy string
	CreatedAt int64
}

func (standInRow) TableName() string { return "stand_ins" }

func (r standInRow) standIn() countersign.StandIn {
	return countersign.StandIn{
		ID: r.ID, Principal: r.Principal, Person: r.Person, From: timeOf(r.FromAt), To: timeOf(r.ToAt),
		CreatedBy: r.CreatedBy, CreatedAt: timeOf(r.CreatedAt),
	}
}

// sessionRow is one row of sessions.
type sessionRow struct {
	Token     string
	Person    string
	CSRF      string `gorm:"column:csrf"`
	UserAgent string
	CreatedAt int64
	SeenAt    int64
	ExpiresAt int64
}

func (sessionRow) TableName() string { return "sessions" }

func (r sessionRow) session() Session {
	return Session{
		TokenSHA256: r.Token, Person: r.Person, CSRF: r.CSRF, UserAgent: r.UserAgent, CreatedAt: timeOf(r.CreatedAt),
		SeenAt: timeOf(r.SeenAt), ExpiresAt: timeOf(r.ExpiresAt),
	}
}

// noticeRow is one row of notices.
type noticeRow struct {
	ID     int64
	Person string
	Ticket string
	Kind   string
	Sender string
	At     int64
	ReadAt *int64
}

func (noticeRow) TableName() string { return "notices" }

func (r noticeRow) notice() Notice {
	return Notice{ID: r.ID, Person: r.Person, Ticket: r.Ticket, Kind: r.Kind, Sender: r.Sender, At: timeOf(r.At), ReadAt: timePtr(r.ReadAt)}
}
