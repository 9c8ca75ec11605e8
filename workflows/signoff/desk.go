package signoff

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign"
	"countersign/activities"
)

// Desk is where one ticket's workflow sits. All its methods must be called from the workflow's main coroutine.
type Desk struct {
	in       Input
	version  int
	revision int
	plan     json.RawMessage
	drafters []string
	signed   map[countersign.Party][]string // everyone who signed for a party, in any revision

	state   countersign.State
	step    string
	dueAt   *time.Time
	waiting *Wait // nil while the main coroutine works or the ticket is closed
	closed  bool
	call    *call // the accepted command that the main coroutine works on
	events  []countersign.Event
	void    int
}

type call struct {
	cmd  Command
	done bool
	ack  Ack
}

// Wait is one durable state of a ticket: who may do what now, and how long.
type Wait struct {
	State    countersign.State
	Step     string
	Tasks    []countersign.Task
	Accept   []Accept
	Clocks   []countersign.Clock // soft: each miss is a stored event, and the wait goes on
	Until    time.Time           // hard: the wait ends; zero for none
	Progress any                 // the process's projection for screens
}

// Accept is a command that a wait takes, and the rule it must pass. A nil Check takes everyone that the API lets through.
type Accept struct {
	Name  string
	Check func(Command) error
}

// Open seats a workflow: it registers the command update and the state query. The first submit was stored by the API, so
// the ticket stands at version 1 in its first step.
func Open(ctx workflow.Context, in Input) (*Desk, error) {
	d := &Desk{
		in: in, version: 1, revision: in.Revision, plan: in.Plan, drafters: append([]string{in.Drafter}, in.Drafters...),
		signed: map[countersign.Party][]string{}, state: countersign.StateSigning, dueAt: in.DueAt,
	}
	if len(in.Chain) > 0 {
		d.step = in.Chain[0].ID
	}
	err := workflow.SetUpdateHandlerWithOptions(ctx, UpdateCommand, d.handle, workflow.UpdateHandlerOptions{Validator: d.validate})
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", UpdateCommand, err)
	}
	if err := workflow.SetQueryHandler(ctx, QueryState, func() (Ack, error) { return d.ack(), nil }); err != nil {
		return nil, fmt.Errorf("register %s: %w", QueryState, err)
	}
	return d, nil
}

// Plan decodes the process's facts of the current revision into out.
func (d *Desk) Plan(out any) error {
	if err := json.Unmarshal(d.plan, out); err != nil {
		return fmt.Errorf("plan of %s: %w", d.in.Ticket, err)
	}
	return nil
}

// Step returns the frozen chain step of a party; the zero step when the chain does not have it.
func (d *Desk) Step(p countersign.Party) countersign.ChainStep {
	for _, s := range d.in.Chain {
		if s.Party == p {
			return s
		}
	}
	return countersign.ChainStep{}
}

// Note adds an event to the next commit, for facts that no command caused.
func (d *Desk) Note(e countersign.Event) { d.events = append(d.events, e) }

// Wait commits everything since the last wait together with the new state, answers the person whose command led here, and
// then waits. It returns the next accepted command, or ok=false when w.Until has passed.
func (d *Desk) Wait(ctx workflow.Context, w Wait) (cmd Command, ok bool, err error) {
	clocks := w.Clocks
	if err := d.enter(ctx, w, clocks); err != nil {
		return Command{}, false, err
	}
	for {
		timeout, bounded := d.timeout(ctx, w)
		arrived := true
		if bounded {
			arrived, err = workflow.AwaitWithTimeout(ctx, timeout, d.hasCall)
		} else {
			err = workflow.Await(ctx, d.hasCall)
		}
		if err != nil {
			return Command{}, false, err
		}
		if arrived {
			d.waiting = nil
			return d.call.cmd, true, nil
		}
		if !w.Until.IsZero() && !workflow.Now(ctx).Before(w.Until) {
			d.waiting = nil
			return Command{}, false, nil
		}
		clocks = d.missed(clocks)
		if err := d.enter(ctx, w, clocks); err != nil {
			return Command{}, false, err
		}
	}
}

// Close commits the final state, answers the last command, files the ticket and lets every handler finish.
func (d *Desk) Close(ctx workflow.Context, state countersign.State, progress any) error {
	d.Note(countersign.Event{Action: "closed", Detail: map[string]string{"state": string(state)}, At: workflow.Now(ctx)})
	d.closed = true
	if err := d.enter(ctx, Wait{State: state, Progress: progress}, nil); err != nil {
		return err
	}
	d.waiting = nil
	err := workflow.ExecuteActivity(withFiling(ctx), activities.NameFile, activities.Filing{Ticket: d.in.Ticket}).Get(ctx, nil)
	if err != nil {
		return fmt.Errorf("file %s: %w", d.in.Ticket, err)
	}
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func (d *Desk) hasCall() bool { return d.call != nil }

func (d *Desk) timeout(ctx workflow.Context, w Wait) (time.Duration, bool) {
	var next time.Time
	if d.dueAt != nil {
		next = *d.dueAt
	}
	if !w.Until.IsZero() && (next.IsZero() || w.Until.Before(next)) {
		next = w.Until
	}
	if next.IsZero() {
		return 0, false
	}
	return max(next.Sub(workflow.Now(ctx)), time.Millisecond), true
}

// missed turns the soft clock that ran out into an event at its true due time and returns the clocks after it.
func (d *Desk) missed(clocks []countersign.Clock) []countersign.Clock {
	detail := map[string]string{"step": d.step, "state": string(d.state)}
	if len(clocks) > 0 {
		detail["clock"] = clocks[0].Name
		clocks = clocks[1:]
	}
	d.Note(countersign.Event{Action: "clock_missed", Detail: detail, At: *d.dueAt})
	return clocks
}

// enter commits a transition into w and answers the waiting call. The very first wait after Open needs no commit: the API
// stored it with the submit.
func (d *Desk) enter(ctx workflow.Context, w Wait, clocks []countersign.Clock) error {
	d.waiting = nil // nobody is heard while a commit is under way
	first := d.version == 1 && d.call == nil && len(d.events) == 0
	if !first {
		if err := d.commit(ctx, w, clocks); err != nil {
			return err
		}
	}
	d.waiting = &w
	if d.call != nil {
		d.call.ack, d.call.done = d.ack(), true
		d.call = nil
	}
	return nil
}

func (d *Desk) commit(ctx workflow.Context, w Wait, clocks []countersign.Clock) error {
	now := workflow.Now(ctx)
	t := countersign.Transition{
		ID: fmt.Sprintf("v%d", d.version+1), Ticket: d.in.Ticket, Version: d.version + 1,
		State: w.State, Step: w.Step, Revision: d.revision, Tasks: w.Tasks, VoidBefore: d.void, Render: true, At: now,
	}
	if c := d.call; c != nil {
		t.ID, t.Signature, t.Record = c.cmd.ID, c.cmd.Signature, c.cmd.Record
		t.Events = append(t.Events, commandEvent(c.cmd, now))
	}
	t.Events = append(t.Events, d.events...)
	if len(clocks) > 0 {
		t.Clock = &clocks[0]
	} else if !w.Until.IsZero() {
		t.Due = &w.Until
	}
	if w.Progress != nil {
		raw, err := json.Marshal(w.Progress)
		if err != nil {
			return fmt.Errorf("progress of %s: %w", d.in.Ticket, err)
		}
		t.Progress = raw
	}
	var applied countersign.Applied
	if err := workflow.ExecuteLocalActivity(withApply(ctx), activities.NameApply, t).Get(ctx, &applied); err != nil {
		return fmt.Errorf("apply %s of %s: %w", t.ID, t.Ticket, err)
	}
	d.version, d.state, d.step, d.events, d.void = t.Version, w.State, w.Step, nil, 0
	d.dueAt = nil
	if len(clocks) > 0 {
		d.dueAt = applied.DueAt
	}
	return nil
}

func commandEvent(c Command, at time.Time) countersign.Event {
	detail := maps.Clone(c.Facts)
	if detail == nil {
		detail = map[string]string{}
	}
	set := func(key, value string) {
		if value != "" {
			detail[key] = value
		}
	}
	set("step", c.Step)
	set("signature", c.Signature)
	set("record", c.Record)
	set("waiver", strings.Join(c.Waivers, " "))
	return countersign.Event{Action: c.Name, Actor: c.Actor, Detail: detail, At: at}
}

func (d *Desk) ack() Ack {
	return Ack{Ticket: d.in.Ticket, Version: d.version, State: d.state, Step: d.step, Revision: d.revision, DueAt: d.dueAt}
}

// validate runs before a command enters history. While another command is being worked on it lets this one queue: handle
// checks it again when its turn comes.
func (d *Desk) validate(_ workflow.Context, cmd Command) error {
	if d.waiting == nil && !d.closed {
		return nil
	}
	return d.check(cmd)
}

func (d *Desk) handle(ctx workflow.Context, cmd Command) (Ack, error) {
	if err := workflow.Await(ctx, func() bool { return d.closed || (d.waiting != nil && d.call == nil) }); err != nil {
		return Ack{}, err
	}
	if err := d.check(cmd); err != nil {
		return Ack{}, err
	}
	mine := &call{cmd: cmd}
	d.call = mine
	err := workflow.Await(ctx, func() bool { return mine.done })
	return mine.ack, err
}

// Clocks returns the frozen reminder clocks, for waits after the chain.
func (d *Desk) Clocks() []countersign.Clock { return d.in.Clocks }
