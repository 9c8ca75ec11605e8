package activities

import (
	"context"
	"log/slog"
	"time"

	"countersign"
)

// Names under which the activities are registered. They are part of recorded histories.
const (
	NameApply = "countersign.apply"
	NameFile  = "countersign.file"
)

// Store is the part of the application database that activities write.
type Store interface {
	// Apply writes a transition in one database transaction, idempotent by (ticket, transition ID).
	Apply(ctx context.Context, t countersign.Transition, due func(countersign.Clock, time.Time) (time.Time, error)) (countersign.Applied, error)
}

// Filer builds the final documents and the evidence pack of a closed ticket. Building twice gives the same result.
type Filer interface {
	File(ctx context.Context, ticket string) error
}

// Calendar turns a clock and a start into a deadline (D-67).
type Calendar interface {
	Due(c countersign.Clock, from time.Time) (time.Time, error)
}

// Activities carries the ports. Fields must be set before registration.
type Activities struct {
	Store    Store
	Filer    Filer
	Calendar Calendar
	Log      *slog.Logger
}
