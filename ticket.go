package countersign

import (
	"encoding/json"
	"time"
)

// State is where a ticket stands. Processes add their own execution states; these are shared by all.
type State string

// Shared states. Closed states are those for which Closed reports true.
const (
	StateDraft     State = "draft"        // 草稿: nothing submitted yet, no workflow
	StateSigning   State = "signing"      // 会签中: a step of the chain waits
	StateReturned  State = "returned"     // 已退回: the drafter revises
	StateWithdrawn State = "withdrawn"    // 已撤回: the drafter took it back and may revise or cancel
	StateApproved  State = "approved"     // 已批准: all signed, waiting for its execution
	StateExecuting State = "executing"    // 执行中
	StateConfirm   State = "confirming"   // 待确认: a signed confirmation of the result waits
	StateRollback  State = "rolling_back" // 回退中
	StateReport    State = "reporting"    // 待报告
	StateAccept    State = "accepting"    // 待验收报告
	StateFiled     State = "filed"        // 已归档
	StateRejected  State = "rejected"     // 已否决
	StateCancelled State = "cancelled"    // 已作废
	StateExpired   State = "expired"      // 已过期: the window passed unused
)

var stateLabels = map[State]string{
	StateDraft: "草稿", StateSigning: "会签中", StateReturned: "已退回", StateWithdrawn: "已撤回",
	StateApproved: "已批准", StateExecuting: "执行中", StateConfirm: "待成功确认", StateRollback: "回退中",
	StateReport: "待提交报告", StateAccept: "待确认报告", StateFiled: "已归档", StateRejected: "已否决",
	StateCancelled: "已作废", StateExpired: "已过期",
}

// Label returns the Chinese word for s.
func (s State) Label() string {
	if l, ok := stateLabels[s]; ok {
		return l
	}
	return string(s)
}

// Valid reports whether s is a known state.
func (s State) Valid() bool { _, ok := stateLabels[s]; return ok }

// Closed reports whether a ticket in s is finished: no workflow runs for it any more.
func (s State) Closed() bool {
	return s == StateFiled || s == StateRejected || s == StateCancelled || s == StateExpired
}

// Editable reports whether the drafter may write a new revision.
func (s State) Editable() bool {
	return s == StateDraft || s == StateReturned || s == StateWithdrawn
}

// Ticket is the projection of one process run. Its number is also the workflow ID.
type Ticket struct {
	Number    string          `json:"number"`
	Process   string          `json:"process"`
	Contract  string          `json:"contract"`
	System    string          `json:"system"`
	Title     string          `json:"title"`
	State     State           `json:"state"`
	Step      string          `json:"step"`     // waiting step, "" for none
	Revision  int             `json:"revision"` // current revision, from 1
	Drafter   string          `json:"drafter"`
	Version   int             `json:"version"` // transitions applied, 0 before submit
	Chain     []ChainStep     `json:"chain"`
	Progress  json.RawMessage `json:"progress,omitempty"` // the process's own projection
	DueAt     *time.Time      `json:"due_at,omitempty"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
}

// Revision is one filled-in version of a ticket's form.
type Revision struct {
	Ticket         string       `json:"ticket"`
	N              int          `json:"n"`
	Canonical      []byte       `json:"-"` // RFC 8785 bytes of the form values
	SHA256         string       `json:"sha256"`
	FormVersion    string       `json:"form_version"`
	TemplateSHA256 string       `json:"template_sha256"`
	Document       FileDigest   `json:"document"`    // the page shown to signers; empty until submitted
	Attachments    []FileDigest `json:"attachments"` // frozen at submit
	CreatedBy      string       `json:"created_by"`
	CreatedAt      time.Time    `json:"created_at"`
	SubmittedAt    *time.Time   `json:"submitted_at,omitempty"`
}

// Attachment is a file that belongs to a field of a ticket's form.
type Attachment struct {
	ID         int64     `json:"id"`
	Ticket     string    `json:"ticket"`
	Field      string    `json:"field"`
	Name       string    `json:"name"`
	MediaType  string    `json:"media_type"`
	Size       int64     `json:"size"`
	SHA256     string    `json:"sha256"`
	UploadedBy string    `json:"uploaded_by"`
	UploadedAt time.Time `json:"uploaded_at"`
}

// Record is a piece of execution evidence (results, rollback note, report) as canonical JSON. It is stored by the
// API before the workflow hears of it; the workflow only sees ID, the SHA-256 of Body.
type Record struct {
	ID      string          `json:"id"`
	Ticket  string          `json:"ticket"`
	Kind    string          `json:"kind"` // name of the form section or action
	Body    json.RawMessage `json:"body"`
	Person  string          `json:"person"`
	At      time.Time       `json:"at"`
	Counted bool            `json:"counted"`
}

// Document is a rendered file of a ticket. Key addresses the blob store; pending documents have none yet.
type Document struct {
	Ticket    string    `json:"ticket"`
	Name      string    `json:"name"`
	Revision  int       `json:"revision"`
	MediaType string    `json:"media_type"`
	SHA256    string    `json:"sha256"`
	Size      int64     `json:"size"`
	Pending   bool      `json:"pending"`
	CreatedAt time.Time `json:"created_at"`
}

// Task is one thing that a ticket waits for. Either Person is set or any holder of Role in the ticket's system.
type Task struct {
	Ticket       string     `json:"ticket"`
	Kind         string     `json:"kind"` // sign, revise, or the name of an action
	Step         string     `json:"step,omitempty"`
	Party        Party      `json:"party"`
	Organisation string     `json:"organisation"`
	Role         string     `json:"role,omitempty"`
	Person       string     `json:"person,omitempty"`
	DueAt        *time.Time `json:"due_at,omitempty"`
}

// Clock asks for a deadline: Amount units from the transition's time. Calendar "natural" counts hours,
// "working_day" counts working days of the contract's calendar (D-67).
type Clock struct {
	Name     string `json:"name"`
	Calendar string `json:"calendar"`
	Amount   int    `json:"amount"`
}

// Event is one fact that a transition adds to the ticket's audit chain.
type Event struct {
	Action string            `json:"action"`
	Actor  Actor             `json:"actor"`
	Detail map[string]string `json:"detail,omitempty"`
	At     time.Time         `json:"at"` // true time of the fact; a missed clock keeps its due time
}

// Transition is one atomic step of a ticket: what happened, and where it stands now. It is written in one database
// transaction and is idempotent by (Ticket, ID).
type Transition struct {
	ID         string          `json:"id"`
	Ticket     string          `json:"ticket"`
	Version    int             `json:"version"` // the ticket's version after it; gaps are refused
	State      State           `json:"state"`
	Step       string          `json:"step"`
	Revision   int             `json:"revision"`
	Tasks      []Task          `json:"tasks"`       // all open tasks afterwards
	Signature  string          `json:"signature"`   // staged signature that counts from now, or ""
	Record     string          `json:"record"`      // staged record that counts from now, or ""
	VoidBefore int             `json:"void_before"` // signatures of revisions below it count no more
	Clock      *Clock          `json:"clock,omitempty"`
	Due        *time.Time      `json:"due,omitempty"` // a deadline that is already a time
	Events     []Event         `json:"events"`
	Progress   json.RawMessage `json:"progress,omitempty"`
	Render     bool            `json:"render"` // the Word form is out of date
	At         time.Time       `json:"at"`
}

// Applied is the answer to a Transition.
type Applied struct {
	DueAt *time.Time `json:"due_at,omitempty"` // when Clock runs out
	Again bool       `json:"again"`            // it had been applied before
}
