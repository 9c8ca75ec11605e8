package store

import "time"

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
