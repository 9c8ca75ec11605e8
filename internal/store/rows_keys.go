package store

// keyRow is one row of person_keys.
type keyRow struct {
	ID          int64 `gorm:"primaryKey"`
	Person      string
	Version     int
	Serial      string
	Sealed      []byte
	Certificate []byte
	Status      string
	FailedPINs  int `gorm:"column:failed_pins"`
	LockedAt    *int64
	CreatedAt   int64
}

func (keyRow) TableName() string { return "person_keys" }

func (r keyRow) key() PersonKey {
	return PersonKey{
		ID: r.ID, Person: r.Person, Version: r.Version, Serial: r.Serial, Sealed: r.Sealed, Certificate: r.Certificate,
		Status: r.Status, FailedPINs: r.FailedPINs, LockedAt: timePtr(r.LockedAt), CreatedAt: timeOf(r.CreatedAt),
	}
}
