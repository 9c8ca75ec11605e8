package signoff

import (
	"context"
	"encoding/json"
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign"
	"countersign/forms"
)

// Process is one kind of ticket: everything that its folder contributes. workflows/registry.go lists them, and a test
// demands that every part is there.
type Process struct {
	Key      string // folder name and value of Ticket.Process
	Prefix   string // of ticket numbers, e.g. UPG
	Name     string // zh-CN
	NameEN   string
	Clause   string // of the contract
	Form     *forms.Definition
	Template []byte // the embedded template.docx
	Policy   string // Casbin policy lines: p, role, process, action

	WorkflowName string // explicit, recorded in histories
	Workflow     func(workflow.Context, Input) error
	Chain        []Seat
	Actions      []Action

	// Prepare checks what a form definition cannot (lead times, links to other tickets) and returns the facts that the
	// workflow needs, without personal data. Problems are shown field by field.
	Prepare func(context.Context, Submission) (plan json.RawMessage, problems []countersign.FieldError, err error)
	// Decide is the process's own rule of a chain decision, e.g. that the client states a waiver (D-23). The API applies it
	// before anything is signed, the workflow when the command arrives. nil for none.
	Decide func(Deciding) *countersign.Error
	// Compose lays a ticket's values and history out for the Word template.
	Compose func(Dossier) forms.Document
}

// Seat is one step of a process's chain before an organisation is known.
type Seat struct {
	Step  string
	Party countersign.Party
	Role  string
}

// Action is an execution step that people report through POST /tickets/{number}/actions/{action}.
type Action struct {
	Name    string
	Label   string // zh-CN
	Section string // form section that the body must fill, "" for none
	// Facts derives from the section's values what the workflow must know, e.g. whether a test failed.
	Facts func(forms.Values) map[string]string
	// Free lists the states in which the action may be taken although no task asks for it.
	Free []countersign.State
}

// Deciding is a decision that is about to be made on a chain step.
type Deciding struct {
	Plan     json.RawMessage // of the current revision
	Now      time.Time
	Step     countersign.ChainStep
	Decision countersign.Decision
	Waivers  []string
	Actor    countersign.Actor
}

// Submission is what Prepare sees.
type Submission struct {
	Ticket countersign.Ticket
	Values forms.Values
	Now    time.Time
	Rules  Rules
	// Linked returns another ticket by number, ErrNotFound when there is none.
	Linked func(ctx context.Context, number string) (countersign.Ticket, error)
	// May reports whether a person could do an action of this process on the ticket's system ("start", "sign:client"), so that a
	// form names nobody whom the policy would refuse later.
	May func(ctx context.Context, person, action string) (bool, error)
}

// Misplaced returns a problem for each of the named people who may not do the action; field names the place of the i-th.
func (s Submission) Misplaced(ctx context.Context, people []string, action string, field func(i int) string) ([]countersign.FieldError, error) {
	var problems []countersign.FieldError
	for i, person := range people {
		may, err := s.May(ctx, person, action)
		if err != nil {
			return nil, err
		}
		if !may {
			problems = append(problems, countersign.FieldError{
				Field: field(i), Code: "no_such_role", Message: "该人员在本系统没有办理这项工作的角色，请改选。",
			})
		}
	}
	return problems, nil
}

// Rules answers the contract's questions that processes ask at submit.
type Rules interface {
	// NoticeFrom returns the earliest start of work that affects business when asked for at t (clause 附6-二-16.5.1.1, D-22).
	NoticeFrom(t time.Time) (time.Time, error)
	// LongestWindow returns how long an upgrade window may last.
	LongestWindow() (time.Duration, error)
	// ConfirmWithin returns how long after its window an upgrade may at most wait for its signed success.
	ConfirmWithin() (time.Duration, error)
}

// Dossier is everything that is known about a ticket when a document is composed.
type Dossier struct {
	Ticket      countersign.Ticket
	Revision    countersign.Revision
	Values      forms.Values
	Attachments []countersign.Attachment
	Signatures  []countersign.Signature // that count, in order
	Records     []countersign.Record    // that count, in order
	Person      func(id string) string
	Org         func(key string) string
}

// Action returns the named action of p.
func (p *Process) Action(name string) (Action, bool) {
	for _, a := range p.Actions {
		if a.Name == name {
			return a, true
		}
	}
	return Action{}, false
}
