package contract

import (
	"slices"

	"countersign"
	"countersign/internal/calendar"
)

// Pack is one loaded contract pack without problems. It never changes after loading and is safe for concurrent
// use; callers must not change the slices and maps that they get.
type Pack struct {
	Info Info
	Demo *Demo // demo credentials, nil when the pack has none

	organisations  []Organisation
	systems        []System
	roles          []Role
	people         []Person
	rules          Rules
	processes      []Process
	calendar       *calendar.Calendar
	digest         string
	organisationAt map[string]int
	systemAt       map[string]int
	roleAt         map[string]int
	personAt       map[string]int
}

// Info is what the pack says of the contract as a whole.
type Info struct {
	Key            string // e.g. bjmz-2024; part of every policy domain
	Version        string
	NameZH, NameEN string
	From, To       calendar.Date // the term, both days included
	Timezone       string        // IANA name
	MainContractor string        // organisation key
}

// Source says where in the contract an entry comes from.
type Source struct {
	Clause    string   // clause numbers, joined with "; "
	Lines     string   // line ranges of the contract text, "466-466,506-535"
	Decisions []string // decisions taken where the contract is silent or contradicts itself, "D-50"
	Note      string   // English, for maintainers
}

// Organisation is a company or authority. Parties lists what it may play; which one it plays for a system is asked of
// the pack.
type Organisation struct {
	Key     string
	Name    string
	Part    string // what the contract calls it: 甲方, 拟分包单位 ...
	Parties []countersign.Party
	Demo    bool // the name is invented
	Source  Source
}

// SystemKind tells systems of the contract from what is inside or beside them.
type SystemKind string

// The kinds of what a ticket can be about.
const (
	KindSystem    SystemKind = "system"    // one of the information systems
	KindSubsystem SystemKind = "subsystem" // part of a system, with an implementer of its own
	KindService   SystemKind = "service"   // a service line, e.g. the certificate service
	KindPart      SystemKind = "part"      // part of a service line
)

// System is what a ticket is about. Parent is the key of the system or service that a subsystem or part belongs to.
type System struct {
	Key      string
	Name     string
	Kind     SystemKind
	Parent   string
	Platform string
	Source   Source

	parties map[countersign.Party]string // organisation keys, after defaults
	line    int
}

// Role is what a person may be allowed to do. A role without a party belongs to the installation.
type Role struct {
	Key    string
	Name   string
	Party  countersign.Party
	Does   string // Chinese, one line
	Source Source
}

// Person is a human of the pack with what the account list shows about them.
type Person struct {
	countersign.Person
	Unit  string
	Title string

	grants []grant
	line   int
}

// grant is one role of a person as written, with lines for problems.
type grant struct {
	role    string
	systems []string
	line    int
}

// Process is a kind of ticket that the pack switches on or off.
type Process struct {
	Key     string
	Name    string
	Enabled bool
	Prefix  string   // of ticket numbers, e.g. UPG
	Form    string   // key of the contract's form
	Covers  []string // keys of the contract's processes
	Rules   []string // keys of the rules that it needs
	Source  Source
}

// Demo holds the credentials of the demo people. A production pack has none.
type Demo struct {
	Password string            // the same for everybody
	PINs     map[string]string // by person ID
}

// Organisation returns the organisation with that key.
func (p *Pack) Organisation(key string) (Organisation, bool) {
	return lookup(p.organisations, p.organisationAt, key)
}

// System returns the system, subsystem, service or part with that key.
func (p *Pack) System(key string) (System, bool) { return lookup(p.systems, p.systemAt, key) }

// Role returns the role with that key.
func (p *Pack) Role(key string) (Role, bool) { return lookup(p.roles, p.roleAt, key) }

// Person returns the person with that ID.
func (p *Pack) Person(id string) (Person, bool) { return lookup(p.people, p.personAt, id) }

// Process returns the process with that key, enabled or not.
func (p *Pack) Process(key string) (Process, bool) {
	i := slices.IndexFunc(p.processes, func(x Process) bool { return x.Key == key })
	if i < 0 {
		return Process{}, false
	}
	return p.processes[i], true
}

// Organisations returns all organisations in the order of the file.
func (p *Pack) Organisations() []Organisation { return slices.Clone(p.organisations) }

// Systems returns everything that a ticket can be about: systems, each followed by its subsystems, then the services.
func (p *Pack) Systems() []System { return slices.Clone(p.systems) }

// Roles returns all roles in the order of the file.
func (p *Pack) Roles() []Role { return slices.Clone(p.roles) }

// People returns the people of the pack in the order of the file; a production pack may have none.
func (p *Pack) People() []Person { return slices.Clone(p.people) }

// Processes returns all processes in the order of the file, enabled or not.
func (p *Pack) Processes() []Process { return slices.Clone(p.processes) }

// Rules returns the numbers of the contract that the software enforces.
func (p *Pack) Rules() *Rules { return &p.rules }

// Calendar returns the working-day calendar of the pack.
func (p *Pack) Calendar() *calendar.Calendar { return p.calendar }

// Digest returns the SHA-256 (lower-case hex) of the pack's content in canonical form: RFC 8785 of an object that maps
// each file name to its content, every scalar taken as the string it is written as. Comments, layout and quoting do
// not change it.
func (p *Pack) Digest() string { return p.digest }

// Domain returns the policy domain of a system of this contract, "<pack>/<system>".
func (p *Pack) Domain(system string) string { return p.Info.Key + "/" + system }

// PartyOrganisation returns the key of the one organisation that plays the party for the system, or "" when the pack
// does not know the system or the party.
func (p *Pack) PartyOrganisation(system string, party countersign.Party) string {
	s, _ := p.System(system)
	return s.parties[party]
}

// Implementer returns the key of the organisation that runs the system and signs as 实施单位 for it (D-64), or "".
func (p *Pack) Implementer(system string) string {
	return p.PartyOrganisation(system, countersign.Implementer)
}

// PartyOf returns the party that the organisation plays for the system, or "" for none. It is never two: a pack in which an
// organisation plays two parties of one system is refused.
func (p *Pack) PartyOf(system, organisation string) countersign.Party {
	for _, party := range countersign.Parties {
		if organisation != "" && p.PartyOrganisation(system, party) == organisation {
			return party
		}
	}
	return ""
}

// Grants returns the roles of all people of the pack, one per person, role and system. "*" in the pack means every
// system for which the person's organisation plays the party of the role, and is written out here; the System of a
// grant is "*" only where that is every system of the contract, or where the role belongs to the installation.
func (p *Pack) Grants() []countersign.Grant {
	var all []countersign.Grant
	for _, person := range p.people {
		for _, g := range person.grants {
			for _, system := range p.granted(person, g) {
				all = append(all, countersign.Grant{Person: person.ID, Role: g.role, System: system})
			}
		}
	}
	return all
}

func (p *Pack) granted(person Person, g grant) []string {
	role, _ := p.Role(g.role)
	if role.Party == "" || !slices.Contains(g.systems, everySystem) {
		return g.systems
	}
	return p.Everywhere(person.Organisation, role.Party)
}

// Everywhere returns what "every system" means for a role of a party that the organisation plays: "*" when it plays the party
// for all of them, else their keys; none when it plays it nowhere.
func (p *Pack) Everywhere(organisation string, party countersign.Party) []string {
	played := p.playedBy(organisation, party)
	if len(played) == len(p.systems) {
		return []string{everySystem}
	}
	return played
}

// playedBy returns the keys of the systems for which the organisation plays the party.
func (p *Pack) playedBy(organisation string, party countersign.Party) []string {
	var keys []string
	for _, s := range p.systems {
		if s.parties[party] == organisation {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// everySystem is how a grant names all systems.
const everySystem = "*"

func lookup[T any](items []T, at map[string]int, key string) (T, bool) {
	i, ok := at[key]
	if !ok {
		var none T
		return none, false
	}
	return items[i], true
}
