package rbac

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"countersign"
)

//go:embed testdata/policy.csv
var testPolicy string

//go:embed testdata/grants.csv
var testGrants string

//go:embed testdata/cases.csv
var testCases string

var testRoles = []Role{
	{"implementer.engineer", countersign.Implementer}, {"implementer.signer", countersign.Implementer},
	{"supervisor.signer", countersign.Supervisor},
	{"client.signer", countersign.Client}, {"client.requester", countersign.Client}, {"client.viewer", countersign.Client}, {"client.leader", countersign.Client},
	{"auditor", ""}, {"operator", ""},
}

func testPlays(system string, p countersign.Party) string {
	implementer := map[string]string{"billing": "acme", "mail": "bolt"}[system]
	if implementer == "" {
		return ""
	}
	return map[countersign.Party]string{countersign.Implementer: implementer, countersign.Supervisor: "watch", countersign.Client: "bureau"}[p]
}

// lines returns the fields of every line that is not a comment.
func lines(text, separator string) [][]string {
	var out [][]string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, separator)
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		out = append(out, fields)
	}
	return out
}

func grants() []countersign.Grant {
	var out []countersign.Grant
	for _, f := range lines(testGrants, ",") {
		out = append(out, countersign.Grant{Person: f[0], Role: f[1], System: f[2]})
	}
	return out
}

func newEnforcer(t testing.TB) *Enforcer {
	t.Helper()
	e, err := New(Config{Contract: "test", Roles: testRoles, Systems: []string{"billing", "mail"}, Plays: testPlays, Policies: []string{testPolicy}})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Load(grants()); err != nil {
		t.Fatal(err)
	}
	return e
}

// request builds the question of one case line (fields without want and why).
func request(f []string) Request {
	person, principal, _ := strings.Cut(f[0], ">")
	t := &Ticket{Drafters: strings.Fields(f[6]), CC: strings.Fields(f[8]), Signed: map[countersign.Party][]string{}}
	if party, role, ok := strings.Cut(f[5], "/"); ok {
		p := countersign.Party(party)
		t.Step = countersign.ChainStep{ID: "approval." + party, Party: p, Role: role, Organisation: testPlays(f[2], p)}
		t.Chain = []countersign.ChainStep{t.Step}
	}
	for _, pair := range strings.Fields(f[7]) {
		party, who, _ := strings.Cut(pair, "=")
		t.Signed[countersign.Party(party)] = append(t.Signed[countersign.Party(party)], who)
	}
	return Request{Person: person, OnBehalfOf: principal, Organisation: f[1], System: f[2], Object: f[3], Action: f[4], Ticket: t}
}

func TestPolicyCases(t *testing.T) {
	e := newEnforcer(t)
	cases := lines(testCases, "|")
	if len(cases) < 40 {
		t.Fatalf("only %d cases were read", len(cases))
	}
	for i, f := range cases {
		t.Run(fmt.Sprintf("%02d %s", i, f[len(f)-1]), func(t *testing.T) {
			if len(f) != 11 {
				t.Fatalf("case has %d columns: %q", len(f), f)
			}
			got := "ok"
			if err := e.Decide(context.Background(), request(f[1:10])); err != nil {
				got = countersign.CodeOf(err)
			}
			if got != f[0] {
				t.Errorf("got %s, want %s", got, f[0])
			}
		})
	}
}

func TestGrantsAreReplacedAtomically(t *testing.T) {
	e := newEnforcer(t)
	read := Request{Person: "P1", Organisation: "acme", System: "billing", Object: "upgrade", Action: "draft"}
	if err := e.Decide(context.Background(), read); err != nil {
		t.Fatal(err)
	}
	if err := e.Load([]countersign.Grant{{Person: "P1", Role: "wizard", System: "*"}}); err == nil {
		t.Fatal("an unknown role was loaded")
	}
	if err := e.Decide(context.Background(), read); err != nil {
		t.Errorf("a bad load changed the grants in force: %v", err)
	}
	if err := e.Load(nil); err != nil {
		t.Fatal(err)
	}
	if err := e.Decide(context.Background(), read); countersign.CodeOf(err) != "forbidden" {
		t.Errorf("a withdrawn grant still works: %v", err)
	}
}

func TestBadPoliciesAreRefused(t *testing.T) {
	bad := `p, supervisor.signer, upgrade, sign:client
p, auditor, upgrade, sign:client
p, person, upgrade, sign:client
p, wizard, upgrade, read
p, client.signer, upgrade
p, client.signer, upgrade, DROP
g, P1, client.signer`
	_, err := New(Config{Contract: "test", Roles: testRoles, Plays: testPlays, Policies: []string{bad}})
	if err == nil {
		t.Fatal("a bad policy was accepted")
	}
	for i := range 7 {
		if want := fmt.Sprintf("policy 1 line %d:", i+1); !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported in:\n%v", want, err)
		}
	}
}

// TestSystemsAgreesWithDecide holds the projection for lists against the decision of each single request.
func TestSystemsAgreesWithDecide(t *testing.T) {
	e := newEnforcer(t)
	people := map[string]string{"P1": "acme", "P3": "acme", "P5": "bolt", "P9": "watch", "P10": "watch", "P13": "bureau", "P15": "bureau", "P16": "bureau", "nobody": "acme"}
	rapid.Check(t, func(t *rapid.T) {
		person := rapid.SampledFrom(slices.Sorted(maps.Keys(people))).Draw(t, "person")
		object := rapid.SampledFrom([]string{"upgrade", "requirement"}).Draw(t, "object")
		action := rapid.SampledFrom([]string{"read", "draft", "submit", "start"}).Draw(t, "action")
		listed := e.Systems(person, people[person], object, action)
		for _, system := range []string{"billing", "mail"} {
			err := e.Decide(context.Background(), Request{Person: person, Organisation: people[person], System: system, Object: object, Action: action})
			if (err == nil) != slices.Contains(listed, system) {
				t.Fatalf("%s %s %s %s: Systems says %v, Decide says %v", person, object, action, system, listed, err)
			}
		}
	})
}

// TestSeparationHoldsForAnyRequest draws tickets at random: whatever the grants say, nobody gets past the two rules.
func TestSeparationHoldsForAnyRequest(t *testing.T) {
	e := newEnforcer(t)
	person := rapid.SampledFrom([]string{"P1", "P2", "P3", "P9", "P10", "P12", "P14"})
	rapid.Check(t, func(t *rapid.T) {
		party := rapid.SampledFrom(countersign.Parties).Draw(t, "party")
		step := countersign.ChainStep{ID: "s", Party: party, Organisation: testPlays("billing", party), Role: string(party) + ".signer"}
		q := Request{
			Person: person.Draw(t, "person"), Organisation: rapid.SampledFrom([]string{"acme", "watch", "bureau"}).Draw(t, "organisation"),
			OnBehalfOf: rapid.SampledFrom([]string{"", "P2", "P9", "P12"}).Draw(t, "principal"),
			System:     "billing", Object: "upgrade", Action: Sign(party),
			Ticket: &Ticket{Step: step, Drafters: rapid.SliceOf(person).Draw(t, "drafters"), Signed: map[countersign.Party][]string{}},
		}
		for _, p := range countersign.Parties {
			q.Ticket.Signed[p] = rapid.SliceOf(person).Draw(t, string(p))
		}
		if e.Decide(context.Background(), q) != nil {
			return
		}
		actor := countersign.Actor{Person: q.Person, OnBehalfOf: q.OnBehalfOf}
		if actor.Overlaps(q.Ticket.Drafters) || q.Organisation != step.Organisation {
			t.Fatalf("allowed against drafters or organisation: %+v", q)
		}
		for p, who := range q.Ticket.Signed {
			if p != party && actor.Overlaps(who) {
				t.Fatalf("allowed for two parties: %+v", q)
			}
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	e := newEnforcer(b)
	q := request([]string{"P12", "bureau", "billing", "upgrade", "sign:client", "client/client.signer", "P1", "implementer=P3 supervisor=P10", ""})
	for b.Loop() {
		if err := e.Decide(context.Background(), q); err != nil {
			b.Fatal(err)
		}
	}
}
