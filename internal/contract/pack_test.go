package contract_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"countersign"
	"countersign/contracts"
	"countersign/internal/calendar"
	"countersign/internal/contract"
)

// defaultPack loads the pack that is built in; it must have no problem.
func defaultPack(t *testing.T) *contract.Pack {
	t.Helper()
	pack, problems, err := contract.Load(contracts.FS, contracts.Default, contract.WithProcesses("upgrade", "requirement"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
	if pack == nil {
		t.FailNow()
	}
	return pack
}

func TestDefaultPackCounts(t *testing.T) {
	pack := defaultPack(t)
	kinds := map[contract.SystemKind]int{}
	for _, s := range pack.Systems() {
		kinds[s.Kind]++
	}
	implementers := 0
	for _, o := range pack.Organisations() {
		if len(o.Parties) == 1 && o.Parties[0] == countersign.Implementer {
			implementers++
		}
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"systems", kinds[contract.KindSystem], 22},
		{"subsystems", kinds[contract.KindSubsystem], 34},
		{"service lines and the certificate service", kinds[contract.KindService], 11},
		{"parts of service lines (unified authentication)", kinds[contract.KindPart], 1},
		{"organisations", len(pack.Organisations()), 24},
		{"main contractor and subcontractors", implementers, 17},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.what, c.got, c.want)
		}
	}
}

func TestPartiesOfSystems(t *testing.T) {
	pack := defaultPack(t)
	for _, c := range []struct{ system, implementer string }{
		{"document_flow", "huabo"},
		{"petition", "capinfo"},
		{"social_org_credit", "capinfo"}, // named in no annex (D-50)
		{"social_org_business", "capinfo"},
		{"social_org_business_sub", "zhimin"},
		{"approval_assistant", "caizhi"},
		{"general_office", "nantian"},
		{"yonyou_grp_u8", "ruichuang"},
		{"digital_certificate", "capinfo"},
		{"unified_auth", "capinfo"},
		{"sms", "jingmao"},
		{"nothing", ""},
	} {
		if got := pack.Implementer(c.system); got != c.implementer {
			t.Errorf("implementer of %s is %q, want %q", c.system, got, c.implementer)
		}
	}
	if got := pack.PartyOrganisation("nothing", countersign.Client); got != "" {
		t.Errorf("client of an unknown system is %q", got)
	}
	for _, s := range pack.Systems() {
		for _, party := range countersign.Parties {
			org := pack.PartyOrganisation(s.Key, party)
			if _, ok := pack.Organisation(org); !ok {
				t.Errorf("%s of %s is %q, which is no organisation", party, s.Key, org)
			}
			if got := pack.PartyOf(s.Key, org); got != party {
				t.Errorf("%s plays %q for %s, want %s", org, got, s.Key, party)
			}
		}
		if got := pack.PartyOf(s.Key, "bjca") + pack.PartyOf(s.Key, ""); got != "" {
			t.Errorf("an outsider plays %q for %s", got, s.Key)
		}
	}
}

func TestSystemTree(t *testing.T) {
	pack := defaultPack(t)
	s, ok := pack.System("marriage_online")
	if !ok || s.Kind != contract.KindSubsystem || s.Parent != "marriage" || s.Name != "互联网+婚姻登记智能在线服务系统（婚智通）" {
		t.Errorf("marriage_online is %+v, %v", s, ok)
	}
	if s, _ := pack.System("unified_auth"); s.Kind != contract.KindPart || s.Parent != "local_security" {
		t.Errorf("unified_auth is %+v", s)
	}
	if s, _ := pack.System("document_flow"); s.Platform != "admin_party" || s.Source.Clause != "附6-二-19" || s.Source.Lines != "7366-7440" {
		t.Errorf("document_flow is %+v", s)
	}
	if o, _ := pack.Organisation("supervisor"); !o.Demo || !slices.Contains(o.Source.Decisions, "D-73") {
		t.Errorf("the supervisor is not in the contract, its name must be marked as invented: %+v", o)
	}
}

func TestGrantsStayWithinTheParty(t *testing.T) {
	pack := defaultPack(t)
	systems := map[string][]string{} // by person and role
	for _, g := range pack.Grants() {
		role, _ := pack.Role(g.Role)
		person, _ := pack.Person(g.Person)
		systems[g.Person+" "+g.Role] = append(systems[g.Person+" "+g.Role], g.System)
		if g.System == "*" {
			continue
		}
		if pack.PartyOf(g.System, person.Organisation) != role.Party {
			t.Errorf("%+v, but %s does not play %s there", g, person.Organisation, role.Party)
		}
	}
	for _, c := range []struct {
		who  string
		want []string
	}{
		{"P004 implementer.engineer", []string{"document_flow"}},
		{"P009 implementer.signer", []string{"public_service", "general_office", "official_wechat"}},
		{"P010 supervisor.signer", []string{"*"}},
		{"P012 client.signer", []string{"*"}},
		{"P016 auditor", []string{"*"}},
		{"P017 operator", []string{"*"}},
	} {
		if got := systems[c.who]; !slices.Equal(got, c.want) {
			t.Errorf("%s holds it for %v, want %v", c.who, got, c.want)
		}
	}
	// The main contractor has no say in what a subcontractor runs.
	if got := systems["P003 implementer.signer"]; slices.Contains(got, "document_flow") || !slices.Contains(got, "petition") {
		t.Errorf("the signer of capinfo signs for %v", got)
	}
}

func TestDemoPeople(t *testing.T) {
	pack := defaultPack(t)
	demo := pack.Demo
	if demo == nil {
		t.Fatal("the default pack has no demo credentials")
	}
	pins := map[string]bool{}
	for _, p := range pack.People() {
		pin := demo.PINs[p.ID]
		if len(pin) != 6 || pins[pin] {
			t.Errorf("PIN of %s is %q: want six digits of their own", p.ID, pin)
		}
		pins[pin] = true
	}
	holders := map[string]int{} // by organisation and role
	for _, p := range pack.People() {
		seen := map[string]bool{}
		for _, g := range pack.Grants() {
			if g.Person == p.ID && !seen[g.Role] {
				seen[g.Role] = true
				holders[p.Organisation+" "+g.Role]++
			}
		}
	}
	for who, want := range map[string]int{
		"capinfo implementer.engineer": 2, "capinfo implementer.signer": 1,
		"huabo implementer.engineer": 2, "huabo implementer.signer": 1,
		"nantian implementer.engineer": 2, "nantian implementer.signer": 1,
		"supervisor supervisor.signer": 2, "client client.signer": 2, "client client.requester": 1,
		"client client.leader": 1, "client auditor": 1, "client operator": 1,
	} {
		if holders[who] != want {
			t.Errorf("%s: %d people, want %d", who, holders[who], want)
		}
	}
}

func TestRules(t *testing.T) {
	rules := defaultPack(t).Rules()
	if n, err := rules.Workdays(contract.RuleUpgradeNotice); n != 2 || err != nil {
		t.Errorf("notice of an upgrade: %d working days, %v, want 2", n, err)
	}
	if n, err := rules.Tries(contract.RulePINTries); n != 10 || err != nil {
		t.Errorf("PIN tries: %d, %v, want 10", n, err)
	}
	if d, err := rules.Duration(contract.RuleEscalateAfter); d != 72*time.Hour || err != nil {
		t.Errorf("escalation after %v, %v, want 72 hours", d, err)
	}
	if _, err := rules.Duration(contract.RuleUpgradeNotice); err == nil {
		t.Error("working days were handed out as a duration")
	}
	if _, err := rules.Tries("nothing"); err == nil {
		t.Error("a rule that is not there has a value")
	}
	for _, r := range rules.All() {
		silent := slices.Contains(r.Source.Decisions, "D-61") || slices.Contains(r.Source.Decisions, "D-58")
		if silent && r.Basis != contract.BasisParameter {
			t.Errorf("%s has no number in the contract, but basis %s", r.Key, r.Basis)
		}
	}
}

func TestInfoAndProcesses(t *testing.T) {
	pack := defaultPack(t)
	from, to := calendar.Date{Year: 2024, Month: time.July, Day: 17}, calendar.Date{Year: 2025, Month: time.June, Day: 24}
	if i := pack.Info; i.Key != "bjmz-2024" || i.From != from || i.To != to || i.MainContractor != "capinfo" {
		t.Errorf("info %+v", i)
	}
	if got := pack.Domain("document_flow"); got != "bjmz-2024/document_flow" {
		t.Errorf("domain %q", got)
	}
	for key, prefix := range map[string]string{"upgrade": "UPG", "requirement": "REQ"} {
		if p, ok := pack.Process(key); !ok || !p.Enabled || p.Prefix != prefix {
			t.Errorf("process %s is %+v, %v", key, p, ok)
		}
	}
	if _, ok := pack.Process("nothing"); ok {
		t.Error("a process that is not there was found")
	}
}

func TestDigest(t *testing.T) {
	original := defaultPack(t).Digest()
	change := func(file, old, with string) string {
		fsys := fstest.MapFS{}
		names, err := fs.Glob(contracts.FS, contracts.Default+"/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(contracts.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			if strings.HasSuffix(name, "/"+file) {
				if !strings.Contains(text, old) {
					t.Fatalf("%q is not in %s", old, file)
				}
				text = strings.Replace(text, old, with, 1)
			}
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
		pack, problems, err := contract.Load(fsys, contracts.Default)
		if err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		return pack.Digest()
	}
	for _, c := range []struct {
		name, file, old, with string
		same                  bool
	}{
		{"nothing", "rules.yaml", "rules:", "rules:", true},
		{"a comment", "rules.yaml", "rules:", "# hello\nrules:", true},
		{"quotes", "pack.yaml", "timezone: Asia/Shanghai", "timezone: 'Asia/Shanghai'", true},
		{"a number", "rules.yaml", "value: 2,", "value: 3,", false},
		{"a name", "people.yaml", "陈功", "陈工", false},
		{"a line citation", "systems.yaml", "3538-3835", "3538-3836", false},
	} {
		got := change(c.file, c.old, c.with)
		if (got == original) != c.same || len(got) != 64 {
			t.Errorf("digest after a change of %s: %s, before: %s", c.name, got, original)
		}
	}
}
