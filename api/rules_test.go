package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign"
	"countersign/internal/store"
)

// TestOnlyTheClientWaivesTheNotice plays an emergency release that is asked for too late (D-22, D-23).
func TestOnlyTheClientWaivesTheNotice(t *testing.T) {
	w := newWorld(t)
	form := w.upgradeForm()
	opens := w.now.Add(5 * time.Hour)
	form["business_affected"], form["release_level"], form["notice_waiver_requested"] = true, "紧急发布", true
	form["upgrade_at"], form["expected_done_at"], form["window_end"] = opens.Format(time.RFC3339), opens.Add(time.Hour).Format(time.RFC3339), opens.Add(2*time.Hour).Format(time.RFC3339)
	number := w.draft(form)
	w.must(w.act("P004", number, "submit", nil), 200)
	w.must(w.decide("P006", number, "approve", "同意"), 200)
	w.must(w.decide("P010", number, "approve", "同意"), 200)
	with := func(waivers ...string) map[string]any {
		b := approve(w.pin("P012"))
		b["waivers"] = waivers
		return b
	}
	path := "/tickets/" + number + "/decisions"
	w.play(number, []scenario{
		{name: "the page says so", person: "P012", method: "GET", path: "/tickets/%s", status: 200, has: []string{`"waiver_required":true`}},
		{name: "no waiver", person: "P012", method: "POST", path: path, body: with(), status: 422, code: "waiver_required", refused: "approve waiver_required"},
		{name: "another waiver", person: "P012", method: "POST", path: path, body: with("everything"), status: 422, code: "waiver_not_allowed", refused: "approve waiver_not_allowed"},
		{name: "waived", person: "P012", method: "POST", path: path, body: with("notice_lead_time"), status: 200},
	})
	signatures, err := w.store.Signatures(context.Background(), number)
	if err != nil || !strings.Contains(string(signatures[2].Statement), `"waivers":["notice_lead_time"]`) {
		t.Errorf("the waiver is not in what the client signed: %s (%v)", signatures[len(signatures)-1].Statement, err)
	}
	late := w.upgradeForm()
	for k, v := range form {
		late[k] = v
	}
	late["release_level"], late["notice_waiver_requested"] = "日常发布", false
	draft := w.draft(late)
	if a := w.act("P004", draft, "submit", nil); a.code() != "invalid_form" || !strings.Contains(a.body, "upgrade_at") {
		t.Errorf("a late daily release: %d %s", a.StatusCode, a.body)
	}
	w.refusedByRules(draft, "notice_too_short")
	late["applicant"] = "" // what is missing is asked for, and no refusal
	if a := w.act("P004", w.draft(late), "submit", nil); a.code() != "invalid_form" {
		t.Errorf("a form with a gap: %d %s", a.StatusCode, a.body)
	}
	if r := w.refusals("system"); len(r) != 0 {
		t.Errorf("recorded %q", r)
	}
}

// refusedByRules checks that the one refusal of a ticket names the rules that refused its submission.
func (w *world) refusedByRules(number, rules string) {
	w.t.Helper()
	entries, _, err := w.store.AuditEntries(w.t.Context(), store.AuditQuery{Chain: number, Outcome: countersign.OutcomeRefused}, store.Page{Limit: 10})
	if err != nil || len(entries) != 1 || entries[0].Action != "submit" || entries[0].Code != "invalid_form" || entries[0].Detail["rules"] != rules {
		w.t.Errorf("recorded %+v (%v)", entries, err)
	}
}

func TestLaterStepsAnswerForWhatWasReported(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	for _, p := range []string{"P006", "P010", "P012"} {
		w.must(w.decide(p, number, "approve", "同意"), 200)
	}
	passed := map[string]any{"functional": "通过", "performance": "通过", "security": "通过", "notes": "正常"}
	w.play(number, []scenario{
		{name: "start with values", person: "P004", method: "POST", path: "/tickets/%s/actions/start", body: map[string]any{"values": map[string]any{"x": 1}}, status: 400, code: "malformed"},
		{name: "start by a signer", person: "P006", method: "POST", path: "/tickets/%s/actions/start", body: map[string]any{}, status: 403, code: "forbidden", refused: "start forbidden"},
		{name: "start", person: "P004", method: "POST", path: "/tickets/%s/actions/start", body: map[string]any{}, status: 200},
		{name: "results with a gap", person: "P004", method: "POST", path: "/tickets/%s/actions/results", body: map[string]any{"values": map[string]any{"functional": "通过"}}, status: 422, code: "invalid_form", has: []string{"performance", "security"}},
		{name: "results with a wrong option", person: "P004", method: "POST", path: "/tickets/%s/actions/results", body: map[string]any{"values": map[string]any{"functional": "大概", "performance": "通过", "security": "通过"}}, status: 422, code: "invalid_form"},
		{name: "results", person: "P004", method: "POST", path: "/tickets/%s/actions/results", body: map[string]any{"values": passed}, status: 200, has: []string{`"step":"result.client"`}},
		{name: "a report cannot be rejected before it is there", person: "P012", method: "POST", path: "/tickets/%s/decisions", body: map[string]any{"decision": "withdraw"}, status: 403, code: "forbidden", refused: "withdraw forbidden"},
		{name: "success", person: "P012", method: "POST", path: "/tickets/%s/decisions", body: approve(w.pin("P012")), status: 200},
		{name: "page", person: "P012", method: "GET", path: "/tickets/%s", status: 200, has: []string{`"kind":"results"`, `"functional":"通过"`}, lacks: []string{`"kind":"plan"`}},
	})
	if last := w.engine.commands[4]; last.Name != "results" || last.Facts["passed"] != "true" || last.Record == "" {
		t.Errorf("command %+v", last)
	}
	signatures, err := w.store.Signatures(context.Background(), number)
	if err != nil {
		t.Fatal(err)
	}
	var st countersign.Statement
	if err := json.Unmarshal(signatures[3].Statement, &st); err != nil {
		t.Fatal(err)
	}
	if len(st.Records) != 1 || st.Records[0].Name != "results" || st.Records[0].SHA256 != w.engine.commands[4].Record || st.Step != "result.client" {
		t.Errorf("statement %+v", st)
	}
	record, err := w.store.Record(context.Background(), number, st.Records[0].SHA256)
	if err != nil || hexDigest(record.Body) != record.ID || !strings.Contains(string(record.Body), `"action":"results"`) {
		t.Errorf("record %s (%v)", record.Body, err)
	}
}

func TestSubmittingTwiceWithOneKey(t *testing.T) {
	w := newWorld(t)
	number := w.draft(w.upgradeForm())
	path := "/tickets/" + number + "/actions/submit"
	first := w.must(w.as("P004", "POST", path, map[string]any{}, keyHeader, "s1"), 200)
	again := w.must(w.as("P004", "POST", path, map[string]any{}, keyHeader, "s1"), 200)
	if first.body != again.body {
		t.Errorf("%s and %s", first.body, again.body)
	}
	if a := w.as("P004", "POST", path, map[string]any{}, keyHeader, "s2"); a.code() != "not_waiting" {
		t.Errorf("another submission: %d %s", a.StatusCode, a.body)
	}
	if len(w.engine.started) != 1 {
		t.Errorf("started %d times", len(w.engine.started))
	}
}

func TestSubmissionStandsWhenTheWorkflowCannotStart(t *testing.T) {
	w := newWorld(t)
	w.engine.down = true
	number := w.submitted()
	if got := w.ticket(number).State; got != countersign.StateSigning {
		t.Fatalf("state %s", got)
	}
	in, err := WorkflowInput(context.Background(), w.store, w.pack, number)
	if err != nil || in.Ticket != number || len(in.Chain) != 3 || len(in.Clocks) != 3 || in.DueAt == nil || !strings.Contains(string(in.Plan), "operators") {
		t.Errorf("the reconciler would start with %+v (%v)", in, err)
	}
	if strings.Contains(string(in.Plan), "赵文博") {
		t.Error("a name is in the workflow's input")
	}
}

func TestRequirementIsSignedByItsRequesterOnly(t *testing.T) {
	w := newWorld(t)
	var process struct{ Schema map[string]any }
	w.must(w.as("P004", "GET", "/processes/requirement/form", nil), 200).decode(t, &process)
	if process.Schema["type"] != "object" {
		t.Errorf("schema %v", process.Schema)
	}
	a := w.as("P004", "POST", "/tickets", map[string]any{"process": "requirement", "system": testSystem, "form": map[string]any{}, "draft": true})
	var made AnswerBody
	w.must(a, 201).decode(t, &made)
	if !strings.HasPrefix(made.Number, "REQ-") {
		t.Errorf("number %s", made.Number)
	}
	var list struct{ Items []processBody }
	w.must(w.as("P004", "GET", "/processes", nil), 200).decode(t, &list)
	if len(list.Items) != 2 || !slices.Equal(list.Items[0].Systems, []string{testSystem}) {
		t.Errorf("processes %+v", list.Items)
	}
	var systems struct{ Items []systemBody }
	w.must(w.as("P004", "GET", "/systems", nil), 200).decode(t, &systems)
	for _, system := range systems.Items {
		if len(system.Parties) != 3 || system.Parties[0].Organisation != "huabo" {
			t.Errorf("an engineer of huabo sees %+v", system)
		}
	}
	if len(systems.Items) == 0 || len(systems.Items) == len(w.pack.Systems()) {
		t.Errorf("an engineer sees %d systems", len(systems.Items))
	}
	w.must(w.as("P016", "GET", "/systems", nil), 200).decode(t, &systems)
	if len(systems.Items) != len(w.pack.Systems()) {
		t.Errorf("the auditor sees %d systems", len(systems.Items))
	}
}

func TestGrantsChangedElsewhereCount(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	ctx := context.Background()
	if err := w.store.SetGrants(ctx, "P006", nil); err != nil {
		t.Fatal(err)
	}
	if err := w.server.ReloadGrants(ctx); err != nil {
		t.Fatal(err)
	}
	if a := w.decide("P006", number, "approve", "同意"); a.code() != "not_found" {
		t.Errorf("a role that was taken away still signs: %d %s", a.StatusCode, a.body)
	}
}
