package api

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign"
	"countersign/internal/pki"
	"countersign/internal/store"
)

// slowKeyring takes PINs one after the other, so that tries which come at once wait for each other.
func slowKeyring(t *testing.T) func(*Config) {
	t.Helper()
	master, err := pki.NewMaster(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	keyring, err := pki.NewKeyring(master, pki.KeyringOptions{KDF: pki.KDF{Time: 1, MemoryKiB: 8, Threads: 1}, WarmFor: time.Minute, Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	return func(c *Config) { c.Keyring = keyring }
}

func (w *world) key(person string) store.PersonKey {
	w.t.Helper()
	k, err := w.store.ActiveKey(w.t.Context(), person)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

// TestGuessingAtOnceGivesNoMoreTries sends 39 wrong PINs and the right one at the same time. The right one is sent when ten
// tries were taken, while they may still wait to be judged.
func TestGuessingAtOnceGivesNoMoreTries(t *testing.T) {
	w := newWorld(t, slowKeyring(t))
	number := w.submitted()
	w.token("P006")
	codes := make(chan string, 40)
	guess := func(pin string) {
		codes <- w.as("P006", "POST", "/tickets/"+number+"/decisions", approve(pin)).code()
	}
	var wg sync.WaitGroup
	for range 39 {
		wg.Go(func() { guess("000000") })
	}
	for w.key("P006").FailedPINs < 10 {
		time.Sleep(time.Millisecond)
	}
	guess(w.pin("P006"))
	wg.Wait()
	close(codes)
	count := map[string]int{}
	for code := range codes {
		count[code]++
	}
	if count["pin_wrong"] != 9 || count["pin_locked"] != 31 {
		t.Errorf("answers %v, want 9 wrong, one that locks, and 30 that were not judged", count)
	}
	if k := w.key("P006"); k.LockedAt == nil || k.FailedPINs != 10 {
		t.Errorf("%+v", k)
	}
	if a := w.decide("P006", number, "approve", "同意"); a.code() != "pin_locked" {
		t.Errorf("a locked key signs: %d %s", a.StatusCode, a.body)
	}
	if signatures, err := w.store.Signatures(t.Context(), number); err != nil || len(signatures) != 0 {
		t.Errorf("%d signatures (%v)", len(signatures), err)
	}
	if got := len(w.refusals(number)); got != 41 {
		t.Errorf("%d refusals are recorded, want 41", got)
	}
}

func TestARightPINForgetsWrongOnes(t *testing.T) {
	w := newWorld(t, slowKeyring(t))
	first, second := w.submitted(), w.submitted()
	for range 2 {
		for range 9 {
			if a := w.as("P006", "POST", "/tickets/"+second+"/decisions", approve("000000")); a.code() != "pin_wrong" {
				t.Fatalf("%d %s", a.StatusCode, a.body)
			}
		}
		w.must(w.decide("P006", first, "approve", "同意"), 200)
		if k := w.key("P006"); k.FailedPINs != 0 || k.LockedAt != nil {
			t.Errorf("%+v", k)
		}
		first = w.submitted() // the second time the key is warm
	}
	// A key that is warm is no way around the lock, which another process may have set.
	for range 10 {
		if _, err := w.store.TryPIN(t.Context(), w.key("P006").ID, 10); err != nil {
			t.Fatal(err)
		}
	}
	if a := w.decide("P006", first, "approve", "同意"); a.code() != countersign.ErrPINLocked.Code {
		t.Errorf("all tries are taken, but: %d %s", a.StatusCode, a.body)
	}
	if locked, err := w.store.PINFailed(t.Context(), w.key("P006").ID, 10); err != nil || !locked {
		t.Fatal(locked, err)
	}
	if a := w.decide("P006", first, "approve", "同意"); a.code() != countersign.ErrPINLocked.Code {
		t.Errorf("a warm key that is locked signs: %d %s", a.StatusCode, a.body)
	}
	if r := w.refusals(first); !slices.Equal(r, []string{"approve pin_locked P006", "approve pin_locked P006"}) {
		t.Errorf("%q", r)
	}
}
