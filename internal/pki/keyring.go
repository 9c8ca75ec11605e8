package pki

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// DefaultWarmFor is how long an unlocked key should stay in memory where nothing else is configured.
const DefaultWarmFor = 5 * time.Minute

// KeyringOptions tune a Keyring.
type KeyringOptions struct {
	KDF      KDF           // for new keys; default DefaultKDF
	WarmFor  time.Duration // how long an unlocked key stays in memory, see DefaultWarmFor; 0 is never
	MaxWarm  int           // most keys in memory; default 256
	Parallel int           // argon2id runs at the same time; default one per core
}

func (o KeyringOptions) withDefaults() KeyringOptions {
	if o.KDF == (KDF{}) {
		o.KDF = DefaultKDF
	}
	if o.MaxWarm <= 0 {
		o.MaxWarm = 256
	}
	if o.Parallel <= 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	return o
}

// Keyring makes, seals and unlocks the keys of people. It is safe for concurrent use.
//
// Every unlock needs the PIN. The first one costs argon2id; after it the key stays warm in memory for a while, and
// the same PIN is then recognised by an HMAC under a key of this process. Any other PIN takes the slow way, so
// guessing never gets cheaper.
type Keyring struct {
	options KeyringOptions
	pepper  []byte
	process []byte        // random HMAC key of the warm entries
	slots   chan struct{} // one per argon2id run

	mu   sync.Mutex
	warm map[warmID]*warmKey
}

// warmID names one sealed form of a key: a changed PIN makes another one.
type warmID [sha256.Size]byte

func (s SealedKey) warmID() warmID { return sha256.Sum256(append(s.context(), s.Sealed...)) }

type warmKey struct {
	person string
	tag    []byte // HMAC of the PIN
	key    *ecdsa.PrivateKey
	until  time.Time
	timer  *time.Timer
}

// NewKeyring returns a keyring that seals under master.
func NewKeyring(master Master, options KeyringOptions) (*Keyring, error) {
	options = options.withDefaults()
	if !options.KDF.valid() {
		return nil, fmt.Errorf("keyring: argon2id parameters %+v are out of bounds", options.KDF)
	}
	process := make([]byte, 32)
	rand.Read(process)
	return &Keyring{
		options: options, pepper: master.Derive("pin"), process: process,
		slots: make(chan struct{}, options.Parallel), warm: map[warmID]*warmKey{},
	}, nil
}

// NewKey makes a P-256 key for a person and seals it under pin. It returns ErrPINFormat, or the context's error
// when ctx ends before it is this key's turn.
func (k *Keyring) NewKey(ctx context.Context, person string, version int, pin string) (SealedKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return SealedKey{}, fmt.Errorf("new key: %w", err)
	}
	return k.seal(ctx, person, version, key, pin)
}

func (k *Keyring) seal(ctx context.Context, person string, version int, key *ecdsa.PrivateKey, pin string) (SealedKey, error) {
	if err := CheckPIN(pin); err != nil {
		return SealedKey{}, err
	}
	if err := k.acquire(ctx); err != nil {
		return SealedKey{}, err
	}
	defer k.release()
	return sealKey(k.pepper, k.options.KDF, person, version, key, pin)
}

// Unlock returns the signer of a sealed key, or ErrWrongPIN, ErrSealedKey or the context's error. The caller has
// checked that the key is neither locked nor revoked, and counts ErrWrongPIN.
func (k *Keyring) Unlock(ctx context.Context, s SealedKey, pin string) (crypto.Signer, error) {
	key, err := k.unlock(ctx, s, pin)
	if err != nil {
		return nil, err
	}
	return key, nil
}

func (k *Keyring) unlock(ctx context.Context, s SealedKey, pin string) (*ecdsa.PrivateKey, error) {
	if !s.KDF.valid() {
		return nil, fmt.Errorf("%w: argon2id parameters %+v", ErrSealedKey, s.KDF)
	}
	id := s.warmID()
	tag := k.tag(id, pin)
	if key := k.lookup(id, tag); key != nil {
		return key, nil
	}
	if err := k.acquire(ctx); err != nil {
		return nil, err
	}
	defer k.release()
	key, err := s.unseal(k.pepper, pin)
	if err != nil {
		return nil, err
	}
	k.remember(id, s.Person, tag, key)
	return key, nil
}

// Warm returns the signer of a key that is warm, nil when it is not or the PIN is another. It costs next to nothing and
// tells a guesser nothing that Unlock would not: a PIN that it does not know must take the slow way, counted.
func (k *Keyring) Warm(s SealedKey, pin string) crypto.Signer {
	id := s.warmID()
	if key := k.lookup(id, k.tag(id, pin)); key != nil {
		return key
	}
	return nil
}

// ChangePIN seals the key of s anew under another PIN and forgets warm keys of the person. The caller stores the
// result in place of s.
func (k *Keyring) ChangePIN(ctx context.Context, s SealedKey, old, pin string) (SealedKey, error) {
	if err := CheckPIN(pin); err != nil {
		return SealedKey{}, err
	}
	key, err := k.unlock(ctx, s, old)
	if err != nil {
		return SealedKey{}, err
	}
	k.Forget(s.Person)
	return k.seal(ctx, s.Person, s.Version, key, pin)
}

// Forget drops every warm key of a person: call it when their key is locked, revoked or replaced.
func (k *Keyring) Forget(person string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, w := range k.warm {
		if w.person == person {
			k.drop(id)
		}
	}
}

// ForgetAll drops every warm key, for example when the server stops.
func (k *Keyring) ForgetAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id := range k.warm {
		k.drop(id)
	}
}

func (k *Keyring) acquire(ctx context.Context) error {
	select {
	case k.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("keyring: %w", ctx.Err())
	}
}

func (k *Keyring) release() { <-k.slots }

func (k *Keyring) tag(id warmID, pin string) []byte {
	mac := hmac.New(sha256.New, k.process)
	mac.Write(id[:])
	mac.Write([]byte(pin))
	return mac.Sum(nil)
}

func (k *Keyring) lookup(id warmID, tag []byte) *ecdsa.PrivateKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	w := k.warm[id]
	if w == nil || !time.Now().Before(w.until) || !hmac.Equal(w.tag, tag) {
		return nil
	}
	return w.key
}

func (k *Keyring) remember(id warmID, person string, tag []byte, key *ecdsa.PrivateKey) {
	if k.options.WarmFor <= 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(id)
	for len(k.warm) >= k.options.MaxWarm {
		k.drop(k.oldest())
	}
	w := &warmKey{person: person, tag: tag, key: key, until: time.Now().Add(k.options.WarmFor)}
	// The timer removes the key from memory even if nobody asks for it again.
	w.timer = time.AfterFunc(k.options.WarmFor, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.warm[id] == w {
			k.drop(id)
		}
	})
	k.warm[id] = w
}

// drop removes one entry; the caller holds mu.
func (k *Keyring) drop(id warmID) {
	if w := k.warm[id]; w != nil {
		w.timer.Stop()
		delete(k.warm, id)
	}
}

// oldest returns the entry that ends first; the caller holds mu.
func (k *Keyring) oldest() warmID {
	var found warmID
	var until time.Time
	for id, w := range k.warm {
		if until.IsZero() || w.until.Before(until) {
			found, until = id, w.until
		}
	}
	return found
}
