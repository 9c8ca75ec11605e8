package contract_test

import (
	"testing"

	"countersign"
	"countersign/contracts"
	"countersign/internal/contract"
)

// defaultPack loads the pack that is built in; it must have no problem.
func defaultPack(t *testing.T) *contract.Pack {
	t.Helper()
	pack, problems, err := contract.Load(contracts.FS, contracts.Default, contract.WithProcesses("upgrade", "requirement"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
	if pack == nil {
		t.FailNow()
	}
	return pack
}

func TestDefaultPackCounts(t *testing.T) {
	pack := defaultPack(t)
	kinds := map[contract.SystemKind]int{}
	for _, s := range pack.Systems() {
		kinds[s.Kind]++
	}
	implementers := 0
	for _, o := range pack.Organisations() {
		if len(o.Parties) == 1 && o.Parties[0] == countersign.Implementer {
			implementers++
		}
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"systems", kinds[contract.KindSystem], 22},
		{"subsystems", kinds[contract.KindSubsystem], 34},
		{"service lines and the certificate service", kinds[contract.KindService], 11},
		{"parts of service lines (unified authentication)", kinds[contract.KindPart], 1},
		{"organisations", len(pack.Organisations()), 24},
		{"main contractor and subcontractors", implementers, 17},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.what, c.got, c.want)
		}
	}
}
