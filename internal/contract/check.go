package contract

import (
	"slices"

	"countersign"
)

// check runs the checks that need more than one entry. A check whose facts are missing stays silent: the missing
// fact has been reported already.
func (b *builder) check() {
	b.checkReferences()
	b.checkRules()
	for _, s := range b.pack.systems {
		b.checkParties(s)
	}
	for _, p := range b.pack.people {
		b.checkPerson(p)
	}
}

// home is the file that defines the keys of a kind.
var home = map[kind]string{
	organisationKind: organisationsFile, platformKind: systemsFile, systemKind: systemsFile, roleKind: rolesFile, ruleKind: rulesFile,
}

func (b *builder) checkReferences() {
	for _, ref := range b.refs {
		if _, ok := b.lines[ref.kind][ref.key]; !ok && !b.broken[home[ref.kind]] {
			b.report.add(ref.file, ref.line, CodeUnknownRef, ref.kind, ref.key)
		}
	}
}

func (b *builder) checkRules() {
	if b.broken[rulesFile] {
		return
	}
	for _, need := range required {
		rule, ok := b.pack.rules.Rule(need.key)
		if !ok {
			b.report.add(rulesFile, 0, CodeRuleMissing, need.key)
		} else if rule.Unit != need.unit {
			b.report.add(rulesFile, b.lines[ruleKind][need.key], CodeRuleUnit, need.key, need.unit, rule.Unit)
		}
	}
}

// checkParties holds the parties of one system apart: each is played by an organisation that may play it, and no
// organisation plays two of them.
func (b *builder) checkParties(s System) {
	for i, party := range countersign.Parties {
		org, known := b.pack.Organisation(s.parties[party])
		if !known {
			continue
		}
		if !slices.Contains(org.Parties, party) {
			b.report.add(systemsFile, s.line, CodePartyNotAllowed, org.Key, party, s.Key)
		}
		for _, other := range countersign.Parties[i+1:] {
			if s.parties[other] == org.Key {
				b.report.add(systemsFile, s.line, CodeTwoParties, org.Key, party, other, s.Key)
			}
		}
	}
}

// checkPerson holds each person to the party that their organisation plays for each system, and keeps administrators
// and auditors out of the parties.
func (b *builder) checkPerson(p Person) {
	ofParty, ofInstallation := false, ""
	for _, g := range p.grants {
		role, known := b.pack.Role(g.role)
		if !known {
			continue
		}
		if role.Party != "" {
			ofParty = true
			b.checkGrant(p, g, role)
			continue
		}
		ofInstallation = role.Key
		if !slices.Equal(g.systems, []string{everySystem}) {
			b.report.add(peopleFile, g.line, CodeRoleScope, p.ID, role.Key)
		}
	}
	if ofParty && ofInstallation != "" {
		b.report.add(peopleFile, p.line, CodeRoleMixed, p.ID, ofInstallation)
	}
}

func (b *builder) checkGrant(p Person, g grant, role Role) {
	if _, known := b.pack.Organisation(p.Organisation); !known || b.broken[systemsFile] {
		return
	}
	unsettled := func(s System) bool { return !b.settled(s, role.Party) }
	for _, key := range g.systems {
		if key == everySystem {
			if len(b.pack.playedBy(p.Organisation, role.Party)) == 0 && !slices.ContainsFunc(b.pack.systems, unsettled) {
				b.report.add(peopleFile, g.line, CodeRoleNoSystem, p.ID, role.Key, p.Organisation)
			}
			continue
		}
		if s, known := b.pack.System(key); known && b.settled(s, role.Party) && s.parties[role.Party] != p.Organisation {
			b.report.add(peopleFile, g.line, CodeRoleOrganisation, p.ID, role.Key, key, p.Organisation)
		}
	}
}

// settled reports whether the pack says which organisation plays the party; if not, that is a problem of its own.
func (b *builder) settled(s System, party countersign.Party) bool {
	_, known := b.pack.Organisation(s.parties[party])
	return known
}
