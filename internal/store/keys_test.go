package store

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"

	"countersign"
)

func personKey(person string, version int) PersonKey {
	return PersonKey{
		Person: person, Version: version, Serial: fmt.Sprintf("%s-%d", person, version), Sealed: []byte(fmt.Sprint("sealed", version)),
		Certificate: []byte{0, 1, 2}, CreatedAt: day,
	}
}

func TestKeysHaveOneActiveVersion(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		staff(t, s)
		_, err := s.ActiveKey(t.Context(), "P001")
		wantCode(t, err, countersign.ErrNotFound)
		for v := range 3 {
			if n := got(s.KeyVersions(t.Context(), "P001"))(t); n != v {
				t.Errorf("%d versions, want %d", n, v)
			}
			must(t, s.AddKey(t.Context(), personKey("P001", v+1)))
		}
		wantCode(t, s.AddKey(t.Context(), personKey("P001", 3)), countersign.ErrDuplicate)
		other := personKey("P002", 1)
		other.Serial = "P001-1"
		wantCode(t, s.AddKey(t.Context(), other), countersign.ErrDuplicate)
		wantCode(t, s.AddKey(t.Context(), personKey("none", 1)), countersign.ErrNotFound)
		k := got(s.ActiveKey(t.Context(), "P001"))(t)
		if k.Version != 3 || string(k.Sealed) != "sealed3" || !bytes.Equal(k.Certificate, []byte{0, 1, 2}) || k.Status != KeyActive || !k.CreatedAt.Equal(day) {
			t.Errorf("%+v", k)
		}
		all := got(s.Keys(t.Context(), "P001"))(t)
		if len(all) != 3 || all[0].Status != KeyReplaced || all[1].Status != KeyReplaced || all[2].ID != k.ID {
			t.Errorf("%+v", all)
		}
		if old := got(s.KeyBySerial(t.Context(), "P001-1"))(t); old.Version != 1 {
			t.Errorf("%+v", old)
		}
		must(t, s.EndKey(t.Context(), k.ID))
		_, err = s.ActiveKey(t.Context(), "P001")
		wantCode(t, err, countersign.ErrNotFound)
		wantCode(t, s.EndKey(t.Context(), 999), countersign.ErrNotFound)
	})
}

func TestWrongPINsLockTheKey(t *testing.T) {
	timed(t, func(t *testing.T, s *Store, c *clock) {
		staff(t, s)
		must(t, s.AddKey(t.Context(), personKey("P001", 1)))
		id := got(s.ActiveKey(t.Context(), "P001"))(t).ID
		if n := got(s.TryPIN(t.Context(), id, 10))(t); n != 1 || got(s.PINFailed(t.Context(), id, 10))(t) {
			t.Errorf("the first wrong PIN is number %d or locks", n)
		}
		must(t, s.PINSucceeded(t.Context(), id))
		var wg sync.WaitGroup
		var mu sync.Mutex
		refused, locks, counts := 0, 0, []int{}
		for range 40 { // guessing from many sides at once gives no more tries
			wg.Go(func() {
				n, err := s.TryPIN(t.Context(), id, 10)
				locked := false
				if err == nil {
					locked, err = s.PINFailed(t.Context(), id, 10)
				}
				mu.Lock()
				defer mu.Unlock()
				switch {
				case countersign.CodeOf(err) == countersign.ErrPINLocked.Code:
					refused++
				case err != nil:
					t.Error(err)
				default:
					counts = append(counts, n)
				}
				if locked {
					locks++
				}
			})
		}
		wg.Wait()
		slices.Sort(counts)
		if want := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}; refused != 30 || locks != 1 || !slices.Equal(counts, want) {
			t.Errorf("%d refused, %d answers say locked, counts %v", refused, locks, counts)
		}
		wantCode(t, s.PINSucceeded(t.Context(), id), countersign.ErrPINLocked)
		must(t, s.PINUntried(t.Context(), id))
		if k := got(s.ActiveKey(t.Context(), "P001"))(t); k.LockedAt == nil || !k.LockedAt.Equal(c.now()) || k.FailedPINs != 10 {
			t.Errorf("a right PIN or a try given back unlocked: %+v", k)
		}
		must(t, s.UnlockKey(t.Context(), id))
		if k := got(s.ActiveKey(t.Context(), "P001"))(t); k.LockedAt != nil || k.FailedPINs != 0 {
			t.Errorf("%+v", k)
		}
		must(t, s.ReplaceSealed(t.Context(), id, []byte("sealed1"), []byte("new")))
		wantCode(t, s.ReplaceSealed(t.Context(), id, []byte("sealed1"), []byte("newer")), countersign.ErrConflict)
		if k := got(s.ActiveKey(t.Context(), "P001"))(t); string(k.Sealed) != "new" {
			t.Errorf("%s", k.Sealed)
		}
		for range 2 { // a try that was never judged does not count
			if n := got(s.TryPIN(t.Context(), id, 10))(t); n != 1 {
				t.Errorf("try %d", n)
			}
			must(t, s.PINUntried(t.Context(), id))
		}
		must(t, s.EndKey(t.Context(), id))
		_, err := s.TryPIN(t.Context(), id, 10)
		wantCode(t, err, countersign.ErrPINLocked)
	})
}

func TestSecretsAreWrittenOnce(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		var wg sync.WaitGroup
		results := make(chan error, 8)
		for i := range 8 {
			wg.Go(func() { results <- s.CreateSecret(t.Context(), "ca/root", []byte{byte(i), 0}) })
		}
		wg.Wait()
		close(results)
		won := 0
		for err := range results {
			if err == nil {
				won++
			} else {
				wantCode(t, err, countersign.ErrDuplicate)
			}
		}
		if data := got(s.Secret(t.Context(), "ca/root"))(t); won != 1 || len(data) != 2 || data[1] != 0 {
			t.Errorf("%d won, %v", won, data)
		}
		_, err := s.Secret(t.Context(), "ca")
		wantCode(t, err, countersign.ErrNotFound)
		for _, name := range []string{"revoked/2", "revoked/1", "revokedx", "rev_oked/3"} {
			must(t, s.CreateSecret(t.Context(), name, nil))
		}
		if names := got(s.SecretNames(t.Context(), "revoked/"))(t); !slices.Equal(names, []string{"revoked/1", "revoked/2"}) {
			t.Errorf("%v", names)
		}
		if names := got(s.SecretNames(t.Context(), "rev_"))(t); !slices.Equal(names, []string{"rev_oked/3"}) {
			t.Errorf("%v", names)
		}
	})
}
