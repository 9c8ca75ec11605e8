package api

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign"
	"countersign/internal/store"
)

func TestThrottleCountsTriesAtOnce(t *testing.T) {
	th := newThrottle(5, time.Minute)
	var judged, told atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			ok, first := th.begin("k", testStart)
			if ok {
				judged.Add(1)
			}
			if first {
				told.Add(1)
			}
		})
	}
	wg.Wait()
	if judged.Load() != 5 || told.Load() != 1 {
		t.Errorf("%d judged, %d reported, want 5 and 1", judged.Load(), told.Load())
	}
	th.giveBack("k")
	if ok, _ := th.begin("k", testStart); !ok {
		t.Error("a try that was given back counts")
	}
	if ok, _ := th.begin("k", testStart.Add(time.Minute)); !ok {
		t.Error("old tries count")
	}
	th.forget("k")
	for range 5 {
		if ok, _ := th.begin("k", testStart.Add(time.Minute)); !ok {
			t.Error("forgotten tries count")
		}
	}
}

func TestFullThrottleRefusesNewKeys(t *testing.T) {
	th := newThrottle(2, time.Minute)
	th.most = 3
	begin := func(key string, now time.Time) string { return fmt.Sprint(th.begin(key, now)) }
	for i := range 3 {
		if got := begin(fmt.Sprint(i), testStart); got != "true false" {
			t.Errorf("key %d: %s", i, got)
		}
	}
	for i, want := range []string{"false true", "false false", "false false"} {
		if got := begin(fmt.Sprint("new", i), testStart); got != want {
			t.Errorf("new key %d: %s, want %s", i, got, want)
		}
	}
	if got := begin("0", testStart.Add(time.Second)); got != "true false" {
		t.Errorf("a known key: %s", got)
	}
	if len(th.keys) > th.most+1 {
		t.Errorf("%d keys", len(th.keys))
	}
	if got := begin("new", testStart.Add(2*time.Minute)); got != "true false" || len(th.keys) > 2 {
		t.Errorf("after the window: %s, %d keys", got, len(th.keys))
	}
}

// TestGuessingAccountsFromOneAddressEnds tries ever new accounts.
func TestGuessingAccountsFromOneAddressEnds(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Limits.LoginTries = 1 })
	codes := map[string]int{}
	for i := range 30 {
		codes[w.login(fmt.Sprintf("My-Secret-%d", i), "x").code()]++
	}
	if codes["login_failed"] != addressTries || codes["too_many_requests"] != 30-addressTries {
		t.Errorf("answers %v", codes)
	}
	if r := w.refusals("system"); len(r) != addressTries+1 {
		t.Errorf("%d rows for 30 tries: %q", len(r), r)
	}
	entries, _, err := w.store.AuditEntries(t.Context(), store.AuditQuery{Chain: countersign.SystemChain, Outcome: countersign.OutcomeRefused}, store.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(fmt.Sprint(e.Detail), "Secret") || len(e.Detail["account_digest"]) != 12 {
			t.Errorf("recorded %v", e.Detail)
		}
	}
	w.now = w.now.Add(16 * time.Minute)
	for range 3 * addressTries { // right passwords do not count
		w.must(w.login("zhao.wenbo", testPassword), 201)
	}
	w.login("zhao.wenbo", "wrong")
	entries, _, err = w.store.AuditEntries(t.Context(), store.AuditQuery{Chain: countersign.SystemChain, Outcome: countersign.OutcomeRefused}, store.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	if d := entries[len(entries)-1].Detail; d["account"] != "zhao.wenbo" || d["person"] != "P004" || d["account_digest"] != "" {
		t.Errorf("recorded %v", d)
	}
}
