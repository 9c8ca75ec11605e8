package store

import (
	"testing"

	"countersign"
)

func TestApplyTakesATicketThroughItsChain(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := submitted(t, s, "s1")
		for n, who := range []countersign.Actor{signer, supervisor, officer} {
			approve(t, s, tk.Number, n, who)
		}
		tk = got(s.Ticket(t.Context(), tk.Number))(t)
		if tk.State != countersign.StateApproved || tk.Version != 4 {
			t.Fatalf("%+v", tk)
		}
	})
}
