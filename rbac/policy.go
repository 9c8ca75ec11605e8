package rbac

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"countersign"
)

//go:embed model.conf
var modelText string

//go:embed base.csv
var basePolicy string

// Role is a role of the contract pack. A role without a party belongs to the installation, not to a side of the contract.
type Role struct {
	Key   string
	Party countersign.Party
}

// Relations of a person to one ticket, or to the installation. Policies name them like roles; nobody can be granted them.
const (
	RelPerson  = "person"         // has a session
	RelDrafter = "ticket.drafter" // drafted the ticket, in person or as a stand-in
	RelCC      = "ticket.cc"      // was sent a copy
)

var relations = []string{RelPerson, RelDrafter, RelCC}

// Sign returns the action of signing as a party, e.g. sign:client.
func Sign(p countersign.Party) string { return signPrefix + string(p) }

const signPrefix = "sign:"

var actionPattern = regexp.MustCompile(`^[a-z][a-z_]*(:[a-z]+)?$`)

// rule is one policy line: role may do action on object.
type rule struct{ role, object, action string }

// parsePolicies reads policy texts and reports every bad line at once. A role that signs for another party than its own
// would undo the separation of the parties, so such a line is refused.
func parsePolicies(roles map[string]countersign.Party, texts ...string) ([]rule, error) {
	var rules []rule
	var problems []error
	for i, text := range texts {
		r := csv.NewReader(strings.NewReader(text))
		r.Comment, r.TrimLeadingSpace, r.FieldsPerRecord = '#', true, -1
		for {
			fields, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("policy %d: %w", i, err)
			}
			line, _ := r.FieldPos(0)
			parsed, err := parseRule(roles, fields)
			if err != nil {
				problems = append(problems, fmt.Errorf("policy %d line %d: %w", i, line, err))
				continue
			}
			if !slices.Contains(rules, parsed) {
				rules = append(rules, parsed)
			}
		}
	}
	return rules, errors.Join(problems...)
}

func parseRule(roles map[string]countersign.Party, f []string) (rule, error) {
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	if len(f) != 4 || f[0] != "p" {
		return rule{}, fmt.Errorf("want p, role, object, action; got %q", strings.Join(f, ", "))
	}
	r := rule{role: f[1], object: f[2], action: f[3]}
	party, known := roles[r.role]
	switch {
	case !known && !slices.Contains(relations, r.role):
		return rule{}, fmt.Errorf("unknown role %q", r.role)
	case r.object == "":
		return rule{}, fmt.Errorf("no object")
	case !actionPattern.MatchString(r.action):
		return rule{}, fmt.Errorf("bad action %q", r.action)
	case strings.HasPrefix(r.action, signPrefix) && (party == "" || r.action != Sign(party)):
		return rule{}, fmt.Errorf("role %q may not hold %q: it signs for its own party only", r.role, r.action)
	}
	return r, nil
}
