package activities

import "context"

// Filing names the ticket to file.
type Filing struct {
	Ticket string `json:"ticket"`
}

// File builds the final Word form and the evidence pack of a closed ticket (clause 7.5: documents are handed over).
func (a *Activities) File(ctx context.Context, f Filing) error {
	return a.Filer.File(ctx, f.Ticket)
}
