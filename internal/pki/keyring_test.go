package pki

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var lightKDF = KDF{Time: 1, MemoryKiB: 64, Threads: 1}

func newRing(t *testing.T, o KeyringOptions) *Keyring {
	t.Helper()
	o.KDF = lightKDF
	k, err := NewKeyring(testMaster(t, 1), o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newKey(t *testing.T, k *Keyring, person string) SealedKey {
	t.Helper()
	s, err := k.NewKey(t.Context(), person, 1, "246813")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestUnlockSignsWithTheSealedKey(t *testing.T) {
	k := newRing(t, KeyringOptions{})
	raw, err := json.Marshal(newKey(t, k, "P001"))
	if err != nil {
		t.Fatal(err)
	}
	var s SealedKey
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	signer, err := k.Unlock(t.Context(), s, "246813")
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("statement"))
	sig, err := signer.Sign(rand.Reader, digest[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := s.PublicKey()
	if err != nil || !ecdsa.VerifyASN1(pub.(*ecdsa.PublicKey), digest[:], sig) {
		t.Fatalf("signature does not verify: %v", err)
	}
}

func TestUnlockRefuses(t *testing.T) {
	k := newRing(t, KeyringOptions{})
	for name, c := range map[string]struct {
		change func(*SealedKey)
		pin    string
		want   error
	}{
		"wrong PIN":      {func(*SealedKey) {}, "246814", ErrWrongPIN},
		"other person":   {func(s *SealedKey) { s.Person = "P002" }, "246813", ErrWrongPIN},
		"other version":  {func(s *SealedKey) { s.Version = 2 }, "246813", ErrWrongPIN},
		"other public":   {func(s *SealedKey) { s.Public = newKey(t, k, "P001").Public }, "246813", ErrWrongPIN},
		"weaker KDF":     {func(s *SealedKey) { s.KDF.MemoryKiB = 32 }, "246813", ErrWrongPIN},
		"huge KDF":       {func(s *SealedKey) { s.KDF.MemoryKiB = 1 << 31 }, "246813", ErrSealedKey},
		"zero KDF":       {func(s *SealedKey) { s.KDF = KDF{} }, "246813", ErrSealedKey},
		"cut ciphertext": {func(s *SealedKey) { s.Sealed = s.Sealed[:5] }, "246813", ErrWrongPIN},
	} {
		t.Run(name, func(t *testing.T) {
			s := newKey(t, k, "P001")
			c.change(&s)
			if _, err := k.Unlock(t.Context(), s, c.pin); !errors.Is(err, c.want) {
				t.Fatalf("want %v, got %v", c.want, err)
			}
		})
	}
	other, err := NewKeyring(testMaster(t, 2), KeyringOptions{KDF: lightKDF})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Unlock(t.Context(), newKey(t, k, "P001"), "246813"); !errors.Is(err, ErrWrongPIN) {
		t.Fatalf("another pepper: %v", err)
	}
}

// slow fills every argon2id slot, so that only a warm key can be unlocked.
func slow(t *testing.T, k *Keyring, s SealedKey, pin string) bool {
	t.Helper()
	for range cap(k.slots) {
		k.slots <- struct{}{}
	}
	defer func() {
		for range cap(k.slots) {
			<-k.slots
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := k.Unlock(ctx, s, pin)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	return err != nil
}

func TestWarmKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newRing(t, KeyringOptions{WarmFor: time.Minute, Parallel: 1})
		s := newKey(t, k, "P001")
		unlock := func() {
			t.Helper()
			if _, err := k.Unlock(t.Context(), s, "246813"); err != nil {
				t.Fatal(err)
			}
		}
		if !slow(t, k, s, "246813") {
			t.Fatal("a key that was never unlocked is warm")
		}
		unlock()
		if slow(t, k, s, "246813") {
			t.Fatal("the key is not warm after an unlock")
		}
		if !slow(t, k, s, "246814") {
			t.Fatal("a wrong PIN does not take the slow way")
		}
		if _, err := k.Unlock(t.Context(), s, "246814"); !errors.Is(err, ErrWrongPIN) {
			t.Fatalf("a warm key accepts a wrong PIN: %v", err)
		}
		k.Forget("P002")
		if slow(t, k, s, "246813") {
			t.Fatal("forgetting somebody else dropped the key")
		}
		k.Forget("P001")
		if !slow(t, k, s, "246813") {
			t.Fatal("a forgotten key is warm")
		}
		unlock()
		time.Sleep(2 * time.Minute)
		if len(k.warm) != 0 {
			t.Fatal("the key stays in memory after its time")
		}
		unlock()
		k.ForgetAll()
		if !slow(t, k, s, "246813") {
			t.Fatal("ForgetAll left a key")
		}
	})
}

func TestWarmKeysAreOffAndBounded(t *testing.T) {
	off := newRing(t, KeyringOptions{Parallel: 1})
	s := newKey(t, off, "P001")
	if _, err := off.Unlock(t.Context(), s, "246813"); err != nil {
		t.Fatal(err)
	}
	if !slow(t, off, s, "246813") {
		t.Fatal("WarmFor 0 keeps keys")
	}
	k := newRing(t, KeyringOptions{WarmFor: time.Hour, MaxWarm: 2, Parallel: 1})
	keys := []SealedKey{newKey(t, k, "P001"), newKey(t, k, "P002"), newKey(t, k, "P003")}
	for _, s := range keys {
		if _, err := k.Unlock(t.Context(), s, "246813"); err != nil {
			t.Fatal(err)
		}
	}
	if !slow(t, k, keys[0], "246813") || slow(t, k, keys[2], "246813") || len(k.warm) != 2 {
		t.Fatal("the oldest entry was not replaced")
	}
	k.ForgetAll()
}

func TestChangePIN(t *testing.T) {
	k := newRing(t, KeyringOptions{WarmFor: time.Hour})
	s := newKey(t, k, "P001")
	if _, err := k.ChangePIN(t.Context(), s, "000000", "975310"); !errors.Is(err, ErrWrongPIN) {
		t.Fatalf("wrong old PIN: %v", err)
	}
	if _, err := k.ChangePIN(t.Context(), s, "246813", "12"); !errors.Is(err, ErrPINFormat) {
		t.Fatalf("short new PIN: %v", err)
	}
	changed, err := k.ChangePIN(t.Context(), s, "246813", "975310")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Unlock(t.Context(), changed, "246813"); !errors.Is(err, ErrWrongPIN) {
		t.Fatalf("the old PIN still works: %v", err)
	}
	if _, err := k.Unlock(t.Context(), changed, "975310"); err != nil {
		t.Fatal(err)
	}
	if string(changed.Public) != string(s.Public) {
		t.Fatal("changing the PIN changed the key")
	}
	k.ForgetAll()
}

func TestPINPolicy(t *testing.T) {
	for pin, ok := range map[string]bool{
		"": false, "12345": false, "246813": true, "123456789012": true, "1234567890123": false,
		"口令": false, "长一点的口令短语八": true, "abcdefg": false, "abcdefgh": true, " abcdefgh": false, "abcd\xffefgh": false,
	} {
		if err := CheckPIN(pin); (err == nil) != ok {
			t.Errorf("%q: %v", pin, err)
		}
	}
	if _, err := newRing(t, KeyringOptions{}).NewKey(t.Context(), "P001", 1, "1"); !errors.Is(err, ErrPINFormat) {
		t.Fatalf("want ErrPINFormat, got %v", err)
	}
	if _, err := NewKeyring(testMaster(t, 1), KeyringOptions{KDF: KDF{Time: 1}}); err == nil {
		t.Fatal("bad argon2id parameters were accepted")
	}
}

func BenchmarkUnlock(b *testing.B) {
	for name, warm := range map[string]time.Duration{"cold": 0, "warm": time.Hour} {
		b.Run(name, func(b *testing.B) {
			m, err := NewMaster(make([]byte, masterSize))
			if err != nil {
				b.Fatal(err)
			}
			k, err := NewKeyring(m, KeyringOptions{WarmFor: warm})
			if err != nil {
				b.Fatal(err)
			}
			s, err := k.NewKey(b.Context(), "P001", 1, "246813")
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := k.Unlock(b.Context(), s, "246813"); err != nil {
					b.Fatal(err)
				}
			}
			k.ForgetAll()
		})
	}
}
