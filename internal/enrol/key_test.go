package enrol

import (
	"crypto/x509"
	"encoding/json"
	"maps"
	"math/big"
	"testing"
	"time"

	"countersign"
	"countersign/internal/pki"
	"countersign/internal/store"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// opens reports whether pin opens the active key of P101.
func opens(t *testing.T, d *Desk, pin string) bool {
	t.Helper()
	key, err := d.Store.ActiveKey(t.Context(), "P101")
	must(t, err)
	var sealed pki.SealedKey
	must(t, json.Unmarshal(key.Sealed, &sealed))
	_, err = d.Keyring.Unlock(t.Context(), sealed, pin)
	return err == nil
}

func TestCertifyReplacesTheKeyAndRevokesTheCertificate(t *testing.T) {
	d := desk(t)
	must(t, d.Enrol(t.Context(), newcomer))
	old, err := d.Store.ActiveKey(t.Context(), "P101")
	must(t, err)
	must(t, d.Certify(t.Context(), newcomer.Person, "739182"))

	if opens(t, d, newcomer.PIN) || !opens(t, d, "739182") {
		t.Error("the new PIN does not replace the old one")
	}
	keys, err := d.Store.Keys(t.Context(), "P101")
	must(t, err)
	if len(keys) != 2 || keys[0].Status != store.KeyReplaced || keys[1].Status != store.KeyActive {
		t.Errorf("keys %+v", keys)
	}
	serial, _ := new(big.Int).SetString(old.Serial, 16)
	der, err := d.Authority.CRL(t.Context(), time.Now())
	must(t, err)
	crl, err := x509.ParseRevocationList(der)
	must(t, err)
	if n := len(crl.RevokedCertificateEntries); n != 1 {
		t.Fatalf("%d certificates are revoked, want the old one", n)
	}
	if e := crl.RevokedCertificateEntries[0]; e.SerialNumber.Cmp(serial) != 0 || e.ReasonCode != pki.ReasonSuperseded {
		t.Errorf("revoked %x for reason %d", e.SerialNumber, e.ReasonCode)
	}
}

func TestCertifyGivesAFirstKey(t *testing.T) {
	d, n := desk(t), newcomer
	n.PIN = ""
	must(t, d.Enrol(t.Context(), n))
	must(t, d.Certify(t.Context(), n.Person, "739182"))
	if !opens(t, d, "739182") {
		t.Error("the PIN does not open the key")
	}
}

func TestUnlockedKeyAnswersItsPINAgain(t *testing.T) {
	d := desk(t)
	must(t, d.Enrol(t.Context(), newcomer))
	key, err := d.Store.ActiveKey(t.Context(), "P101")
	must(t, err)
	for range 10 {
		_, err := d.Store.TryPIN(t.Context(), key.ID, 10)
		must(t, err)
		_, err = d.Store.PINFailed(t.Context(), key.ID, 10)
		must(t, err)
	}
	if key, err = d.Store.ActiveKey(t.Context(), "P101"); err != nil || key.LockedAt == nil {
		t.Fatalf("ten wrong PINs do not lock: %v, %v", key.LockedAt, err)
	}
	must(t, d.Unlock(t.Context(), newcomer.Person))
	if key, err = d.Store.ActiveKey(t.Context(), "P101"); err != nil || key.LockedAt != nil || key.FailedPINs != 0 || !opens(t, d, newcomer.PIN) {
		t.Errorf("still locked: %v, %v", key.LockedAt, err)
	}
}

func TestEveryChangeIsAudited(t *testing.T) {
	d, ctx, p := desk(t), t.Context(), newcomer.Person
	foreign := []countersign.Grant{{Role: "client.signer", System: "document_flow"}}
	disabled := p
	disabled.Disabled = true
	refusedOne := newcomer
	refusedOne.Person.ID, refusedOne.Person.Account, refusedOne.Grants = "P102", "other", foreign
	signer := "implementer.signer@document_flow"
	steps := []struct {
		action  string
		do      func() error
		outcome string
		detail  map[string]string
	}{
		{"user_add", func() error { return d.Enrol(ctx, newcomer) }, "ok", map[string]string{"roles": signer, "organisation": "huabo", "account": p.Account}},
		{"user_add", func() error { return d.Enrol(ctx, refusedOne) }, "refused", map[string]string{"person": "P102", "roles": "client.signer@document_flow"}},
		{"user_grant", func() error { return d.Grant(ctx, p, newcomer.Grants) }, "ok", map[string]string{"roles": signer}},
		{"user_grant", func() error { return d.Grant(ctx, p, foreign) }, "refused", map[string]string{"roles": "client.signer@document_flow"}},
		{"user_password", func() error { return d.SetPassword(ctx, p, "hash") }, "ok", nil},
		{"user_disable", func() error { return d.Disable(ctx, p) }, "ok", nil},
		{"user_certify", func() error { return d.Certify(ctx, disabled, "739182") }, "refused", nil},
		{"user_enable", func() error { return d.Enable(ctx, disabled) }, "ok", nil},
		{"user_certify", func() error { return d.Certify(ctx, p, "12") }, "refused", nil},
		{"user_certify", func() error { return d.Certify(ctx, p, "739182") }, "ok", nil},
		{"user_unlock", func() error { return d.Unlock(ctx, p) }, "ok", nil},
		{"user_unlock", func() error { return d.Unlock(ctx, refusedOne.Person) }, "refused", map[string]string{"person": "P102"}},
	}
	for i, s := range steps {
		if err := s.do(); (err == nil) != (s.outcome == "ok") {
			t.Fatalf("%d %s: %v", i, s.action, err)
		}
	}
	entries, _, err := d.Store.AuditEntries(ctx, store.AuditQuery{Chain: countersign.SystemChain}, store.Page{Limit: 100})
	must(t, err)
	if len(entries) != len(steps) {
		t.Fatalf("%d entries for %d changes", len(entries), len(steps))
	}
	for _, e := range entries {
		s := steps[e.Seq-1]
		want := map[string]string{"via": "cli", "person": "P101"}
		maps.Copy(want, s.detail)
		if e.Action != s.action || e.Outcome != s.outcome || e.Person != "" || (e.Code == "") != (s.outcome == "ok") {
			t.Errorf("%d: %+v", e.Seq, e)
		}
		for k, v := range want {
			if e.Detail[k] != v {
				t.Errorf("%d %s: %s is %q, want %q", e.Seq, e.Action, k, e.Detail[k], v)
			}
		}
	}
	if person, err := d.Store.Person(ctx, "P101"); err != nil || person.Disabled {
		t.Errorf("%+v is not enabled again, %v", person, err)
	}
}
