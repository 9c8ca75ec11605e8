package signoff

import (
	"encoding/json"
	"time"

	"countersign"
)

// Names of the update and the query that every process's workflow answers. They are part of recorded histories.
const (
	UpdateCommand = "countersign.command"
	QueryState    = "countersign.state"
)

// Names of the commands that the kit itself understands, besides the three decisions of a step.
const (
	CmdSubmit = "submit" // a new revision enters the chain again
	CmdCancel = "cancel" // the drafter gives the request up
)

// Input is everything a ticket's workflow starts with, frozen at the first submit. It holds opaque person IDs, digests,
// times and counts only: no names, no form values, no secrets (they would stay in history).
type Input struct {
	Ticket      string                  `json:"ticket"`
	Process     string                  `json:"process"`
	Contract    string                  `json:"contract"`
	System      string                  `json:"system"`
	Drafter     string                  `json:"drafter"`
	Drafters    []string                `json:"drafters,omitempty"` // everyone who drafted so far: stand-ins and their principals too
	Chain       []countersign.ChainStep `json:"chain"`
	Clocks      []countersign.Clock     `json:"clocks"` // reminders of one sign-off step, each after the one before (D-61)
	Revision    int                     `json:"revision"`
	Plan        json.RawMessage         `json:"plan"` // the process's own facts of this revision
	SubmittedAt time.Time               `json:"submitted_at"`
	DueAt       *time.Time              `json:"due_at,omitempty"` // first reminder of the first step
}

// Command is one request of a person to a waiting ticket. The API has authenticated the actor, stored the signature or
// the record, and sends only their digests.
type Command struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"` // a countersign.Decision, CmdSubmit, CmdCancel or an action of the process
	Actor     countersign.Actor `json:"actor"`
	Step      string            `json:"step,omitempty"`
	Revision  int               `json:"revision"`
	Signature string            `json:"signature,omitempty"`
	Record    string            `json:"record,omitempty"`
	Waivers   []string          `json:"waivers,omitempty"`
	Facts     map[string]string `json:"facts,omitempty"` // e.g. passed=false, index=2
	Plan      json.RawMessage   `json:"plan,omitempty"`  // with CmdSubmit
}

// Ack answers a command after everything it caused is stored.
type Ack struct {
	Ticket   string            `json:"ticket"`
	Version  int               `json:"version"`
	State    countersign.State `json:"state"`
	Step     string            `json:"step"`
	Revision int               `json:"revision"`
	DueAt    *time.Time        `json:"due_at,omitempty"`
}
