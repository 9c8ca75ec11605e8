package api

import (
	"sync"
	"time"
)

// throttle slows down whoever guesses passwords: after some tries of one key within a window, further ones are refused. A
// try counts before it is judged, so that tries at the same time count as well. It lives in memory, so every API process
// counts for itself; the store locks accounts for all.
type throttle struct {
	tries  int
	window time.Duration
	most   int // keys; strangers cannot fill the memory

	mu    sync.Mutex
	keys  map[string]*attempts
	swept time.Time
}

type attempts struct {
	at   []time.Time // tries that failed or are being judged
	told time.Time   // when a refusal was last reported
}

// maxThrottled is how many keys a throttle knows. When it is full of recent ones, new keys are refused.
const maxThrottled = 10_000

// noRoom stands for all keys that a full throttle does not know.
const noRoom = "\x00"

func newThrottle(tries int, window time.Duration) *throttle {
	return &throttle{tries: tries, window: window, most: maxThrottled, keys: map[string]*attempts{}}
}

// begin counts a try. ok is false when it must not be judged; first says that it is the first such refusal of the key in
// this window, and worth a record.
func (t *throttle) begin(key string, now time.Time) (ok, first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.keys[key]
	if a == nil {
		if !t.room(now) {
			key = noRoom // all keys that found none share one report
		}
		if a = t.keys[key]; a == nil {
			a = &attempts{}
			t.keys[key] = a
		}
	}
	a.at = t.recent(a.at, now)
	if key == noRoom || len(a.at) >= t.tries {
		if first = a.told.IsZero() || now.Sub(a.told) >= t.window; first {
			a.told = now
		}
		return false, first
	}
	a.at = append(a.at, now)
	return true, false
}

// forget drops the tries of a key.
func (t *throttle) forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.keys, key)
}

// giveBack takes one try of a key back.
func (t *throttle) giveBack(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := t.keys[key]; a != nil && len(a.at) > 0 {
		a.at = a.at[:len(a.at)-1]
	}
}

// room reports whether another key may be counted. A full throttle is swept at most ten times in a window: looking
// through all keys at every try would be a burden of its own. The caller holds mu.
func (t *throttle) room(now time.Time) bool {
	if len(t.keys) >= t.most && now.Sub(t.swept) >= t.window/10 {
		t.swept = now
		for k, a := range t.keys {
			if len(t.recent(a.at, now)) == 0 && now.Sub(a.told) >= t.window {
				delete(t.keys, k)
			}
		}
	}
	return len(t.keys) < t.most
}

// recent drops tries that are older than the window.
func (t *throttle) recent(all []time.Time, now time.Time) []time.Time {
	for len(all) > 0 && now.Sub(all[0]) >= t.window {
		all = all[1:]
	}
	return all
}
