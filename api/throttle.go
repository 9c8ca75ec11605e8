package api

import (
	"sync"
	"time"
)

// throttle slows down whoever guesses passwords: after some failures of one account from one address within a window,
// further tries wait. It lives in memory, so every API process counts for itself; the store locks accounts for all.
type throttle struct {
	tries  int
	window time.Duration

	mu       sync.Mutex
	failures map[string][]time.Time
}

// maxThrottled bounds the memory that strangers can fill; beyond it old entries are swept.
const maxThrottled = 10_000

func newThrottle(tries int, window time.Duration) *throttle {
	return &throttle{tries: tries, window: window, failures: map[string][]time.Time{}}
}

// wait returns how long the key must wait before its next try, 0 for not at all.
func (t *throttle) wait(key string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	recent := t.recent(key, now)
	if len(recent) < t.tries {
		return 0
	}
	return recent[len(recent)-t.tries].Add(t.window).Sub(now)
}

// fail counts a failed try.
func (t *throttle) fail(key string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.failures) >= maxThrottled {
		for k := range t.failures {
			if len(t.recent(k, now)) == 0 {
				delete(t.failures, k)
			}
		}
	}
	t.failures[key] = append(t.recent(key, now), now)
}

// succeed forgets the failures of a key.
func (t *throttle) succeed(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.failures, key)
}

// recent drops failures that are older than the window; the caller holds mu.
func (t *throttle) recent(key string, now time.Time) []time.Time {
	all := t.failures[key]
	for len(all) > 0 && now.Sub(all[0]) >= t.window {
		all = all[1:]
	}
	return all
}
