package api

import (
	"context"

	"countersign"
	"countersign/workflows/signoff"
)

// Engine reaches the workflows of tickets.
type Engine interface {
	// Start begins the workflow of a submitted ticket; a second start of the same ticket does nothing.
	Start(ctx context.Context, in signoff.Input, workflowName string) error
	// Command sends a command as an update whose ID is the command's and waits until what it caused is stored.
	// A refusal comes back as a catalogued *countersign.Error; countersign.ErrUnavailable means that nobody knows
	// whether it was carried out, and that the same command may be sent again.
	Command(ctx context.Context, ticket string, cmd signoff.Command) (signoff.Ack, error)
}

// Documents renders what people read before they sign.
type Documents interface {
	// RevisionPage renders the stored revision of a ticket, keeps the file in the blob store and returns its digest.
	// The same revision gives the same bytes.
	RevisionPage(ctx context.Context, ticket string, revision int) (countersign.FileDigest, error)
}
