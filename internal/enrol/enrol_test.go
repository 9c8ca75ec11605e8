package enrol

import (
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"countersign"
	"countersign/contracts"
	"countersign/internal/contract"
	"countersign/internal/pki"
	"countersign/internal/store"
)

func desk(t *testing.T) *Desk {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pack, problems, err := contract.Load(contracts.FS, contracts.Default)
	check(err)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(dir, "app.db"), Sync: store.Normal, Log: slog.New(slog.DiscardHandler)})
	check(err)
	t.Cleanup(func() { check(s.Close()) })
	check(s.Migrate(t.Context()))
	master, err := pki.EnsureMaster(filepath.Join(dir, "master.key"))
	check(err)
	keys, err := pki.NewFileStore(filepath.Join(dir, "ca"))
	check(err)
	authority, err := pki.Open(t.Context(), keys, master, pki.Options{})
	check(err)
	keyring, err := pki.NewKeyring(master, pki.KeyringOptions{KDF: pki.KDF{Time: 1, MemoryKiB: 8, Threads: 1}})
	check(err)
	return &Desk{Store: s, Pack: pack, Authority: authority, Keyring: keyring, Via: "cli"}
}

var newcomer = Newcomer{
	Person:       countersign.Person{ID: "P101", Account: "qian.duo", Name: "钱多", Organisation: "huabo"},
	Grants:       []countersign.Grant{{Person: "P101", Role: "implementer.signer", System: "document_flow"}},
	PasswordHash: "hash", PIN: "482913",
}

func TestEnrolledPersonCanSign(t *testing.T) {
	d := desk(t)
	for range 2 { // a second time changes nothing about the key
		if err := d.Enrol(t.Context(), newcomer); err != nil {
			t.Fatal(err)
		}
	}
	key, err := d.Store.ActiveKey(t.Context(), "P101")
	if err != nil || key.Version != 1 {
		t.Fatalf("key %+v, %v", key, err)
	}
	var sealed pki.SealedKey
	if err := json.Unmarshal(key.Sealed, &sealed); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Keyring.Unlock(t.Context(), sealed, newcomer.PIN); err != nil {
		t.Errorf("the PIN does not open the key: %v", err)
	}
	cert, err := x509.ParseCertificate(key.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := pki.PersonOf(cert); !ok || p.ID != "P101" || p.Name != "钱多" || !strings.Contains(p.OrganisationName, "华博") {
		t.Errorf("certificate of %+v", p)
	}
	if grants, err := d.Store.Grants(t.Context(), "P101"); err != nil || len(grants) != 1 {
		t.Errorf("grants %v, %v", grants, err)
	}
}

func TestEnrolRefusesAndStoresNothing(t *testing.T) {
	grant := func(role, system string) []countersign.Grant {
		return []countersign.Grant{{Person: "P101", Role: role, System: system}}
	}
	tests := []struct {
		name   string
		change func(*Newcomer)
	}{
		{"an unknown organisation", func(n *Newcomer) { n.Person.Organisation = "nobody" }},
		{"an unknown role", func(n *Newcomer) { n.Grants = grant("emperor", "*") }},
		{"a role of a system that the organisation does not run", func(n *Newcomer) { n.Grants = grant("implementer.signer", "audit") }},
		{"a role of another party", func(n *Newcomer) { n.Grants = grant("client.signer", "document_flow") }},
		{"another party's role for every system", func(n *Newcomer) { n.Grants = grant("client.signer", "*") }},
		{"a PIN that is too short", func(n *Newcomer) { n.PIN = "12" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, n := desk(t), newcomer
			tt.change(&n)
			if err := d.Enrol(t.Context(), n); err == nil {
				t.Fatal("was taken")
			}
			if _, err := d.Store.Person(t.Context(), "P101"); countersign.CodeOf(err) != "not_found" {
				t.Errorf("half of it was stored: %v", err)
			}
		})
	}
}

func TestEverySystemMeansOnesOwn(t *testing.T) {
	d, n := desk(t), newcomer
	n.PIN, n.Grants = "", []countersign.Grant{{Person: "P101", Role: "implementer.signer", System: "*"}}
	if err := d.Enrol(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	grants, err := d.Store.Grants(t.Context(), "P101")
	if err != nil || len(grants) == 0 {
		t.Fatalf("grants %v, %v", grants, err)
	}
	for _, g := range grants {
		if d.Pack.Implementer(g.System) != "huabo" {
			t.Errorf("huabo's signer may sign for %s", g.System)
		}
	}
}
