package api

import (
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"countersign/rbac"
)

// TestEveryRouteHasAPermission holds the routes that Fiber serves against the permission table, in both directions.
func TestEveryRouteHasAPermission(t *testing.T) {
	w := newWorld(t)
	parameter := regexp.MustCompile(`:([a-z]+)`)
	served := map[string]bool{}
	for _, r := range w.server.App().GetRoutes(true) {
		if r.Method == fiber.MethodHead {
			continue
		}
		served[r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}")] = true
	}
	for route := range served {
		if _, ok := rbac.Routes[route]; !ok {
			t.Errorf("%s is served without a permission", route)
		}
	}
	for route := range rbac.Routes {
		if !served[route] {
			t.Errorf("%s has a permission but is not served", route)
		}
	}
}

// TestNoRouteAnswersStrangers asks every route without a session: all but the public ones must refuse.
func TestNoRouteAnswersStrangers(t *testing.T) {
	w := newWorld(t)
	for route, p := range rbac.Routes {
		method, path, _ := strings.Cut(route, " ")
		path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "1")
		body := strings.NewReader(`not even JSON`)
		req := httptest.NewRequest(method, path, body)
		req.Header.Set("Content-Type", "application/json")
		a := w.send(req)
		if p.Access == rbac.Public {
			if a.StatusCode == 401 {
				t.Errorf("%s is public but asks for a session", route)
			}
			continue
		}
		if a.StatusCode != 401 || a.code() != "no_session" {
			t.Errorf("%s answers %d to a stranger: %.200s", route, a.StatusCode, a.body)
		}
	}
}

func TestOpenAPIDescribesEveryOperation(t *testing.T) {
	w := newWorld(t)
	a := w.must(w.send(httptest.NewRequest("GET", "/openapi.json", nil)), 200)
	var spec struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal([]byte(a.body), &spec); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(spec.OpenAPI, "3.1") {
		t.Errorf("OpenAPI version %q", spec.OpenAPI)
	}
	if strings.Contains(a.body, "http://") || strings.Contains(a.body, "https://") {
		for _, url := range regexp.MustCompile(`https?://[^"\\ ]+`).FindAllString(a.body, 3) {
			t.Errorf("the document names the outside address %s", url)
		}
	}
	plain := []string{"GET /openapi.json", "GET /docs", "GET /docs/{file}"}
	for route := range rbac.Routes {
		method, path, _ := strings.Cut(route, " ")
		op, ok := spec.Paths[path][strings.ToLower(method)]
		if slices.Contains(plain, route) {
			continue
		}
		if !ok || op.OperationID == "" || op.Summary == "" || len(op.Responses) == 0 {
			t.Errorf("%s is not described", route)
		}
	}
}

// TestPagesLoadNothingFromOutside reads the pages that are built in and the headers of every kind of answer.
func TestPagesLoadNothingFromOutside(t *testing.T) {
	w := newWorld(t)
	for path, contains := range map[string]string{
		"/": "三方会签", "/docs": "docs.js", "/docs/docs.js": "openapi.json", "/docs/docs.css": "body", "/healthz": "ok", "/readyz": "ok",
		"/metrics": "go_goroutines", "/api/v1/me": "no_session", "/nowhere": "not_found", "/docs/..%2f..%2fapi.go": "not_found",
	} {
		a := w.send(httptest.NewRequest("GET", path, nil))
		if !strings.Contains(a.body, contains) {
			t.Errorf("%s: %d %.200s", path, a.StatusCode, a.body)
		}
		if strings.Contains(a.body, "//unpkg") || strings.Contains(a.body, "https://") {
			t.Errorf("%s loads from outside", path)
		}
		csp := a.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'self'") || !strings.Contains(csp, "script-src 'self';") || a.Header.Get("X-Content-Type-Options") != "nosniff" ||
			a.Header.Get("X-Frame-Options") != "DENY" || a.Header.Get("X-Request-ID") == "" {
			t.Errorf("%s: headers %v", path, a.Header)
		}
	}
}
