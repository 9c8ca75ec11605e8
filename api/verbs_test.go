package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign"
	"countersign/internal/store"
)

// standIn lets person act for principal for a day.
func (w *world) standIn(principal, person string) {
	w.t.Helper()
	_, err := w.store.AddStandIn(context.Background(), countersign.StandIn{
		Principal: principal, Person: person, From: w.now.Add(-time.Hour), To: w.now.Add(24 * time.Hour), CreatedBy: principal, CreatedAt: w.now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) grant(person, role, system string) {
	w.t.Helper()
	ctx := context.Background()
	if err := w.store.AddGrant(ctx, countersign.Grant{Person: person, Role: role, System: system}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.server.ReloadGrants(ctx); err != nil {
		w.t.Fatal(err)
	}
	clear(w.server.people.people)
}

func TestReturnReviseAndSignAgain(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	w.must(w.decide("P006", number, "approve", "同意"), 200)
	w.must(w.decide("P010", number, "return", "请补充回退验证办法"), 200)
	form := w.upgradeForm()
	form["rollback_plan"] = "恢复程序包，并用回归用例复核。"
	path := "/tickets/" + number
	w.play(number, []scenario{
		{name: "signing a returned ticket", person: "P006", method: "POST", path: path + "/decisions", body: approve(w.pin("P006")), status: 409, code: "not_waiting", refused: "approve not_waiting"},
		{name: "somebody else revises", person: "P005", method: "PUT", path: path + "/form", body: map[string]any{"form": form}, status: 403, code: "not_drafter", refused: "draft not_drafter"},
		{name: "a revision that is not current", person: "P004", method: "PUT", path: path + "/form", body: map[string]any{"form": form, "revision": 1}, status: 409, code: "conflict", refused: "draft conflict"},
		{name: "the drafter revises", person: "P004", method: "PUT", path: path + "/form", body: map[string]any{"form": form, "revision": 2}, status: 200, has: []string{`"revision":2`}},
		{name: "a draft is the drafter's own", person: "P010", method: "GET", path: path, status: 200, has: []string{"恢复升级前的程序包。", `"revision":1`}, lacks: []string{"回归用例复核"}},
		{name: "submit", person: "P004", method: "POST", path: path + "/actions/submit", body: map[string]any{}, status: 200, has: []string{`"revision":2`, `"step":"approval.implementer"`}},
		{name: "changes", person: "P010", method: "GET", path: path + "/revisions/2", status: 200, has: []string{`"field":"rollback_plan"`, "回归用例复核"}},
		{name: "no such revision", person: "P010", method: "GET", path: path + "/revisions/3", status: 404, code: "not_found"},
		{name: "revisions", person: "P010", method: "GET", path: path + "/revisions", status: 200, has: []string{`"n":1`, `"n":2`}},
	})
	if cmd := w.engine.commands[len(w.engine.commands)-1]; cmd.Name != "submit" || cmd.Revision != 2 || len(cmd.Plan) == 0 {
		t.Errorf("command %+v", cmd)
	}
	w.must(w.decide("P006", number, "approve", "同意"), 200)
	w.must(w.decide("P010", number, "approve", "同意"), 200)
	w.must(w.decide("P012", number, "approve", "同意"), 200)
	if got := w.ticket(number).State; got != countersign.StateApproved {
		t.Errorf("state %s", got)
	}
}

func TestWithdrawAndSubmitUnchanged(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	w.must(w.decide("P006", number, "approve", "同意"), 200)
	w.must(w.as("P004", "POST", "/tickets/"+number+"/decisions", map[string]any{"decision": "withdraw"}), 200)
	w.must(w.act("P004", number, "submit", nil), 200)
	if got := w.ticket(number); got.Revision != 2 || got.Step != "approval.implementer" {
		t.Errorf("revision %d at %s", got.Revision, got.Step)
	}
	w.must(w.act("P004", number, "withdraw", nil), 200)
	w.must(w.act("P004", number, "cancel", nil), 200)
	for action, code := range map[string]string{"submit": "ticket_closed", "cancel": "ticket_closed", "withdraw": "ticket_closed", "start": "ticket_closed"} {
		if a := w.act("P004", number, action, nil); a.code() != code {
			t.Errorf("%s of a cancelled ticket: %d %s", action, a.StatusCode, a.body)
		}
	}
	if a := w.decide("P006", number, "approve", "同意"); a.code() != "ticket_closed" {
		t.Errorf("signing a cancelled ticket: %d %s", a.StatusCode, a.body)
	}
	draft := w.draft(w.upgradeForm())
	w.must(w.act("P004", draft, "cancel", nil), 200)
	if got := w.ticket(draft).State; got != countersign.StateCancelled {
		t.Errorf("a cancelled draft is %s", got)
	}
}

func TestStandInsCountAsBothPeople(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	path := "/tickets/" + number + "/decisions"
	body := func(person, principal string) map[string]any {
		b := approve(w.pin(person))
		b["on_behalf_of"] = principal
		return b
	}
	w.standIn("P006", "P005") // an engineer may sign for the signer
	w.standIn("P006", "P004") // but the drafter may not, not even as a stand-in
	w.standIn("P010", "P011")
	w.play(number, []scenario{
		{name: "the drafter as stand-in", person: "P004", method: "POST", path: path, body: body("P004", "P006"), status: 403, code: "own_draft", refused: "approve own_draft"},
		{name: "stand-in signs with the own key", person: "P005", method: "POST", path: path, body: body("P005", "P006"), status: 200, has: []string{"approval.supervisor"}},
		{name: "supervisor's stand-in", person: "P011", method: "POST", path: path, body: body("P011", "P010"), status: 200},
	})
	signatures, err := w.store.Signatures(context.Background(), number)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"P005 for P006", "P011 for P010"} {
		if got := signatures[i].Person + " for " + signatures[i].OnBehalfOf; got != want || !strings.Contains(string(signatures[i].Statement), `"on_behalf_of":"`+signatures[i].OnBehalfOf) {
			t.Errorf("signature %d is of %s, want %s: %s", i+1, got, want, signatures[i].Statement)
		}
	}
	var seen struct{ Items []countersign.Ticket }
	w.must(w.as("P011", "GET", "/tickets?box=done", nil), 200).decode(t, &seen)
	if len(seen.Items) != 1 {
		t.Errorf("box done of the stand-in: %+v", seen.Items)
	}
}

func TestNobodySignsForTwoParties(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	// Wrong data on purpose: a signer of the implementer who moves to the supervisor and is made signer there.
	w.must(w.decide("P006", number, "approve", "同意"), 200)
	p, _ := w.pack.Person("P006")
	p.Organisation = "supervisor"
	if err := w.store.PutPerson(context.Background(), p.Person); err != nil {
		t.Fatal(err)
	}
	w.grant("P006", "supervisor.signer", "*")
	if a := w.decide("P006", number, "approve", "同意"); a.StatusCode != 403 || a.code() != "two_parties" {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
	if r := w.refusals(number); !slices.Equal(r, []string{"approve two_parties P006"}) {
		t.Errorf("refusals %q", r)
	}
}

func TestDrafterWhoSignsElsewhereMayNotSignTheOwnDraft(t *testing.T) {
	w := newWorld(t)
	w.grant("P004", "implementer.signer", testSystem)
	number := w.submitted()
	if a := w.decide("P004", number, "approve", "同意"); a.StatusCode != 403 || a.code() != "own_draft" {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
}

func TestManagingStandIns(t *testing.T) {
	w := newWorld(t)
	at := func(d time.Duration) string { return w.now.Add(d).Format(time.RFC3339) }
	body := func(person string, from, to time.Duration) map[string]any {
		return map[string]any{"person": person, "from": at(from), "to": at(to)}
	}
	with := func(b map[string]any, principal string) map[string]any { b["principal"] = principal; return b }
	w.play("system", []scenario{
		{name: "of another organisation", person: "P006", method: "POST", path: "/standins", body: body("P010", 0, time.Hour), status: 422, code: "standin_invalid"},
		{name: "oneself", person: "P006", method: "POST", path: "/standins", body: body("P006", 0, time.Hour), status: 422, code: "standin_invalid"},
		{name: "nobody", person: "P006", method: "POST", path: "/standins", body: body("P999", 0, time.Hour), status: 422, code: "standin_invalid"},
		{name: "ends before it begins", person: "P006", method: "POST", path: "/standins", body: body("P005", time.Hour, 0), status: 422, code: "standin_invalid"},
		{name: "over already", person: "P006", method: "POST", path: "/standins", body: body("P005", -2*time.Hour, -time.Hour), status: 422, code: "standin_invalid"},
		{name: "for somebody else", person: "P005", method: "POST", path: "/standins", body: with(body("P005", 0, time.Hour), "P006"), status: 403, code: "forbidden", refused: "standin_add forbidden"},
		{name: "right", person: "P006", method: "POST", path: "/standins", body: body("P005", 0, time.Hour), status: 201, has: []string{`"active":true`, "孙晓磊"}},
		{name: "twice", person: "P006", method: "POST", path: "/standins", body: body("P005", 0, time.Hour), status: 409, code: "duplicate", refused: "standin_add duplicate"},
		{name: "an operator for somebody", person: "P017", method: "POST", path: "/standins", body: with(body("P011", 0, time.Hour), "P010"), status: 201},
		{name: "list", person: "P005", method: "GET", path: "/standins", status: 200, has: []string{`"principal":"P006"`}, lacks: []string{"P011"}},
		{name: "ended by a stranger", person: "P012", method: "DELETE", path: "/standins/1", status: 403, code: "forbidden", refused: "standin_end forbidden"},
		{name: "declined by the stand-in", person: "P005", method: "DELETE", path: "/standins/1", status: 204},
		{name: "not there", person: "P005", method: "DELETE", path: "/standins/99", status: 404, code: "not_found"},
	})
}

func TestRemindAndCopy(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	path := "/tickets/" + number + "/actions/"
	cc := func(people ...any) map[string]any { return map[string]any{"values": map[string]any{"people": people}} }
	w.play(number, []scenario{
		{name: "remind", person: "P004", method: "POST", path: path + "remind", body: map[string]any{}, status: 200},
		{name: "too soon", person: "P004", method: "POST", path: path + "remind", body: map[string]any{}, status: 429, code: "reminded_recently", refused: "remind reminded_recently"},
		{name: "remind by a stranger", person: "P001", method: "POST", path: path + "remind", body: map[string]any{}, status: 404, code: "not_found", refused: "remind forbidden"},
		{name: "copy to nobody", person: "P004", method: "POST", path: path + "cc", body: cc(), status: 422, code: "bad_action", refused: "cc bad_action"},
		{name: "copy to somebody unknown", person: "P004", method: "POST", path: path + "cc", body: cc("P999"), status: 422, code: "bad_action", refused: "cc bad_action"},
		{name: "copy to a number", person: "P004", method: "POST", path: path + "cc", body: cc(7), status: 422, code: "bad_action", refused: "cc bad_action"},
		{name: "copy", person: "P004", method: "POST", path: path + "cc", body: cc("P001", "P015"), status: 200},
		{name: "who got a copy reads", person: "P001", method: "GET", path: "/tickets/" + number, status: 200},
		{name: "but does not sign", person: "P001", method: "POST", path: "/tickets/" + number + "/decisions", body: approve(w.pin("P001")), status: 403, code: "forbidden", refused: "approve forbidden"},
		{name: "nor copies", person: "P001", method: "POST", path: path + "cc", body: cc("P002"), status: 403, code: "forbidden", refused: "cc forbidden"},
		{name: "unknown action", person: "P004", method: "POST", path: path + "explode", body: map[string]any{}, status: 422, code: "unknown_action"},
	})
	for person, kind := range map[string]string{"P006": store.NoticeReminder, "P001": store.NoticeCC} {
		a := w.must(w.as(person, "GET", "/notices?unread=true", nil), 200)
		if !strings.Contains(a.body, fmt.Sprintf(`"kind":%q`, kind)) || !strings.Contains(a.body, `"unread":1`) {
			t.Errorf("notices of %s: %s", person, a.body)
		}
		w.must(w.as(person, "POST", "/notices/read", map[string]any{}), 204)
		if a := w.as(person, "GET", "/notices?unread=true", nil); !strings.Contains(a.body, `"unread":0`) {
			t.Errorf("notices of %s after reading: %s", person, a.body)
		}
	}
	w.now = w.now.Add(61 * time.Minute)
	clear(w.tokens) // the old session is idle for too long
	w.must(w.act("P004", number, "remind", nil), 200)
	a := w.must(w.as("P004", "GET", "/tickets/"+number+"/timeline", nil), 200)
	for _, want := range []string{`"action":"draft"`, `"action":"attach"`, `"action":"submit"`, `"action":"remind"`, `"action":"cc"`, `"outcome":"refused"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("timeline lacks %s: %s", want, a.body)
		}
	}
	if strings.Contains(a.body, `"ip"`) {
		t.Error("the timeline shows addresses")
	}
}
