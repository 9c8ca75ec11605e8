package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func (w *world) login(account, password string) answer {
	w.t.Helper()
	return w.as("", "POST", "/session", map[string]string{"account": account, "password": password})
}

func TestLoginAndLogout(t *testing.T) {
	w := newWorld(t)
	a := w.must(w.login("zhao.wenbo", testPassword), 201)
	var s sessionBody
	a.decode(t, &s)
	if s.Person.ID != "P004" || len(s.Token) < 43 || len(s.CSRF) < 43 || s.Token == s.CSRF {
		t.Fatalf("%+v", s)
	}
	cookie := a.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/", cookieName + "="} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	bearer := func(method, path string) answer {
		req := httptest.NewRequest(method, base+path, nil)
		req.Header.Set("Authorization", "Bearer "+s.Token)
		return w.send(req)
	}
	me := w.must(bearer("GET", "/me"), 200)
	for _, want := range []string{`"id":"P004"`, "赵文博", "implementer.engineer", `"todo":0`, `"not_after"`} {
		if !strings.Contains(me.body, want) {
			t.Errorf("me lacks %s: %s", want, me.body)
		}
	}
	w.must(bearer("DELETE", "/session"), 204)
	if a := bearer("GET", "/me"); a.StatusCode != 401 || a.code() != "no_session" {
		t.Errorf("a session that was ended still works: %d %s", a.StatusCode, a.body)
	}
}

func TestLoginFailuresLookAlikeAndAreRecorded(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Limits.LoginTries = 3 })
	if err := w.store.PutPerson(t.Context(), disabled(w, "P005")); err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, try := range [][2]string{{"zhao.wenbo", "wrong-password"}, {"nobody.here", testPassword}, {"sun.xiaolei", testPassword}, {"", ""}, {"a\x00b", "x"}} {
		a := w.login(try[0], try[1])
		if a.StatusCode != 401 || a.code() != "login_failed" {
			t.Errorf("%q: got %d %s", try[0], a.StatusCode, a.body)
		}
		var p Problem
		a.decode(t, &p)
		bodies = append(bodies, p.Detail)
	}
	if len(slices.Compact(bodies)) != 1 {
		t.Errorf("failures can be told apart: %q", bodies)
	}
	for range 2 {
		w.login("zhao.wenbo", "wrong-password")
	}
	if a := w.login("zhao.wenbo", testPassword); a.StatusCode != 429 || a.code() != "too_many_requests" {
		t.Errorf("after three failures: got %d %s", a.StatusCode, a.body)
	}
	w.now = w.now.Add(16 * time.Minute)
	w.must(w.login("zhao.wenbo", testPassword), 201)
	n := 0
	for _, r := range w.refusals("system") {
		if strings.HasPrefix(r, "login login_failed") || strings.HasPrefix(r, "login too_many_requests") {
			n++
		}
	}
	if n != 8 {
		t.Errorf("%d refused logins are recorded, want 8: %q", n, w.refusals("system"))
	}
	if strings.Contains(w.log.String(), testPassword) || strings.Contains(w.log.String(), "wrong-password") {
		t.Error("a password is in the log")
	}
}

func TestSessionsExpire(t *testing.T) {
	w := newWorld(t)
	start := w.now
	token := w.token("P004")
	get := func() answer { return w.as("P004", "GET", "/me", nil) }
	w.must(get(), 200)
	for range 30 { // in use: idle time does not run out
		w.now = w.now.Add(20 * time.Minute)
		if w.now.Sub(start) < 12*time.Hour {
			w.must(get(), 200)
		}
	}
	w.now = start.Add(12 * time.Hour)
	if a := get(); a.code() != "no_session" {
		t.Errorf("after 12 hours: %d %s", a.StatusCode, a.body)
	}
	delete(w.tokens, "P004")
	if w.token("P004") == token {
		t.Fatal("tokens repeat")
	}
	w.must(get(), 200)
	w.now = w.now.Add(31 * time.Minute)
	if a := get(); a.code() != "no_session" {
		t.Errorf("after 31 idle minutes: %d %s", a.StatusCode, a.body)
	}
}

func TestBadTokens(t *testing.T) {
	w := newWorld(t)
	good := w.token("P004")
	for name, header := range map[string]string{
		"garbage": "Bearer garbage", "cut": "Bearer " + good[:20], "longer": "Bearer " + good + "x", "other scheme": "Basic " + good,
		"empty": "Bearer ", "no scheme": good, "SQL": "Bearer ' OR 1=1 --", "huge": "Bearer " + strings.Repeat("x", 4000),
	} {
		req := httptest.NewRequest("GET", base+"/me", nil)
		req.Header.Set("Authorization", header)
		if a := w.send(req); a.StatusCode != 401 || a.code() != "no_session" {
			t.Errorf("%s: got %d %s", name, a.StatusCode, a.body)
		}
	}
	if err := w.store.PutPerson(t.Context(), disabled(w, "P004")); err != nil {
		t.Fatal(err)
	}
	clear(w.server.people.people)
	if a := w.as("P004", "GET", "/me", nil); a.code() != "no_session" {
		t.Errorf("a disabled person is still served: %d %s", a.StatusCode, a.body)
	}
}

func TestCookieSessionsNeedTheCSRFToken(t *testing.T) {
	w := newWorld(t)
	token := w.token("P004")
	send := func(method, path, body string, headers ...string) answer {
		var reader io.Reader
		if body != "" {
			reader = strings.NewReader(body)
		}
		req := httptest.NewRequest(method, base+path, reader)
		req.AddCookie(&http.Cookie{Name: cookieName, Value: token})
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		return w.send(req)
	}
	w.must(send("GET", "/me", ""), 200)
	draft, err := json.Marshal(map[string]any{"process": "upgrade", "system": testSystem, "form": map[string]any{}, "draft": true})
	if err != nil {
		t.Fatal(err)
	}
	for name, headers := range map[string][]string{
		"none": nil, "wrong": {csrfHeader, "wrong"}, "of somebody else": {csrfHeader, "csrf-P006"},
		"from another site": {csrfHeader, "csrf-P004", "Sec-Fetch-Site", "cross-site"},
	} {
		if a := send("POST", "/tickets", string(draft), headers...); a.StatusCode != 403 || a.code() != "csrf" {
			t.Errorf("%s: got %d %s", name, a.StatusCode, a.body)
		}
	}
	w.must(send("POST", "/tickets", string(draft), csrfHeader, "csrf-P004", "Sec-Fetch-Site", "same-origin"), 201)
	n := 0
	for _, r := range w.refusals("system") {
		if strings.HasPrefix(r, "POST /api/v1/tickets csrf") {
			n++
		}
	}
	if n != 4 {
		t.Errorf("%d CSRF refusals are recorded, want 4: %q", n, w.refusals("system"))
	}
}
