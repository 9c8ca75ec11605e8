package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign"
)

// scenario is one request and what must be true of its answer.
type scenario struct {
	name    string
	person  string // "" for nobody
	method  string
	path    string // below /api/v1; %s is the ticket
	body    any
	headers []string
	status  int
	code    string   // of the problem, "" for none
	has     []string // must be in the answer
	lacks   []string // must not be
	refused string   // "action code" of the refusal that must be the newest of the ticket's chain, "" for no new one
}

func (w *world) play(number string, list []scenario) {
	for _, sc := range list {
		w.t.(*testing.T).Run(sc.name, func(t *testing.T) {
			w := *w
			w.t = t
			before := len(w.refusals(number))
			path := sc.path
			if strings.Contains(path, "%s") {
				path = fmt.Sprintf(path, number)
			}
			a := w.as(sc.person, sc.method, path, sc.body, sc.headers...)
			if a.StatusCode != sc.status || a.code() != sc.code {
				t.Fatalf("got %d %q, want %d %q: %s", a.StatusCode, a.code(), sc.status, sc.code, a.body)
			}
			for _, s := range sc.has {
				if !strings.Contains(a.body, s) {
					t.Errorf("%q is missing in %s", s, a.body)
				}
			}
			for _, s := range append(sc.lacks, "countersign/", "sqlite", "goroutine", "SELECT ") {
				if strings.Contains(a.body, s) {
					t.Errorf("%q is in %s", s, a.body)
				}
			}
			after := w.refusals(number)
			switch {
			case sc.refused == "" && len(after) != before:
				t.Errorf("unexpected refusal %q", after[len(after)-1])
			case sc.refused != "" && (len(after) != before+1 || after[len(after)-1] != sc.refused+" "+sc.person):
				t.Errorf("refusals %q, want one more: %q", after[min(before, len(after)):], sc.refused)
			}
		})
	}
}

func (w *world) pin(person string) string { return w.pack.Demo.PINs[person] }

func approve(pin string) map[string]any {
	return map[string]any{"decision": "approve", "opinion": "同意", "pin": pin}
}

func TestDecisionsAreRefusedWhenTheyMust(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	const path = "/tickets/%s/decisions"
	with := func(pin string, more map[string]any) map[string]any {
		body := approve(pin)
		for k, v := range more {
			body[k] = v
		}
		return body
	}
	w.play(number, []scenario{
		{name: "supervisor before implementer", person: "P010", method: "POST", path: path, body: approve(w.pin("P010")), status: 409, code: "wrong_step", refused: "approve wrong_step"},
		{name: "client before implementer", person: "P012", method: "POST", path: path, body: approve(w.pin("P012")), status: 409, code: "wrong_step", refused: "approve wrong_step"},
		{name: "the drafter", person: "P004", method: "POST", path: path, body: approve(w.pin("P004")), status: 403, code: "forbidden", refused: "approve forbidden"},
		{name: "signer of another company, who may not know of it", person: "P003", method: "POST", path: path, body: approve(w.pin("P003")), status: 404, code: "not_found", refused: "approve forbidden"},
		{name: "auditor", person: "P016", method: "POST", path: path, body: approve(w.pin("P016")), status: 403, code: "forbidden", refused: "approve forbidden"},
		{name: "wrong PIN", person: "P006", method: "POST", path: path, body: approve("999999"), status: 403, code: "pin_wrong", lacks: []string{"999999"}, refused: "approve pin_wrong"},
		{name: "no PIN", person: "P006", method: "POST", path: path, body: approve(""), status: 403, code: "pin_wrong", refused: "approve pin_wrong"},
		{name: "return without opinion", person: "P006", method: "POST", path: path, body: map[string]any{"decision": "return", "pin": w.pin("P006")}, status: 422, code: "opinion_required", refused: "return opinion_required"},
		{name: "blank opinion", person: "P006", method: "POST", path: path, body: map[string]any{"decision": "reject", "opinion": " \n ", "pin": w.pin("P006")}, status: 422, code: "opinion_required", refused: "reject opinion_required"},
		{name: "waiver by the implementer", person: "P006", method: "POST", path: path, body: with(w.pin("P006"), map[string]any{"waivers": []string{"notice_lead_time"}}), status: 422, code: "waiver_not_allowed", refused: "approve waiver_not_allowed"},
		{name: "another revision", person: "P006", method: "POST", path: path, body: with(w.pin("P006"), map[string]any{"revision": 2}), status: 409, code: "stale_revision", refused: "approve stale_revision"},
		{name: "another step", person: "P006", method: "POST", path: path, body: with(w.pin("P006"), map[string]any{"step": "approval.client"}), status: 409, code: "wrong_step", refused: "approve wrong_step"},
		{name: "for somebody without being a stand-in", person: "P010", method: "POST", path: path, body: with(w.pin("P010"), map[string]any{"on_behalf_of": "P006"}), status: 403, code: "forbidden", refused: ""},
		{name: "unknown decision", person: "P006", method: "POST", path: path, body: map[string]any{"decision": "maybe", "pin": "1"}, status: 400, code: "malformed", has: []string{"decision", "approve, return, reject, withdraw"}},
		{name: "unknown ticket", person: "P006", method: "POST", path: "/tickets/UPG-1999-000001/decisions", body: approve(w.pin("P006")), status: 404, code: "not_found"},
		{name: "withdraw by another", person: "P005", method: "POST", path: path, body: map[string]any{"decision": "withdraw"}, status: 403, code: "not_drafter", refused: "withdraw not_drafter"},
		{name: "the right one", person: "P006", method: "POST", path: path, body: with(w.pin("P006"), map[string]any{"revision": 1, "step": "approval.implementer"}), status: 200, has: []string{`"step":"approval.supervisor"`, `"signature":`}},
		{name: "the same again", person: "P006", method: "POST", path: path, body: approve(w.pin("P006")), status: 409, code: "wrong_step", refused: "approve wrong_step"},
	})
	if got := len(w.engine.commands); got != 1 {
		t.Errorf("%d commands reached the workflow, want 1", got)
	}
	if n := w.refusals("system"); !slices.Contains(n, "approve forbidden P010") {
		t.Errorf("the attempt to act for somebody is not recorded: %q", n)
	}
}

func TestReadingIsLimited(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	hidden := w.draft(w.upgradeForm())
	w.play(number, []scenario{
		{name: "drafter", person: "P004", method: "GET", path: "/tickets/%s", status: 200, has: []string{number, `"withdraw"`, `"release_version":"V3.2.1"`, "赵文博"}, lacks: []string{`"name":"approve"`}},
		{name: "signer", person: "P006", method: "GET", path: "/tickets/%s", status: 200, has: []string{`"name":"approve"`, `"name":"return"`}, lacks: []string{`"withdraw"`}},
		{name: "client, not yet", person: "P012", method: "GET", path: "/tickets/%s", status: 200, lacks: []string{`"name":"approve"`}},
		{name: "auditor", person: "P016", method: "GET", path: "/tickets/%s", status: 200, lacks: []string{`"name":"approve"`, `"name":"remind"`}},
		{name: "another company", person: "P001", method: "GET", path: "/tickets/%s", status: 404, code: "not_found", lacks: []string{"公文"}, refused: "GET /api/v1/tickets/{number} forbidden"},
		{name: "its documents", person: "P001", method: "GET", path: "/tickets/%s/documents", status: 404, code: "not_found", refused: "GET /api/v1/tickets/{number}/documents forbidden"},
		{name: "its evidence", person: "P001", method: "GET", path: "/tickets/%s/evidence", status: 404, code: "not_found", refused: "GET /api/v1/tickets/{number}/evidence forbidden"},
		{name: "its timeline", person: "P001", method: "GET", path: "/tickets/%s/timeline", status: 404, code: "not_found", refused: "GET /api/v1/tickets/{number}/timeline forbidden"},
		{name: "its form", person: "P001", method: "PUT", path: "/tickets/%s/form", body: map[string]any{"form": map[string]any{}}, status: 404, code: "not_found", refused: "draft forbidden"},
		{name: "its attachment", person: "P001", method: "GET", path: "/tickets/%s/attachments/1", status: 404, code: "not_found", refused: "GET /api/v1/tickets/{number}/attachments/{id} forbidden"},
		{name: "no evidence yet", person: "P012", method: "GET", path: "/tickets/%s/evidence", status: 404, code: "not_found"},
		{name: "audit log for the auditor", person: "P016", method: "GET", path: "/audit?chain=" + number, status: 200, has: []string{"forbidden", `"outcome":"refused"`}},
		{name: "audit log for a signer", person: "P012", method: "GET", path: "/audit", status: 403, code: "forbidden"},
		{name: "somebody else's draft", person: "P006", method: "GET", path: "/tickets/" + hidden, status: 404, code: "not_found"},
	})
	boxes := map[string][]string{
		"P004 mine": {hidden, number}, "P006 todo": {number}, "P012 todo": nil, "P012 all": {number}, "P001 all": nil, "P016 all": {number},
		"P005 all": {number}, "P004 todo": nil,
	}
	for box, want := range boxes {
		person, name, _ := strings.Cut(box, " ")
		var list struct{ Items []countersign.Ticket }
		w.must(w.as(person, "GET", "/tickets?box="+name, nil), 200).decode(t, &list)
		var got []string
		for _, item := range list.Items {
			got = append(got, item.Number)
		}
		if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("box %s of %s: %v, want %v", name, person, got, want)
		}
	}
}

func TestSubmissionIsCheckedFieldByField(t *testing.T) {
	w := newWorld(t)
	create := func(form map[string]any) answer {
		return w.as("P004", "POST", "/tickets", map[string]any{"process": "upgrade", "system": testSystem, "form": form})
	}
	a := create(map[string]any{"release_version": "V1"})
	var p Problem
	a.decode(t, &p)
	if a.StatusCode != 422 || p.Code != "invalid_form" {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	problems := map[string]string{}
	for _, f := range p.Errors {
		problems[f.Field] = f.Message
	}
	for _, field := range []string{"release_level", "rollback_steps", "backup_statement", "test_report", "upgrade_at", "window_end", "business_affected", "operators"} {
		if problems[field] == "" {
			t.Errorf("no problem for %s in %v", field, problems)
		}
	}
	var kept struct{ Items []countersign.Ticket }
	w.must(w.as("P004", "GET", "/tickets?box=mine", nil), 200).decode(t, &kept)
	if len(kept.Items) != 0 {
		t.Errorf("a refused submission left something behind: %+v", kept.Items)
	}
	for name, sc := range map[string]struct {
		body   map[string]any
		person string
		status int
		code   string
	}{
		"unknown process":      {map[string]any{"process": "nonsense", "system": testSystem, "form": map[string]any{}}, "P004", 422, "unknown_process"},
		"unknown system":       {map[string]any{"process": "upgrade", "system": "nonsense", "form": map[string]any{}}, "P004", 422, "unknown_system"},
		"another company's":    {map[string]any{"process": "upgrade", "system": "adoption", "form": map[string]any{}}, "P004", 403, "forbidden"},
		"signer drafts":        {map[string]any{"process": "upgrade", "system": testSystem, "form": map[string]any{}}, "P006", 403, "forbidden"},
		"unknown field":        {map[string]any{"process": "upgrade", "system": testSystem, "form": map[string]any{"hack": 1}, "draft": true}, "P004", 422, "invalid_form"},
		"wrong type of a form": {map[string]any{"process": "upgrade", "system": testSystem, "form": map[string]any{"release_version": 7}, "draft": true}, "P004", 422, "invalid_form"},
		"form is no object":    {map[string]any{"process": "upgrade", "system": testSystem, "form": "x"}, "P004", 400, "malformed"},
		"unknown top field":    {map[string]any{"process": "upgrade", "system": testSystem, "form": map[string]any{}, "state": "filed"}, "P004", 400, "malformed"},
	} {
		if a := w.as(sc.person, "POST", "/tickets", sc.body); a.StatusCode != sc.status || a.code() != sc.code {
			t.Errorf("%s: got %d %s", name, a.StatusCode, a.body)
		}
	}
}
