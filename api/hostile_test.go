package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestHostileBodies(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	before := w.ticket(number)
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	deeper := strings.Repeat(`[`, 50_000)
	bodies := map[string]string{
		"empty": "", "no JSON": "hello", "cut": `{"decision":"approve"`, "array": `[]`, "null": `null`, "number": `7`, "two values": `{} {}`,
		"wrong type": `{"decision":7,"pin":"1"}`, "unknown field": `{"decision":"approve","pin":"1","admin":true}`, "pin as object": `{"decision":"approve","pin":{"$gt":""}}`,
		"deep": `{"decision":"approve","pin":"1","waivers":` + deep + `}`, "deeper": deeper, "huge number": `{"decision":"approve","revision":1e400}`,
		"negative": `{"decision":"approve","revision":-1}`, "long opinion": `{"decision":"approve","opinion":"` + strings.Repeat("长", 2001) + `"}`,
		"too many waivers": `{"decision":"approve","waivers":["a","b","c","d","e"]}`, "bad UTF-8": "{\"decision\":\"approve\",\"opinion\":\"\xff\xfe\"}",
		"NUL in opinion": `{"decision":"approve","opinion":"a\u0000b","pin":"` + w.pin("P006") + `"}`, "picture that is none": `{"decision":"approve","handwriting":"AAAA","pin":"` + w.pin("P006") + `"}`,
	}
	for name, body := range bodies {
		a := w.as("P006", "POST", "/tickets/"+number+"/decisions", body)
		if a.StatusCode != 400 || a.code() != "malformed" {
			t.Errorf("%s: got %d %.300s", name, a.StatusCode, a.body)
		}
	}
	for name, body := range map[string]string{"deep": `{"form":{"release_version":` + deep + `}}`, "duplicate keys": `{"form":{"release_version":"a","release_version":["b"]}}`} {
		if a := w.as("P004", "PUT", "/tickets/"+w.draft(w.upgradeForm())+"/form", body); a.StatusCode != 422 && a.StatusCode != 400 {
			t.Errorf("form %s: got %d %.300s", name, a.StatusCode, a.body)
		}
	}
	if after := w.ticket(number); after.Version != before.Version || len(w.engine.commands) != 0 {
		t.Error("a hostile body changed something")
	}
}

func TestHostileHeadersAndPaths(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	body := `{"decision":"approve","pin":"1"}`
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		code               string
	}{
		"gzip":              {"POST", "/tickets/" + number + "/decisions", body, []string{"Content-Encoding", "gzip"}, 415, "unsupported_encoding"},
		"brotli":            {"POST", "/tickets/" + number + "/decisions", body, []string{"Content-Encoding", "br"}, 415, "unsupported_encoding"},
		"text":              {"POST", "/tickets/" + number + "/decisions", body, []string{"Content-Type", "text/plain"}, 415, "unsupported_media_type"},
		"XML":               {"POST", "/tickets/" + number + "/decisions", "<a/>", []string{"Content-Type", "application/xml"}, 415, "unsupported_media_type"},
		"form":              {"POST", "/tickets/" + number + "/decisions", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"},
		"JSON as an upload": {"POST", "/tickets/" + number + "/attachments", body, nil, 400, "malformed"},
		"broken multipart":  {"POST", "/tickets/" + number + "/attachments", "--x\r\n", []string{"Content-Type", "multipart/form-data; boundary=x"}, 400, "malformed"},
		"no boundary":       {"POST", "/tickets/" + number + "/attachments", "x", []string{"Content-Type", "multipart/form-data"}, 400, "malformed"},
		"unknown route":     {"GET", "/nothing", "", nil, 404, "not_found"},
		"unknown method":    {"PATCH", "/tickets", "", nil, 405, "method_not_allowed"},
		"delete a ticket":   {"DELETE", "/tickets/" + number, "", nil, 405, "method_not_allowed"},
		"traversal":         {"GET", "/tickets/..%2f..%2fetc%2fpasswd", "", nil, 404, "not_found"},
		"SQL in a number":   {"GET", "/tickets/" + url.PathEscape("' OR '1'='1"), "", nil, 404, "not_found"},
		"NUL in a number":   {"GET", "/tickets/%00", "", nil, 404, "not_found"},
		"long number":       {"GET", "/tickets/" + strings.Repeat("9", 41), "", nil, 400, "malformed"},
		"text for an ID":    {"GET", "/tickets/" + number + "/attachments/abc", "", nil, 400, "malformed"},
		"huge ID":           {"GET", "/tickets/" + number + "/attachments/99999999999999999999", "", nil, 400, "malformed"},
		"unknown box":       {"GET", "/tickets?box=everything", "", nil, 400, "malformed"},
		"unknown state":     {"GET", "/tickets?box=all&state=open", "", nil, 400, "malformed"},
		"limit":             {"GET", "/tickets?box=all&limit=100000", "", nil, 400, "malformed"},
		"limit as text":     {"GET", "/tickets?box=all&limit=ten", "", nil, 400, "malformed"},
		"cursor":            {"GET", "/tickets?box=all&cursor=" + url.QueryEscape("1' OR 1=1 --"), "", nil, 400, "malformed"},
		"forged cursor":     {"GET", "/tickets?box=all&cursor=MXwnIE9SIDE9MSAtLQ", "", nil, 200, ""},
		"long cursor":       {"GET", "/tickets?box=all&cursor=" + strings.Repeat("A", 300), "", nil, 400, "malformed"},
		"search with signs": {"GET", "/tickets?box=all&q=" + url.QueryEscape(`%_\'"; DROP TABLE tickets; --`), "", nil, 200, ""},
		"NUL in a search":   {"GET", "/tickets?box=all&q=a%00b", "", nil, 400, "malformed"},
	} {
		var sent any
		if c.body != "" {
			sent = c.body
		}
		a := w.as("P004", c.method, c.path, sent, c.headers...)
		if a.StatusCode != c.status || a.code() != c.code {
			t.Errorf("%s: got %d %.300s", name, a.StatusCode, a.body)
		}
		if c.code != "" && a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: content type %q", name, a.Header.Get("Content-Type"))
		}
	}
}

// TestSizesOnTheWire needs a real connection: the limits stand before the request is read.
func TestSizesOnTheWire(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Limits.Body, c.Limits.Upload = 64<<10, 256<<10 })
	number := w.draft(w.upgradeForm())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.server.App().Listener(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := w.server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	root := "http://" + listener.Addr().String()
	for name, c := range map[string]struct {
		path   string
		size   int
		token  bool
		status int
	}{
		"JSON body":            {base + "/tickets", 65 << 10, true, 413},
		"JSON body of nobody":  {base + "/session", 65 << 10, false, 413},
		"upload":               {base + "/tickets/" + number + "/attachments", 257 << 10, true, 413},
		"upload of nobody":     {base + "/tickets/" + number + "/attachments", 65 << 10, false, 401},
		"JSON body that fits":  {base + "/tickets", 60 << 10, true, 400},
		"path without a route": {"/x", 65 << 10, false, 404},
	} {
		req, err := http.NewRequest(http.MethodPost, root+c.path, bytes.NewReader(bytes.Repeat([]byte("x"), c.size)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if c.token {
			req.Header.Set("Authorization", "Bearer "+w.token("P004"))
		}
		status, body := exchange(t, req)
		if status != c.status {
			t.Errorf("%s: got %d %.200s, want %d", name, status, body, c.status)
		}
		var p Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil || p.Detail == "" || p.RequestID == "" {
			t.Errorf("%s: no problem in %q", name, body)
		}
	}
	req, err := http.NewRequest(http.MethodGet, root+base+"/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Long", strings.Repeat("x", 64<<10))
	if status, body := exchange(t, req); status != 413 {
		t.Errorf("long header: got %d %.200s", status, body)
	}
}

func exchange(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestUnknownFailuresAreNotShown breaks the database and looks for anything of the inside in the answer.
func TestUnknownFailuresAreNotShown(t *testing.T) {
	w := newWorld(t)
	token := w.token("P004")
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {})
	req := httptest.NewRequest("GET", base+"/me", nil)
	req.Header.Set("Authorization", "Bearer "+token)
	a := w.send(req)
	if a.StatusCode != 500 && a.StatusCode != 503 || a.code() != "internal" && a.code() != "unavailable" {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
	if strings.Contains(a.body, "sql") || strings.Contains(a.body, "store") {
		t.Errorf("the cause is shown: %s", a.body)
	}
	if !strings.Contains(w.log.String(), "closed") {
		t.Errorf("the cause is not in the log: %s", w.log)
	}
}
