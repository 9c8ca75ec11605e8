package contract

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"countersign"
)

// builder gathers a pack file by file. Lists may name what a later file defines, so references wait until check.
type builder struct {
	report    *report
	pack      *Pack
	roots     map[string]*yaml.Node
	broken    map[string]bool // files without content: what they would define is not reported as unknown
	refs      []reference
	lines     map[kind]map[string]int // line of each defined key
	processes []string                // known to the program; nil = any
	defaults  map[countersign.Party]string
	location  *time.Location
}

// reference is a key that must be defined somewhere in the pack.
type reference struct {
	file string
	line int
	kind kind
	key  string
}

func newBuilder() *builder {
	return &builder{
		report: &report{}, pack: &Pack{
			organisationAt: map[string]int{}, systemAt: map[string]int{}, roleAt: map[string]int{}, personAt: map[string]int{},
		},
		roots: map[string]*yaml.Node{}, broken: map[string]bool{}, lines: map[kind]map[string]int{},
		defaults: map[countersign.Party]string{}, location: time.UTC,
	}
}

var (
	keyForm      = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	packKeyForm  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	roleForm     = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)?$`)
	personForm   = regexp.MustCompile(`^P[0-9]{3,6}$`)
	accountForm  = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z0-9]+)*$`)
	prefixForm   = regexp.MustCompile(`^[A-Z]{3}$`)
	linesForm    = regexp.MustCompile(`^[0-9]+-[0-9]+(,[0-9]+-[0-9]+)*$`)
	decisionForm = regexp.MustCompile(`^D-[0-9]{2}$`)
)

// define reads the key of an entry and reports a second use of it. It returns "" when the entry has no usable key.
func (b *builder) define(o *object, field string, kind kind, form *regexp.Regexp, like string) string {
	key := o.matching(field, form, like)
	if key == "" {
		return ""
	}
	if b.lines[kind] == nil {
		b.lines[kind] = map[string]int{}
	}
	if first, twice := b.lines[kind][key]; twice {
		o.add(o.lineOf(field), CodeDuplicate, kind, key, first)
		return ""
	}
	b.lines[kind][key] = o.lineOf(field)
	return key
}

// refer reads a key that another entry defines.
func (b *builder) refer(o *object, field string, kind kind) string {
	key := o.text(field)
	b.want(o, o.lineOf(field), kind, key)
	return key
}

func (b *builder) want(o *object, line int, kind kind, key string) {
	if key != "" {
		b.refs = append(b.refs, reference{o.name, line, kind, key})
	}
}

// source reads the citation fields that every entry may have.
func source(o *object) Source {
	s := Source{Clause: o.optional("clause"), Lines: o.optional("lines"), Note: o.optional("note")}
	if s.Lines != "" && !linesForm.MatchString(s.Lines) {
		o.add(o.lineOf("lines"), CodeFormat, "lines", s.Lines, "466-466,506-535")
	}
	for _, d := range o.texts("decisions", false) {
		if !decisionForm.MatchString(d) {
			o.add(o.lineOf("decisions"), CodeFormat, "decisions", d, "D-50")
		}
		s.Decisions = append(s.Decisions, d)
	}
	return s
}

func (b *builder) readPack(o *object) {
	info := &b.pack.Info
	info.Key = o.matching("key", packKeyForm, "bjmz-2024")
	info.Version = o.text("version")
	if name := o.child("name", true); name != nil {
		info.NameZH, info.NameEN = name.text("zh"), name.text("en")
		source(name)
		name.done()
	}
	if term := o.child("term", true); term != nil {
		var fromOK, toOK bool
		info.From, fromOK = term.date("from")
		info.To, toOK = term.date("to")
		if fromOK && toOK && info.To.Before(info.From) {
			term.add(term.lineOf("to"), CodeTerm, info.To, info.From)
		}
		source(term)
		term.done()
	}
	info.Timezone = o.text("timezone")
	if location, err := time.LoadLocation(info.Timezone); err == nil {
		b.location = location
	} else {
		o.add(o.lineOf("timezone"), CodeFormat, "timezone", info.Timezone, "Asia/Shanghai")
	}
	if parties := o.child("parties", true); parties != nil {
		for _, party := range []countersign.Party{countersign.Supervisor, countersign.Client} {
			b.defaults[party] = b.refer(parties, string(party), organisationKind)
		}
		parties.done()
	}
	info.MainContractor = b.refer(o, "main_contractor", organisationKind)
}

func (b *builder) readOrganisations(o *object) {
	for _, item := range o.objects("organisations", true) {
		org := Organisation{
			Key:  b.define(item, "key", organisationKind, keyForm, "north_data"),
			Name: item.text("name"), Part: item.optional("part"), Demo: item.flag("demo"), Source: source(item),
		}
		for _, p := range item.texts("parties", true) {
			party := countersign.Party(p)
			if !party.Valid() {
				item.add(item.lineOf("parties"), CodeFormat, "parties", p, "implementer, supervisor, client")
			}
			org.Parties = append(org.Parties, party)
		}
		item.done()
		if org.Key != "" {
			b.pack.organisationAt[org.Key] = len(b.pack.organisations)
			b.pack.organisations = append(b.pack.organisations, org)
		}
	}
}

func (b *builder) readSystems(o *object) {
	for _, item := range o.objects("platforms", true) {
		b.define(item, "key", platformKind, keyForm, "social_welfare")
		item.text("name")
		source(item)
		item.done()
	}
	for _, item := range o.objects("systems", true) {
		s := b.readSystem(item, KindSystem, "")
		b.readInner(item, "subsystems", KindSubsystem, s)
	}
	for _, item := range o.objects("services", false) {
		s := b.readSystem(item, KindService, "")
		b.readInner(item, "parts", KindPart, s)
	}
}

func (b *builder) readInner(outer *object, field string, kind SystemKind, parent System) {
	for _, item := range outer.objects(field, false) {
		b.readSystem(item, kind, parent.Key)
		item.done()
	}
	outer.done()
}

func (b *builder) readSystem(item *object, kind SystemKind, parent string) System {
	s := System{
		Key:  b.define(item, "key", systemKind, keyForm, "document_flow"),
		Name: item.text("name"), Kind: kind, Parent: parent, Source: source(item),
		parties: map[countersign.Party]string{}, line: item.line,
	}
	if kind == KindSystem {
		s.Platform = b.refer(item, "platform", platformKind)
	} else if s.Platform = item.optional("platform"); s.Platform != "" {
		b.want(item, item.lineOf("platform"), platformKind, s.Platform)
	}
	if item.field("implementer", false) == nil {
		item.add(item.line, CodeNoImplementer, s.Key)
	} else {
		s.parties[countersign.Implementer] = b.refer(item, "implementer", organisationKind)
	}
	for _, party := range []countersign.Party{countersign.Supervisor, countersign.Client} {
		s.parties[party] = b.defaults[party]
		if item.field(string(party), false) != nil {
			s.parties[party] = b.refer(item, string(party), organisationKind)
		}
	}
	if s.Key != "" {
		b.pack.systemAt[s.Key] = len(b.pack.systems)
		b.pack.systems = append(b.pack.systems, s)
	}
	return s
}

func (b *builder) readRoles(o *object) {
	for _, item := range o.objects("roles", true) {
		r := Role{
			Key:  b.define(item, "key", roleKind, roleForm, "client.signer"),
			Name: item.text("name"), Party: countersign.Party(item.optional("party")), Does: item.text("does"), Source: source(item),
		}
		prefix, _, dotted := strings.Cut(r.Key, ".")
		switch {
		case r.Party != "" && !r.Party.Valid():
			item.add(item.lineOf("party"), CodeFormat, "party", string(r.Party), "client")
		case r.Key != "" && dotted != (r.Party != "") || dotted && prefix != string(r.Party):
			item.add(item.lineOf("key"), CodeFormat, "key", r.Key, "<party>.<name>")
		}
		item.done()
		if r.Key != "" {
			b.pack.roleAt[r.Key] = len(b.pack.roles)
			b.pack.roles = append(b.pack.roles, r)
		}
	}
}

func (b *builder) readRules(o *object) {
	for _, item := range o.objects("rules", true) {
		r := Rule{
			Key:  b.define(item, "key", ruleKind, keyForm, "upgrade_notice"),
			Name: item.text("name"), Value: item.number("value", 1, 10000),
			Unit: Unit(item.text("unit")), Basis: Basis(item.text("basis")), Source: source(item),
		}
		if r.Unit != "" && !slices.Contains([]Unit{UnitWorkingDay, UnitHour, UnitTry}, r.Unit) {
			item.add(item.lineOf("unit"), CodeFormat, "unit", string(r.Unit), "working_day, hour, try")
		}
		if r.Basis != "" && r.Basis != BasisContract && r.Basis != BasisParameter {
			item.add(item.lineOf("basis"), CodeFormat, "basis", string(r.Basis), "contract, parameter")
		}
		if r.Basis == BasisContract && (r.Source.Clause == "" || r.Source.Lines == "") {
			item.add(item.line, CodeRequired, "clause, lines")
		}
		item.done()
		b.pack.rules.all = append(b.pack.rules.all, r)
	}
}

func (b *builder) readProcesses(o *object) {
	for _, item := range o.objects("processes", true) {
		p := Process{
			Key:  b.define(item, "key", processKind, keyForm, "upgrade"),
			Name: item.text("name"), Enabled: item.flag("enabled"), Prefix: b.define(item, "prefix", prefixKind, prefixForm, "UPG"),
			Form: item.text("form"), Covers: item.texts("covers", true), Rules: item.texts("rules", false), Source: source(item),
		}
		item.field("enabled", true)
		if b.processes != nil && p.Key != "" && !slices.Contains(b.processes, p.Key) {
			item.add(item.lineOf("key"), CodeProcessUnknown, p.Key)
		}
		for _, rule := range p.Rules {
			b.want(item, item.lineOf("rules"), ruleKind, rule)
		}
		item.done()
		b.pack.processes = append(b.pack.processes, p)
	}
}
