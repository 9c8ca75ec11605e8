package api

import (
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

// TestUI serves the files of a web application: packed to browsers that take it, its index for its own paths, and never
// anything in place of the API or of a missing file.
func TestUI(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.UI = fstest.MapFS{
			"index.html": {Data: []byte("index")}, "assets/a.js": {Data: []byte("plain")}, "assets/a.js.gz": {Data: []byte("packed")},
			"icon.svg": {Data: []byte("<svg/>")},
		}
	})
	for _, c := range []struct {
		path, accept     string
		status           int
		body, enc, media string
	}{
		{"/", "gzip", 200, "index", "", "text/html; charset=utf-8"},
		{"/tickets/UPG-2024-000001", "", 200, "index", "", "text/html; charset=utf-8"},
		{"/assets/a.js", "gzip, br", 200, "packed", "gzip", "text/javascript; charset=utf-8"},
		{"/assets/a.js", "", 200, "plain", "", "text/javascript; charset=utf-8"},
		{"/assets/a.js", "gzip;q=0", 200, "plain", "", "text/javascript; charset=utf-8"},
		{"/icon.svg", "gzip", 200, "<svg/>", "", "image/svg+xml"},
		{"/assets/missing.js", "gzip", 404, "", "", "application/problem+json"},
		{"/api/v1/nothing", "gzip", 404, "", "", "application/problem+json"},
	} {
		req := httptest.NewRequest("GET", c.path, nil)
		if c.accept != "" {
			req.Header.Set("Accept-Encoding", c.accept)
		}
		a := w.send(req)
		media, enc := a.Header.Get("Content-Type"), a.Header.Get("Content-Encoding")
		if a.StatusCode != c.status || c.body != "" && string(a.body) != c.body || enc != c.enc || media != c.media {
			t.Errorf("%s (%s): %d %q %q %q", c.path, c.accept, a.StatusCode, a.body, enc, media)
		}
	}
}
