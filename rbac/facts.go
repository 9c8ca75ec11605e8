package rbac

import (
	"fmt"
	"slices"

	"countersign"
)

// Request is one question: may this person do this?
type Request struct {
	Person       string // who acts
	OnBehalfOf   string // whose role is used, "" for their own
	Organisation string // of the person who acts
	System       string // of the ticket, or Installation
	Object       string // process of the ticket, or part of the installation
	Action       string
	Ticket       *Ticket // nil when no ticket is concerned
}

// Ticket is what must be known about a ticket to keep its parties apart.
type Ticket struct {
	Chain    []countersign.ChainStep        // frozen at submit; empty before
	Step     countersign.ChainStep          // that a sign action answers
	Drafters []string                       // everyone who drafted a revision, stand-ins and principals
	Signed   map[countersign.Party][]string // everyone who signed for a party, in any revision
	CC       []string                       // who was sent a copy
}

func (q Request) holder() string {
	if q.OnBehalfOf != "" {
		return q.OnBehalfOf
	}
	return q.Person
}

// facts is a Request as the functions of the matcher see it.
type facts struct {
	actor     countersign.Actor
	system    string
	ticket    Ticket
	signing   bool
	relations []string
}

func (e *Enforcer) facts(q Request) *facts {
	f := &facts{
		actor:     countersign.Actor{Person: q.Person, OnBehalfOf: q.OnBehalfOf, Organisation: q.Organisation},
		system:    q.System,
		relations: []string{RelPerson},
	}
	if q.Ticket == nil {
		return f
	}
	f.ticket = *q.Ticket
	f.signing = f.ticket.Step.ID != ""
	if f.actor.Overlaps(f.ticket.Drafters) {
		f.relations = append(f.relations, RelDrafter)
	}
	if slices.Contains(f.ticket.CC, q.Person) {
		f.relations = append(f.relations, RelCC)
	}
	return f
}

// fits reports whether a role may be used here: it is the one that the step asks for, and the person's organisation plays
// its party, by the ticket's frozen chain or, before there is one, by the contract pack.
func (e *Enforcer) fits(f *facts, role string) bool {
	party := e.roles[role]
	if f.signing && (role != f.ticket.Step.Role || party != f.ticket.Step.Party) {
		return false
	}
	if party == "" {
		return true
	}
	for _, step := range f.ticket.Chain {
		if step.Party == party {
			return step.Organisation == f.actor.Organisation
		}
	}
	return e.config.Plays(f.system, party) == f.actor.Organisation
}

func (f *facts) ownDraft() bool { return f.signing && f.actor.Overlaps(f.ticket.Drafters) }

func (f *facts) otherParty() bool {
	if !f.signing {
		return false
	}
	for _, p := range countersign.Parties {
		if p != f.ticket.Step.Party && f.actor.Overlaps(f.ticket.Signed[p]) {
			return true
		}
	}
	return false
}

// related, plays and apart are the functions of model.conf.
func (e *Enforcer) related(args ...any) (any, error) {
	f, role, err := arguments(args)
	if err != nil {
		return false, err
	}
	return slices.Contains(f.relations, role), nil
}

func (e *Enforcer) plays(args ...any) (any, error) {
	f, role, err := arguments(args)
	if err != nil {
		return false, err
	}
	return e.fits(f, role), nil
}

func apart(args ...any) (any, error) {
	f, ok := args[0].(*facts)
	if !ok {
		return false, fmt.Errorf("apart: want facts, got %T", args[0])
	}
	return !f.ownDraft() && !f.otherParty(), nil
}

func arguments(args []any) (*facts, string, error) {
	if len(args) == 2 {
		f, ok := args[0].(*facts)
		role, isText := args[1].(string)
		if ok && isText {
			return f, role, nil
		}
	}
	return nil, "", fmt.Errorf("matcher: want facts and a role, got %v", args)
}
