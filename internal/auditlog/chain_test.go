package auditlog

import (
	"testing"
	"time"

	"countersign"
)

func chain(t *testing.T, n int) []countersign.AuditEntry {
	t.Helper()
	head := countersign.ChainHead{Chain: "UPG-2026-000001"}
	var out []countersign.AuditEntry
	for range n {
		e, err := Extend(head, countersign.AuditEntry{At: time.Now(), Action: "approve", Outcome: countersign.OutcomeOK, Person: "P001"})
		if err != nil {
			t.Fatal(err)
		}
		head = countersign.ChainHead{Chain: e.Chain, Seq: e.Seq, Hash: e.Hash}
		out = append(out, e)
	}
	return out
}

func TestCheckFindsEveryKindOfTampering(t *testing.T) {
	for name, tamper := range map[string]func([]countersign.AuditEntry) []countersign.AuditEntry{
		"changed":   func(c []countersign.AuditEntry) []countersign.AuditEntry { c[2].Person = "P999"; return c },
		"removed":   func(c []countersign.AuditEntry) []countersign.AuditEntry { return append(c[:1], c[2:]...) },
		"swapped":   func(c []countersign.AuditEntry) []countersign.AuditEntry { c[1], c[2] = c[2], c[1]; return c },
		"doubled":   func(c []countersign.AuditEntry) []countersign.AuditEntry { return append(c, c[len(c)-1]) },
		"beheaded":  func(c []countersign.AuditEntry) []countersign.AuditEntry { return c[1:] },
		"new chain": func(c []countersign.AuditEntry) []countersign.AuditEntry { c[3].Chain = "system"; return c },
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Check(tamper(chain(t, 5))); err == nil {
				t.Fatal("tampering was not found")
			}
		})
	}
	good := chain(t, 5)
	head, err := Check(good)
	if err != nil || head.Seq != 5 || head.Hash != good[4].Hash {
		t.Fatalf("good chain: head %+v, err %v", head, err)
	}
}
