package store

import "time"

// Notice tells a person about a ticket.
type Notice struct {
	ID     int64      `json:"id"`
	Person string     `json:"person"`
	Ticket string     `json:"ticket"`
	Kind   string     `json:"kind"`
	Sender string     `json:"sender"`
	At     time.Time  `json:"at"`
	ReadAt *time.Time `json:"read_at,omitempty"`
}
