package rbac

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"countersign"
)

// Installation is the system name of requests that concern no system: audit log, templates, people.
const Installation = "*"

// Config is what an Enforcer is built from.
type Config struct {
	Contract string   // key of the contract pack, first half of every domain
	Roles    []Role   // roles of the pack
	Systems  []string // every system and subsystem that tickets can be about
	// Plays returns the organisation that plays a party for a system, "" for none (clause 附3, D-64).
	Plays    func(system string, party countersign.Party) string
	Policies []string // policy.csv of every process; base.csv is always in force
}

// Enforcer answers every question of permission. It is safe for concurrent use; Load swaps the grants atomically.
type Enforcer struct {
	config Config
	roles  map[string]countersign.Party
	rules  []rule
	state  atomic.Pointer[state]
}

// state is one loaded set of grants.
type state struct {
	casbin *casbin.Enforcer
	grants map[string][]countersign.Grant // by person
}

// New checks the policies and returns an Enforcer without grants. Every bad policy line is reported.
func New(c Config) (*Enforcer, error) {
	e := &Enforcer{config: c, roles: map[string]countersign.Party{}}
	for _, r := range c.Roles {
		e.roles[r.Key] = r.Party
	}
	var err error
	if e.rules, err = parsePolicies(e.roles, append([]string{basePolicy}, c.Policies...)...); err != nil {
		return nil, fmt.Errorf("rbac: %w", err)
	}
	if err := e.Load(nil); err != nil {
		return nil, err
	}
	return e, nil
}

// Load replaces all grants. A grant of an unknown role is an error, and the old grants stay in force.
func (e *Enforcer) Load(grants []countersign.Grant) error {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return fmt.Errorf("rbac: model: %w", err)
	}
	next := &state{grants: map[string][]countersign.Grant{}}
	if next.casbin, err = casbin.NewEnforcer(m); err != nil {
		return fmt.Errorf("rbac: %w", err)
	}
	next.casbin.AddFunction("related", e.related)
	next.casbin.AddFunction("plays", e.plays)
	next.casbin.AddFunction("apart", apart)
	for _, r := range e.rules {
		if _, err := next.casbin.AddPolicy(r.role, r.object, r.action); err != nil {
			return fmt.Errorf("rbac: policy %v: %w", r, err)
		}
	}
	for _, g := range grants {
		if _, known := e.roles[g.Role]; !known {
			return fmt.Errorf("rbac: %s holds the unknown role %q", g.Person, g.Role)
		}
		if slices.Contains(next.grants[g.Person], g) {
			continue
		}
		if _, err := next.casbin.AddGroupingPolicy(g.Person, g.Role, e.domain(g.System)); err != nil {
			return fmt.Errorf("rbac: grant %v: %w", g, err)
		}
		next.grants[g.Person] = append(next.grants[g.Person], g)
	}
	e.state.Store(next)
	return nil
}

func (e *Enforcer) domain(system string) string { return e.config.Contract + "/" + system }

// Decide returns nil when the request is allowed. Casbin's answer decides; the error then says which rule stood in the
// way: ErrForbidden (no such role), ErrWrongOrg (another organisation plays that party), ErrOwnDraft, ErrTwoParties.
func (e *Enforcer) Decide(_ context.Context, q Request) error {
	s, f := e.state.Load(), e.facts(q)
	ok, err := s.casbin.Enforce(q.holder(), e.domain(q.System), e.domain("*"), q.Object, q.Action, f)
	if err != nil {
		return countersign.ErrInternal.Because(fmt.Errorf("rbac: %w", err))
	}
	if ok {
		return nil
	}
	return e.reason(s, q, f)
}

// reason finds the rule that stood in the way of a refused request.
func (e *Enforcer) reason(s *state, q Request, f *facts) error {
	held, seated := false, false
	for _, r := range e.rules {
		if r.action != q.Action || (r.object != q.Object && r.object != "*") || !e.holds(s, q, f, r.role) {
			continue
		}
		if f.signing && r.role != f.ticket.Step.Role {
			continue
		}
		held = true
		seated = seated || e.fits(f, r.role)
	}
	switch {
	case !held:
		return countersign.ErrForbidden
	case !seated:
		return countersign.ErrWrongOrg
	case f.ownDraft():
		return countersign.ErrOwnDraft
	case f.otherParty():
		return countersign.ErrTwoParties
	}
	return countersign.ErrForbidden
}

func (e *Enforcer) holds(s *state, q Request, f *facts, role string) bool {
	if slices.Contains(f.relations, role) {
		return true
	}
	return slices.ContainsFunc(s.grants[q.holder()], func(g countersign.Grant) bool {
		return g.Role == role && (g.System == "*" || g.System == q.System)
	})
}

// Roles returns the roles that a person of an organisation holds for a system, sorted. A grant for every system counts
// only where the organisation plays the role's party.
func (e *Enforcer) Roles(person, organisation, system string) []string {
	var out []string
	for _, g := range e.state.Load().grants[person] {
		if (g.System == "*" || g.System == system) && e.sits(organisation, system, g.Role) && !slices.Contains(out, g.Role) {
			out = append(out, g.Role)
		}
	}
	slices.Sort(out)
	return out
}

// Systems returns the systems, in the pack's order, for which a role lets a person of an organisation do an action on an
// object. It answers lists and pickers; each single request is still decided by Decide.
func (e *Enforcer) Systems(person, organisation, object, action string) []string {
	var roles []string
	for _, r := range e.rules {
		if r.action == action && (r.object == object || r.object == "*") {
			roles = append(roles, r.role)
		}
	}
	var out []string
	for _, system := range e.config.Systems {
		held := e.Roles(person, organisation, system)
		if slices.ContainsFunc(held, func(role string) bool { return slices.Contains(roles, role) }) {
			out = append(out, system)
		}
	}
	return out
}

// Grants returns what a person was granted, in the order of loading.
func (e *Enforcer) Grants(person string) []countersign.Grant {
	return slices.Clone(e.state.Load().grants[person])
}

// sits reports whether an organisation plays the role's party for a system.
func (e *Enforcer) sits(organisation, system, role string) bool {
	party := e.roles[role]
	return party == "" || e.config.Plays(system, party) == organisation
}
