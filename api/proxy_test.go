package api

import (
	"net/http/httptest"
	"strings"
	"testing"

	"countersign"
	"countersign/internal/store"
)

func TestClientAddressBehindProxies(t *testing.T) {
	const self = "0.0.0.0" // where test requests come from
	for name, c := range map[string]struct{ proxies, forwarded, want string }{
		"no proxy":             {"", "", self},
		"invented by a client": {"", "203.0.113.9", self},
		"other proxy":          {"10.0.0.1", "203.0.113.9", self},
		"by a proxy":           {self, "203.0.113.9", "203.0.113.9"},
		"by a range":           {"0.0.0.0/8", "203.0.113.9", "203.0.113.9"},
		"invented before":      {self, "198.51.100.7, 203.0.113.9", "203.0.113.9"},
		"two proxies":          {self + ",10.0.0.0/8", "198.51.100.7, 203.0.113.9, 10.1.2.3", "203.0.113.9"},
		"proxies only":         {self + ",10.0.0.0/8", "10.0.0.2,10.0.0.3", "10.0.0.2"},
		"no address":           {self, "203.0.113.9, unknown", self},
		"empty":                {self, "", self},
		"IPv6":                 {self, "2001:db8::1", "2001:db8::1"},
		"IPv4 in IPv6":         {self, "::ffff:203.0.113.9", "203.0.113.9"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(cfg *Config) {
				if c.proxies != "" {
					cfg.Proxies = strings.Split(c.proxies, ",")
				}
			})
			req := httptest.NewRequest("POST", base+"/session", strings.NewReader(`{"account":"nobody","password":"x"}`))
			req.Header.Set("Content-Type", "application/json")
			if c.forwarded != "" {
				req.Header.Set("X-Forwarded-For", c.forwarded)
			}
			w.must(w.send(req), 401)
			entries, _, err := w.store.AuditEntries(t.Context(), store.AuditQuery{Chain: countersign.SystemChain}, store.Page{Limit: 10})
			if err != nil || len(entries) == 0 || entries[0].Detail["ip"] != c.want {
				t.Errorf("recorded %+v (%v), want %s", entries, err, c.want)
			}
		})
	}
}
