package signoff_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign"
	"countersign/workflows/signoff"
	"countersign/workflows/signoff/desktest"
)

// verbs are what people may try at any moment, whether it is their turn or not.
func verbs() map[string]func(rev int, step string) signoff.Command {
	other := desktest.Actor("P003", countersign.Implementer)
	decision := func(d countersign.Decision, a countersign.Actor) func(int, string) signoff.Command {
		return func(rev int, step string) signoff.Command { return desktest.Decide(d, step, rev, a) }
	}
	out := map[string]func(int, string) signoff.Command{
		"withdraw": func(int, string) signoff.Command { return signoff.Command{Name: "withdraw", Actor: drafter} },
		"withdraw-standin": func(int, string) signoff.Command {
			return signoff.Command{Name: "withdraw", Actor: standIn(other, "P001")}
		},
		"submit":         func(rev int, _ string) signoff.Command { return submit(rev+1, drafter) },
		"submit-standin": func(rev int, _ string) signoff.Command { return submit(rev+1, standIn(other, "P001")) },
		"submit-stale":   func(rev int, _ string) signoff.Command { return submit(rev, drafter) },
		"cancel":         func(int, string) signoff.Command { return signoff.Command{Name: signoff.CmdCancel, Actor: drafter} },
	}
	people := map[string]countersign.Actor{
		"drafter": drafter, "implementer": signerI, "implementer2": other, "supervisor": signerS, "client": signerC,
		"supervisor-for-implementer": standIn(signerS, "P002"), "client-for-supervisor": standIn(signerC, "P010"),
	}
	for who, a := range people {
		for _, d := range []countersign.Decision{countersign.Approve, countersign.Return, countersign.Reject} {
			out[string(d)+" by "+who] = decision(d, a)
		}
	}
	return out
}

// runVerbs plays a sequence of verbs and checks that no combination loses a task, strands the ticket or lets someone sign
// for two parties. The first verb follows approved steps, so that pairs start from every step of the chain.
func runVerbs(t testing.TB, approved int, names []string) error {
	all, chain := verbs(), desktest.Chain()
	signers := []countersign.Actor{signerI, signerS, signerC}
	r := desktest.New(t, chainOnly)
	at := time.Minute
	send := func(c signoff.Command) { r.At(at, c); at += time.Minute }
	for i := range approved {
		send(approve(chain[i].ID, 1, signers[i]))
	}
	rev := 1
	for _, name := range names {
		for _, step := range chain { // whoever waits, the verb is tried on every step
			send(all[name](rev, step.ID))
		}
		if name == "submit" || name == "submit-standin" {
			rev++
		}
	}
	r.GoUnfinished(desktest.Input(nil), at+time.Hour)
	return invariants(r)
}

func invariants(r *desktest.Run) error {
	for i, code := range r.Codes {
		if code == "pending" && len(r.Filed) == 0 {
			return fmt.Errorf("command %d was never answered", i)
		}
	}
	signed := map[string]countersign.Party{}
	for _, tr := range r.Applied {
		if !tr.State.Closed() && len(tr.Tasks) == 0 {
			return fmt.Errorf("%s: open in %s without a task", tr.ID, tr.State)
		}
		if tr.State.Closed() && len(tr.Tasks) != 0 {
			return fmt.Errorf("%s: closed as %s with tasks left", tr.ID, tr.State)
		}
		for _, e := range tr.Events {
			if e.Actor.Party == "" || tr.Signature == "" {
				continue
			}
			for _, id := range e.Actor.Identities() {
				if p, ok := signed[id]; ok && p != e.Actor.Party {
					return fmt.Errorf("%s signed for %s and %s", id, p, e.Actor.Party)
				}
				signed[id] = e.Actor.Party
			}
		}
	}
	return nil
}

// TestVerbPairs tries every ordered pair of verbs from every step of the chain.
func TestVerbPairs(t *testing.T) {
	all := verbs()
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	for _, a := range names {
		for _, b := range names {
			for approved := range 3 {
				if err := runVerbs(t, approved, []string{a, b}); err != nil {
					t.Errorf("after %d approvals, %s then %s: %v", approved, a, b, err)
				}
			}
		}
	}
}

// TestVerbSequences tries longer random sequences.
func TestVerbSequences(t *testing.T) {
	names := make([]string, 0)
	for name := range verbs() {
		names = append(names, name)
	}
	rapid.Check(t, func(rt *rapid.T) {
		seq := rapid.SliceOfN(rapid.SampledFrom(names), 3, 10).Draw(rt, "verbs")
		if err := runVerbs(t, rapid.IntRange(0, 2).Draw(rt, "approved"), seq); err != nil {
			rt.Fatal(err)
		}
	})
}
