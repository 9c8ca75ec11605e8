package activities

import (
	"context"

	"countersign"
)

// Apply stores a ticket's transition: signature or record, projection, tasks and audit entries in one transaction.
// It runs as a local activity inside the workflow task, so that the person is answered only when all of it is durable.
func (a *Activities) Apply(ctx context.Context, t countersign.Transition) (countersign.Applied, error) {
	return a.Store.Apply(ctx, t, a.Calendar.Due)
}
