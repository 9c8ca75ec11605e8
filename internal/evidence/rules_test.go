package evidence

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign"
	"countersign/workflows"
)

// Signers of the model: two for each party, and the drafter.
var signers = map[countersign.Party][]string{
	countersign.Implementer: {"I1", "I2"}, countersign.Supervisor: {"S1", "S2"}, countersign.Client: {"C1", "C2"},
}

var testChain = []countersign.ChainStep{
	{ID: "approval.implementer", Party: countersign.Implementer, Organisation: "io", Role: "r"},
	{ID: "approval.supervisor", Party: countersign.Supervisor, Organisation: "so", Role: "r"},
	{ID: "approval.client", Party: countersign.Client, Organisation: "co", Role: "r"},
}

// model plays a ticket the way the workflow allows it.
type model struct {
	ticket countersign.Ticket
	facts  []fact
	audit  []countersign.AuditEntry
	form   string
	at     time.Time
}

func newModel() *model {
	return &model{at: time.Unix(1e9, 0).UTC(), form: `{"release_level":"紧急发布"}`, ticket: countersign.Ticket{
		Number: "UPG-1", Process: "upgrade", Contract: "c", System: "s", Revision: 1, Drafter: "D1",
		Chain: testChain, State: countersign.StateSigning,
	}}
}

func (m *model) sign(step string, party countersign.Party, person, principal string, d countersign.Decision) {
	m.at = m.at.Add(time.Minute)
	org := stepFor(party).Organisation
	m.facts = append(m.facts, fact{
		Seq: len(m.facts) + 1, File: fmt.Sprintf("signatures/%02d-%s", len(m.facts)+1, party),
		Statement: countersign.Statement{
			Version: 1, Contract: "c", Ticket: "UPG-1", Process: "upgrade", System: "s", Revision: m.ticket.Revision,
			FormVersion: "v", FormSHA256: fmt.Sprint(m.ticket.Revision), Drafters: []string{"D1"}, Chain: testChain, Step: step, Party: party,
			Organisation: org, OrganisationName: org, Person: person, OnBehalfOf: principal, Decision: d, SignedAt: m.at,
		},
	})
}

func stepFor(party countersign.Party) countersign.ChainStep {
	for _, s := range testChain {
		if s.Party == party {
			return s
		}
	}
	return countersign.ChainStep{}
}

func (m *model) ended(outcome string) {
	m.ticket.Progress = fmt.Appendf(nil, `{"outcome":%q}`, outcome)
}

// straight is the shortest filed upgrade.
func straight() *model {
	m := newModel()
	for _, s := range testChain {
		m.sign(s.ID, s.Party, signers[s.Party][0], "", countersign.Approve)
	}
	m.sign("result.client", countersign.Client, "C1", "", countersign.Approve)
	m.sign("report.client", countersign.Client, "C2", "", countersign.Approve)
	m.ticket.State = countersign.StateFiled
	m.ended("success")
	return m
}

// draw plays a random ticket to a random end.
func draw(t *rapid.T) *model {
	m := newModel()
	who := func(p countersign.Party) (person, principal string) {
		if rapid.Bool().Draw(t, "stands in") {
			return signers[p][0], signers[p][1]
		}
		return rapid.SampledFrom(signers[p]).Draw(t, "signer"), ""
	}
	for i := 0; i < len(testChain); {
		s := testChain[i]
		person, principal := who(s.Party)
		switch rapid.SampledFrom([]string{"approve", "approve", "approve", "return", "reject", "withdraw", "cancel"}).Draw(t, "decision") {
		case "approve":
			m.sign(s.ID, s.Party, person, principal, countersign.Approve)
			i++
		case "return":
			m.sign(s.ID, s.Party, person, principal, countersign.Return)
			m.ticket.Revision++
			i = 0
		case "withdraw":
			m.ticket.Revision++
			i = 0
		case "reject":
			m.sign(s.ID, s.Party, person, principal, countersign.Reject)
			m.ticket.State = countersign.StateRejected
			return m
		case "cancel":
			m.ticket.State = countersign.StateCancelled
			return m
		}
	}
	if rapid.Bool().Draw(t, "expires") {
		m.ticket.State = countersign.StateExpired
		return m
	}
	m.ended("success")
	for _, step := range []string{"result.client", "report.client"} {
		if step == "result.client" && rapid.Bool().Draw(t, "dead man") {
			m.ended("rolled_back")
			continue
		}
		person, principal := who(countersign.Client)
		for rapid.Bool().Draw(t, "returned") {
			m.sign(step, countersign.Client, person, principal, countersign.Return)
		}
		last := countersign.Approve
		if step == "result.client" && rapid.Bool().Draw(t, "fails") {
			last = countersign.Reject
			m.ended("rolled_back")
		}
		m.sign(step, countersign.Client, person, principal, last)
	}
	m.ticket.State = countersign.StateFiled
	return m
}

func judged(m *model) *Report {
	rep := newReport("model")
	judge(rep, dossier{m.facts, m.ticket, m.audit, func(int) []byte { return []byte(m.form) }})
	return rep
}

func codes(rep *Report) string {
	var out []string
	for _, f := range rep.Findings {
		out = append(out, f.Code)
	}
	return strings.Join(out, " ")
}

func TestWhatTheWorkflowAllowsIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if rep := judged(draw(t)); !rep.Valid {
			t.Fatalf("%+v", rep.Findings)
		}
	})
}

// Falsifications that must be found in whatever valid ticket they are applied to.
var falsifications = map[string]func(m *model, i int) bool{
	"drafter signs":      func(m *model, i int) bool { m.facts[i].Statement.Person = "D1"; return true },
	"for the drafter":    func(m *model, i int) bool { m.facts[i].Statement.OnBehalfOf = "D1"; return true },
	"other party":        func(m *model, i int) bool { m.facts[i].Statement.Party = countersign.Party("auditor"); return true },
	"other organisation": func(m *model, i int) bool { m.facts[i].Statement.Organisation = "xo"; return true },
	"other ticket":       func(m *model, i int) bool { m.facts[i].Statement.Ticket = "UPG-2"; return true },
	"other system":       func(m *model, i int) bool { m.facts[i].Statement.System = "t"; return true },
	"revision beyond":    func(m *model, i int) bool { m.facts[i].Statement.Revision = m.ticket.Revision + 1; return true },
	"revision zero":      func(m *model, i int) bool { m.facts[i].Statement.Revision = 0; return true },
	"unknown step":       func(m *model, i int) bool { m.facts[i].Statement.Step = "party.client"; return true },
	"unknown decision":   func(m *model, i int) bool { m.facts[i].Statement.Decision = "maybe"; return true },
	"signed withdrawal":  func(m *model, i int) bool { m.facts[i].Statement.Decision = countersign.Withdraw; return true },
	"unknown waiver":     func(m *model, i int) bool { m.facts[i].Statement.Waivers = []string{"all"}; return true },
	"shorter chain":      func(m *model, i int) bool { m.facts[i].Statement.Chain = testChain[:2]; return true },
	"no chain":           func(m *model, i int) bool { m.facts[i].Statement.Chain = nil; return true },
	"no drafter":         func(m *model, i int) bool { m.facts[i].Statement.Drafters = nil; return true },
	"long ago":           func(m *model, i int) bool { m.facts[i].Statement.SignedAt = time.Unix(0, 0); return i > 0 },
	"signed twice":       func(m *model, i int) bool { m.facts = append(m.facts[:i+1], m.facts[i:]...); return twice(m.facts[i]) },
	"approval after the end": func(m *model, i int) bool {
		m.sign("approval.implementer", countersign.Implementer, "I1", "", countersign.Approve)
		return m.ticket.State != countersign.StateCancelled
	},
	"reports not signed": func(m *model, _ int) bool {
		m.facts = m.facts[:len(m.facts)-1]
		return m.ticket.State == countersign.StateFiled
	},
	"another end": func(m *model, _ int) bool {
		if m.ticket.State == countersign.StateRejected {
			m.ticket.State = countersign.StateFiled
		} else {
			m.ticket.State = countersign.StateRejected
		}
		return true
	},
	"client signs for all": func(m *model, i int) bool {
		m.facts[i].Statement.Person, m.facts[i].Statement.OnBehalfOf = "C1", ""
		return m.facts[i].Statement.Party != countersign.Client && person(m, "C1")
	},
	"stand-in of a supervisor": func(m *model, i int) bool {
		m.facts[i].Statement.OnBehalfOf = "S1"
		return m.facts[i].Statement.Party != countersign.Supervisor && person(m, "S1")
	},
}

// twice reports whether a statement may not simply appear again: a returned later step may.
func twice(f fact) bool {
	return stageOf(f.Statement.Step) == stageApproval || f.Statement.Decision != countersign.Return
}

// person reports whether id acts in its own party in some statement.
func person(m *model, id string) bool {
	for _, f := range m.facts {
		own := map[byte]countersign.Party{'C': countersign.Client, 'S': countersign.Supervisor}[id[0]]
		if f.Statement.Party == own && f.actor().Overlaps([]string{id}) {
			return true
		}
	}
	return false
}

func TestFalsificationsAreFound(t *testing.T) {
	for name, falsify := range falsifications {
		t.Run(name, func(t *testing.T) {
			found := 0
			rapid.Check(t, func(t *rapid.T) {
				m := draw(t)
				if len(m.facts) == 0 {
					return
				}
				if !falsify(m, rapid.IntRange(0, len(m.facts)-1).Draw(t, "which")) {
					return
				}
				found++
				if judged(m).Valid {
					t.Fatalf("not found in %+v", m.facts)
				}
			})
			if found == 0 {
				t.Fatal("the falsification was never applied")
			}
		})
	}
}

func TestRuleCodes(t *testing.T) {
	set := func(i int, change func(*countersign.Statement)) func(*model) {
		return func(m *model) { change(&m.facts[i].Statement) }
	}
	drop := func(i int) func(*model) {
		return func(m *model) { m.facts = append(m.facts[:i:i], m.facts[i+1:]...) }
	}
	swap := func(i, j int) func(*model) {
		return func(m *model) { m.facts[i], m.facts[j] = m.facts[j], m.facts[i] }
	}
	for name, c := range map[string]struct {
		change func(*model)
		code   string
	}{
		"good":                          {func(*model) {}, ""},
		"supervisor left out":           {drop(1), "chain_order"},
		"client left out":               {drop(2), "incomplete"},
		"client first":                  {swap(0, 2), "chain_order"},
		"result before client":          {swap(2, 3), "step_order"},
		"report before result":          {swap(3, 4), "step_order"},
		"report left out":               {drop(4), "incomplete"},
		"result left out":               {drop(3), "incomplete"},
		"result only returned":          {set(3, func(s *countersign.Statement) { s.Decision = countersign.Return }), "incomplete"},
		"result left out, rolled back":  {func(m *model) { drop(3)(m); m.ended("rolled_back") }, ""},
		"filed without an outcome":      {func(m *model) { m.ticket.Progress = nil }, "outcome"},
		"filed with a made-up outcome":  {func(m *model) { m.ended("fine") }, "outcome"},
		"progress is no JSON":           {func(m *model) { m.ticket.Progress = []byte("{") }, "format"},
		"rollback step by one person":   {rollback("I1", "I1"), "same_person"},
		"rollback step by two people":   {rollback("I1", "I2"), ""},
		"rollback in the audit by one":  {audited(countersign.Actor{Person: "I1"}, countersign.Actor{Person: "I1"}), "same_person"},
		"rollback by the stand-in too":  {audited(countersign.Actor{Person: "I1"}, countersign.Actor{Person: "I2", OnBehalfOf: "I1"}), "same_person"},
		"rollback in the audit by two":  {audited(countersign.Actor{Person: "I1"}, countersign.Actor{Person: "I2"}), ""},
		"waiver by supervisor":          {set(1, func(s *countersign.Statement) { s.Waivers = []string{countersign.WaiveNotice} }), "waiver"},
		"waiver by client":              {waived("紧急发布"), ""},
		"waiver of a usual release":     {waived("日常发布"), "waiver"},
		"form swapped":                  {set(1, func(s *countersign.Statement) { s.FormSHA256 = "x" }), "frozen"},
		"attachments swapped":           {set(1, func(s *countersign.Statement) { s.Attachments = []countersign.FileDigest{{Name: "x"}} }), "frozen"},
		"template swapped":              {set(1, func(s *countersign.Statement) { s.TemplateSHA256 = "x" }), "frozen"},
		"drafters differ":               {set(1, func(s *countersign.Statement) { s.Drafters = []string{"D1", "D2"} }), "frozen"},
		"drafter disappears":            {set(1, func(s *countersign.Statement) { s.Drafters = []string{"D2"} }), "frozen"},
		"rejected, yet filed":           {set(4, func(s *countersign.Statement) { s.Step, s.Decision = "approval.client", countersign.Reject }), "state"},
		"two names for an organisation": {set(1, func(s *countersign.Statement) { s.OrganisationName = "io" }), "same_organisation"},
		"one organisation twice": {func(m *model) {
			chain := append([]countersign.ChainStep(nil), testChain...)
			chain[1].Organisation = "io"
			m.ticket.Chain = chain
			for i := range m.facts {
				m.facts[i].Statement.Chain = chain
			}
			m.facts[1].Statement.Organisation = "io"
		}, "same_organisation"},
		"ticket has another chain":   {func(m *model) { m.ticket.Chain = testChain[:2] }, "ticket"},
		"ticket has another drafter": {func(m *model) { m.ticket.Drafter = "D9" }, "ticket"},
		"unknown state":              {func(m *model) { m.ticket.State = "done" }, "state"},
		"older revision only":        {func(m *model) { m.ticket.Revision = 2 }, "incomplete"},
		"signed after return":        {set(0, func(s *countersign.Statement) { s.Decision = countersign.Return }), "after_return"},
		"signed after reject":        {set(0, func(s *countersign.Statement) { s.Decision = countersign.Reject }), "after_reject"},
	} {
		t.Run(name, func(t *testing.T) {
			m := straight()
			c.change(m)
			rep := judged(m)
			if rep.Valid != (c.code == "") || !strings.Contains(codes(rep), c.code) {
				t.Fatalf("want %q, got %q", c.code, codes(rep))
			}
		})
	}
}

func TestADrafterOfALaterRevisionMayNotHaveSignedForAnotherParty(t *testing.T) {
	for person, valid := range map[string]bool{"I1": true, "S1": false} {
		m := newModel()
		m.sign("approval.implementer", countersign.Implementer, "I1", "", countersign.Approve)
		m.sign("approval.supervisor", countersign.Supervisor, "S1", "", countersign.Return)
		m.ticket.Revision, m.ticket.State = 2, countersign.StateExpired
		for i, s := range testChain {
			m.sign(s.ID, s.Party, signers[s.Party][1], "", countersign.Approve)
			m.facts[2+i].Statement.Drafters = []string{"D1", person}
		}
		if rep := judged(m); rep.Valid != valid {
			t.Errorf("%s drafts revision 2: valid %v, findings %q", person, rep.Valid, codes(rep))
		}
	}
}

// rollback says in the ticket who did and who confirmed the second rollback step.
func rollback(done, confirmed string) func(*model) {
	return func(m *model) {
		m.ticket.Progress = fmt.Appendf(nil, `{"outcome":"rolled_back","rollback":[{"done_by":"I1","confirmed_by":"I2"},{"done_by":%q,"confirmed_by":%q}]}`,
			done, confirmed)
	}
}

// audited lets two people do and confirm a rollback step in the audit chain, after the first was refused to confirm.
func audited(done, confirmed countersign.Actor) func(*model) {
	return func(m *model) {
		entry := func(action, outcome string, a countersign.Actor) {
			m.audit = append(m.audit, countersign.AuditEntry{
				Seq: int64(len(m.audit) + 1), Action: action, Outcome: outcome, Person: a.Person, OnBehalfOf: a.OnBehalfOf,
			})
		}
		m.ended("rolled_back")
		entry("rollback_done", "ok", done)
		entry("rollback_confirm", "refused", done)
		entry("rollback_confirm", "ok", confirmed)
	}
}

// waived lets the client waive the notice on a form of that release level.
func waived(level string) func(*model) {
	return func(m *model) {
		m.form = fmt.Sprintf(`{"release_level":%q}`, level)
		m.facts[2].Statement.Waivers = []string{countersign.WaiveNotice}
	}
}

func TestEveryProcessHasEvidenceRules(t *testing.T) {
	known := map[string]bool{}
	for _, p := range workflows.All() {
		known[p.Key] = true
		if len(processes[p.Key].parties) == 0 {
			t.Errorf("%s has no evidence rules: add them to processes.go", p.Key)
		}
	}
	for key := range processes {
		if !known[key] {
			t.Errorf("evidence rules for %s, which is no process", key)
		}
	}
	m := straight()
	m.ticket.Process = "unheard_of"
	for i := range m.facts {
		m.facts[i].Statement.Process = "unheard_of"
	}
	if rep := judged(m); !rep.Valid || codes(rep) != "unknown_process" {
		t.Errorf("an unknown process: %v %q", rep.Valid, codes(rep))
	}
}

func TestRequirementIsSignedByTheClientAlone(t *testing.T) {
	m := newModel()
	m.sign("approval.client", countersign.Client, "C1", "", countersign.Approve)
	m.ticket.Process, m.ticket.Chain, m.ticket.State = "requirement", testChain[2:], countersign.StateFiled
	m.facts[0].Statement.Process, m.facts[0].Statement.Chain = "requirement", testChain[2:]
	if rep := judged(m); !rep.Valid {
		t.Fatal(rep.Findings)
	}
	m.facts[0].Statement.Process, m.ticket.Process = "upgrade", "upgrade"
	if rep := judged(m); rep.Valid {
		t.Fatal("an upgrade is valid with one signature")
	}
}
