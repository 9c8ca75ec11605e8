package evidence_test

import (
	"testing"

	"countersign"
	"countersign/internal/evidence"
	"countersign/internal/evidence/evidencetest"
)

// TestSealedPacksThatBreakTheirProcess judges packs which our own filing key sealed although the facts in them break a rule.
func TestSealedPacksThatBreakTheirProcess(t *testing.T) {
	k := evidencetest.New(t)
	waive := func(st *countersign.Statement) { st.Waivers = []string{countersign.WaiveNotice} }
	for code, tell := range map[string]func(s *evidencetest.Story){
		"incomplete": func(s *evidencetest.Story) { // success that the client never signed
			s.Approve().Sign("P004", "report.client", approve)
			s.Pack.Ticket.Progress = []byte(`{"outcome":"success"}`)
		},
		"waiver": func(s *evidencetest.Story) { // the form says nothing of 紧急发布
			s.Sign("P002", "approval.implementer", approve)
			s.Sign("P003", "approval.supervisor", approve)
			s.Sign("P004", "approval.client", approve, waive)
			s.Execute()
		},
		"same_person": func(s *evidencetest.Story) {
			s.Approve()
			s.Note("P002", "rollback_done")
			s.Note("P002", "rollback_confirm")
			s.Execute()
		},
	} {
		s := k.Begin(t, "UPG-2026-000070")
		tell(s)
		rep := verify(s.Close(filed).Zip(), evidence.Options{Root: k.CA.Root()})
		if rep.Valid || len(rep.Findings) != 1 || rep.Findings[0].Code != code {
			t.Errorf("want %s: %s", code, text(t, rep))
		}
	}
}
