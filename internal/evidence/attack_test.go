package evidence_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign"
	"countersign/internal/evidence"
	"countersign/internal/evidence/cades"
	"countersign/internal/evidence/evidencetest"
	"countersign/internal/pki"
)

const (
	approve = countersign.Approve
	filed   = countersign.StateFiled
)

// personCMS signs content with the client's own key.
func personCMS(t *testing.T, k *evidencetest.Kit, content []byte, at time.Time) []byte {
	t.Helper()
	cms, err := cades.Sign(k.People["P004"].Key, k.People["P004"].Certificate, content, at)
	evidencetest.Check(t, err)
	return cms
}

// attack is a story whose signatures, links, manifest and audit chain are in order: only the facts are wrong.
type attack struct {
	play func() *evidencetest.Story
	code string // of the fault, "" for none
}

// stage makes the helpers of the tables below: a fresh ticket, and approvals by the given people in turn.
func stage(t *testing.T, k *evidencetest.Kit) (begin func() *evidencetest.Story, until func(*evidencetest.Story, ...string) *evidencetest.Story) {
	begin = func() *evidencetest.Story { return k.Begin(t, "UPG-2026-000009") }
	until = func(s *evidencetest.Story, people ...string) *evidencetest.Story {
		for _, p := range people {
			s.Sign(p, "approval."+string(k.People[p].Party), approve)
		}
		return s
	}
	return begin, until
}

func runAttacks(t *testing.T, k *evidencetest.Kit, attacks map[string]attack) {
	for name, c := range attacks {
		t.Run(name, func(t *testing.T) {
			rep := verify(c.play().Zip(), evidence.Options{Root: k.CA.Root()})
			found := slices.ContainsFunc(rep.Findings, func(f evidence.Finding) bool { return f.Code == c.code && f.Severity == evidence.Fault })
			if rep.Valid != (c.code == "") || found != (c.code != "") || rep.Unreadable {
				t.Fatalf("want %q:\n%s", c.code, text(t, rep))
			}
		})
	}
}

func TestAttacksOnWhoSigns(t *testing.T) {
	k := evidencetest.New(t)
	begin, until := stage(t, k)
	// A person whom the CA knows, but who acts for a party that is not theirs.
	as := func(party countersign.Party, organisation string) func(*countersign.Statement) {
		return func(st *countersign.Statement) { st.Party, st.Organisation = party, organisation }
	}
	runAttacks(t, k, map[string]attack{
		"same person as two parties": {func() *evidencetest.Story {
			s := until(begin(), "P002")
			s.Sign("P002", "approval.supervisor", approve, as("supervisor", "supervisor"))
			return until(s, "P004").Execute().Close(filed)
		}, "two_parties"},
		"stand-in for another party": {func() *evidencetest.Story {
			s := until(begin(), "P002")
			s.Sign("P003", "approval.supervisor", approve, func(st *countersign.Statement) { st.OnBehalfOf, st.OnBehalfOfName = "P002", "王实施" })
			return until(s, "P004").Execute().Close(filed)
		}, "two_parties"},
		"stand-in over two rounds": {func() *evidencetest.Story {
			s := until(begin(), "P002")
			s.Sign("P003", "approval.supervisor", countersign.Return)
			s.Revise()
			s.Sign("P005", "approval.implementer", approve, func(st *countersign.Statement) { st.OnBehalfOf = "P003" })
			return until(s, "P003", "P004").Execute().Close(filed)
		}, "two_parties"},
		"drafter signs": {func() *evidencetest.Story {
			s := begin()
			s.Sign("P001", "approval.implementer", approve)
			return until(s, "P003", "P004").Execute().Close(filed)
		}, "own_draft"},
		"somebody signs for the drafter": {func() *evidencetest.Story {
			s := begin()
			s.Sign("P002", "approval.implementer", approve, func(st *countersign.Statement) { st.OnBehalfOf = "P001" })
			return until(s, "P003", "P004").Execute().Close(filed)
		}, "own_draft"},
		"wrong order": {func() *evidencetest.Story {
			return until(begin(), "P003", "P002", "P004").Execute().Close(filed)
		}, "chain_order"},
		"missing client": {func() *evidencetest.Story {
			return until(begin(), "P002", "P003").Close(countersign.StateApproved)
		}, "incomplete"},
		"client of an older revision": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003", "P004")
			s.Revise()
			return s.Close(countersign.StateApproved)
		}, "incomplete"},
		"statement of an older revision": {func() *evidencetest.Story {
			s := begin()
			s.Revise()
			s = until(s, "P002", "P003")
			s.Sign("P004", "approval.client", approve, func(st *countersign.Statement) {
				st.Revision, st.FormSHA256 = 1, s.Pack.Revisions[0].SHA256
			})
			return s.Execute().Close(filed)
		}, "revision_order"},
		"form of an older revision": {func() *evidencetest.Story {
			s := begin()
			s.Revise()
			s = until(s, "P002", "P003")
			s.Sign("P004", "approval.client", approve, func(st *countersign.Statement) { st.FormSHA256 = s.Pack.Revisions[0].SHA256 })
			return s.Execute().Close(filed)
		}, "form"},
		"form definition swapped": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003")
			s.Sign("P004", "approval.client", approve, func(st *countersign.Statement) { st.FormVersion = evidencetest.Digest(nil) })
			return s.Execute().Close(filed)
		}, "form"},
		"signed on after a return": {func() *evidencetest.Story {
			s := until(begin(), "P002")
			s.Sign("P003", "approval.supervisor", countersign.Return)
			return until(s, "P004").Close(countersign.StateApproved)
		}, "after_return"},
		"signed on after a rejection": {func() *evidencetest.Story {
			s := until(begin(), "P002")
			s.Sign("P003", "approval.supervisor", countersign.Reject)
			return until(s, "P004").Execute().Close(filed)
		}, "after_reject"},
		"waiver by the supervisor": {func() *evidencetest.Story {
			s := until(begin(), "P002")
			s.Sign("P003", "approval.supervisor", approve, func(st *countersign.Statement) { st.Waivers = []string{countersign.WaiveNotice} })
			return until(s, "P004").Execute().Close(filed)
		}, "waiver"},
		"certificate of somebody else": {func() *evidencetest.Story {
			s := begin()
			s.SignStatement(k.People["P005"], s.Statement("P002", "approval.implementer", approve))
			return until(s, "P003", "P004").Execute().Close(filed)
		}, "holder"},
		"other name": {func() *evidencetest.Story {
			s := begin()
			s.Sign("P002", "approval.implementer", approve, func(st *countersign.Statement) { st.PersonName = "王某" })
			return until(s, "P003", "P004").Execute().Close(filed)
		}, "holder"},
		"other organisation's name": {func() *evidencetest.Story {
			s := begin()
			s.Sign("P002", "approval.implementer", approve, func(st *countersign.Statement) { st.OrganisationName = "别的公司" })
			return until(s, "P003", "P004").Execute().Close(filed)
		}, "holder"},
		"signed by the system's key": {func() *evidencetest.Story {
			s := begin()
			filing := k.CA.FilingSigner()
			s.SignStatement(&evidencetest.Person{Certificate: filing.Certificate, Key: filing}, s.Statement("P002", "approval.implementer", approve))
			return until(s, "P003", "P004").Execute().Close(filed)
		}, "holder"},
	})
}

func TestAttacksOnWhatIsSigned(t *testing.T) {
	k := evidencetest.New(t)
	begin, until := stage(t, k)
	runAttacks(t, k, map[string]attack{
		"broken link": {func() *evidencetest.Story {
			s := until(begin(), "P002")
			s.Sign("P003", "approval.supervisor", approve, func(st *countersign.Statement) { st.Previous = "" })
			return until(s, "P004").Execute().Close(filed)
		}, "previous"},
		"a signature taken out": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003", "P004").Execute()
			s.Pack.Signatures = slices.Delete(s.Pack.Signatures, 3, 4)
			return s.Close(filed)
		}, "previous"},
		"unknown record": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003", "P004").Execute()
			s.Pack.Records = s.Pack.Records[:1]
			return s.Close(filed)
		}, "missing_file"},
		"a record more": {func() *evidencetest.Story {
			return k.Straight(t) // valid: records that no statement names are evidence too
		}, ""},
		"audit entry taken out": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003", "P004").Execute().Close(filed)
			s.Pack.Audit = slices.Delete(s.Pack.Audit, 2, 3)
			return s
		}, "audit"},
		"audit cut off": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003", "P004").Execute().Close(filed)
			s.Pack.Audit = s.Pack.Audit[:len(s.Pack.Audit)-1]
			return s
		}, "audit"},
		"checkpoint of another ticket": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003", "P004").Execute().Close(filed)
			s.Pack.Checkpoint = k.Straight(t).Pack.Checkpoint
			return s
		}, "audit"},
		"checkpoint signed by a person": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003", "P004").Execute().Close(filed)
			s.Pack.Checkpoint.CMS = personCMS(t, k, s.Pack.Checkpoint.Body, s.Pack.Checkpoint.At)
			return s
		}, "signature"},
		"signed after the pack was made": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003", "P004").Execute().Close(filed)
			s.Pack.CreatedAt = s.Pack.CreatedAt.Add(-time.Hour)
			return s
		}, "time"},
		"signing time differs": {func() *evidencetest.Story {
			s := begin()
			st := s.Statement("P002", "approval.implementer", approve)
			s.SignStatementAt(k.People["P002"], st, st.SignedAt.Add(time.Hour))
			return until(s, "P003", "P004").Execute().Close(filed)
		}, "time"},
		"local time": {func() *evidencetest.Story {
			s := begin()
			s.Sign("P002", "approval.implementer", approve, func(st *countersign.Statement) { st.SignedAt = st.SignedAt.In(time.FixedZone("", 8*3600)) })
			return until(s, "P003", "P004").Execute().Close(filed)
		}, "time"},
		"old revocation list": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003", "P004").Execute().Close(filed)
			old, err := k.CA.CRL(t.Context(), s.Now.Add(-time.Hour))
			evidencetest.Check(t, err)
			s.Pack.CRLs = [][]byte{old}
			return s
		}, "certificate"},
		"no revocation list": {func() *evidencetest.Story {
			s := until(begin(), "P002", "P003", "P004").Execute().Close(filed)
			s.Pack.CRLs = nil
			return s
		}, "certificate"},
		"a revision missing": {func() *evidencetest.Story {
			s := k.Returned(t)
			s.Pack.Revisions = s.Pack.Revisions[1:]
			return s
		}, "revision"},
		"state changed after filing": {func() *evidencetest.Story {
			return until(begin(), "P002", "P003", "P004").Execute().Close(countersign.StateRejected)
		}, "state"},
	})
}

func TestUnfinishedTicketsNeedOnlyACorrectPrefix(t *testing.T) {
	k := evidencetest.New(t)
	rejected := k.Begin(t, "UPG-2026-000010")
	rejected.Sign("P002", "approval.implementer", approve)
	rejected.Sign("P003", "approval.supervisor", countersign.Reject)
	cancelled := k.Begin(t, "UPG-2026-000011")
	returned := k.Begin(t, "UPG-2026-000012")
	returned.Sign("P002", "approval.implementer", countersign.Return)
	failed := k.Begin(t, "UPG-2026-000013").Approve()
	failed.Sign("P004", "result.client", countersign.Return)
	failed.Sign("P004", "result.client", countersign.Reject)
	failed.Sign("P004", "report.client", countersign.Return)
	failed.Sign("P004", "report.client", approve)
	failed.Pack.Ticket.Progress = []byte(`{"outcome":"rolled_back"}`)
	for name, s := range map[string]*evidencetest.Story{
		"rejected": rejected.Close(countersign.StateRejected), "cancelled unsigned": cancelled.Close(countersign.StateCancelled),
		"returned and cancelled": returned.Close(countersign.StateCancelled), "rolled back": failed.Close(filed),
		"expired": k.Begin(t, "UPG-2026-000014").Approve().Close(countersign.StateExpired),
	} {
		if rep := verify(s.Zip(), evidence.Options{Root: k.CA.Root()}); !rep.Valid {
			t.Errorf("%s: %s", name, text(t, rep))
		}
	}
}

func TestRevokedAndExpiredCertificates(t *testing.T) {
	k := evidencetest.New(t)
	root := evidence.Options{Root: k.CA.Root()}
	s := k.Begin(t, "UPG-2026-000020").Approve()
	evidencetest.Check(t, k.CA.Revoke(t.Context(), k.People["P003"].Certificate.SerialNumber, pki.ReasonKeyCompromise, s.Now))
	s.Execute().Close(filed)
	later := s.Zip()
	rep := verify(later, root)
	if !rep.Valid || len(rep.Findings) != 1 || rep.Findings[0].Code != "revoked_later" {
		t.Fatalf("revoked after signing: %s", text(t, rep))
	}
	if out, ok := script(t, unpack(t, later)); !ok || !strings.Contains(out, "revoked after the signature") {
		t.Fatalf("revoked after signing: %s", out)
	}
	early := k.Begin(t, "UPG-2026-000021")
	early.Now = time.Now().Add(time.Minute)
	early.Approve().Execute().Close(filed)
	revoked := early.Zip()
	rep = verify(revoked, root)
	if out := text(t, rep); rep.Valid || !strings.Contains(out, "02-supervisor.p7s：签署时证书已被吊销") {
		t.Fatalf("revoked before signing: %s", out)
	}
	if out, ok := script(t, unpack(t, revoked)); ok || !strings.Contains(out, "02-supervisor.p7s: the certificate was revoked before") {
		t.Fatalf("revoked before signing: %s", out)
	}
	expired := k.Begin(t, "UPG-2026-000022")
	expired.Now = k.People["P002"].Certificate.NotAfter.Add(time.Hour)
	old := expired.Approve().Execute().Close(filed).Zip()
	rep = verify(old, root)
	if out := text(t, rep); rep.Valid || !strings.Contains(out, "01-implementer.p7s：证书不是可信机构签发，或签署时不在有效期内") {
		t.Fatalf("expired: %s", out)
	}
	if out, ok := script(t, unpack(t, old)); ok || !strings.Contains(out, "signatures/01-implementer.p7s") {
		t.Fatalf("expired: %s", out)
	}
}

func TestForeignAuthority(t *testing.T) {
	k, foreign := evidencetest.New(t), evidencetest.New(t)
	// The whole pack by another CA: consistent in itself, and only the fingerprint gives it away.
	rep := verify(foreign.Straight(t).Zip(), evidence.Options{Root: k.CA.Root()})
	if rep.Valid || !strings.Contains(text(t, rep), "foreign_root") {
		t.Fatal(text(t, rep))
	}
	rep = verify(foreign.Straight(t).Zip(), evidence.Options{})
	if !rep.Valid || len(rep.Findings) != 1 || rep.Findings[0].Code != "root_unconfirmed" || rep.RootSHA256 != pki.Fingerprint(foreign.CA.Root()) {
		t.Fatal(text(t, rep))
	}
	// One statement edited and signed again by the same name from another CA.
	s := k.Begin(t, "UPG-2026-000030")
	s.SignStatement(foreign.People["P002"], s.Statement("P002", "approval.implementer", approve))
	s.Sign("P003", "approval.supervisor", approve)
	s.Sign("P004", "approval.client", approve)
	data := s.Execute().Close(filed).Zip()
	rep = verify(data, evidence.Options{})
	if rep.Valid || !strings.Contains(text(t, rep), "01-implementer.p7s：证书不是可信机构签发") {
		t.Fatal(text(t, rep))
	}
	if out, ok := script(t, unpack(t, data)); ok || !strings.Contains(out, "signatures/01-implementer.p7s") {
		t.Fatal(out)
	}
	// An issuing certificate smuggled in.
	s = k.Straight(t)
	s.Pack.Chain = append(s.Pack.Chain, foreign.CA.Chain()[0])
	if rep = verify(s.Zip(), evidence.Options{}); rep.Valid || !strings.Contains(text(t, rep), "certs/issuing-2.pem") {
		t.Fatal(text(t, rep))
	}
	// A self-signed root in the place of the issuing certificate.
	s = foreign.Straight(t)
	s.Pack.Root, s.Pack.Chain = k.CA.Root(), []*x509.Certificate{foreign.CA.Root(), foreign.CA.Chain()[0]}
	data = s.Zip()
	if rep = verify(data, evidence.Options{}); rep.Valid {
		t.Fatal(text(t, rep))
	}
	if out, ok := script(t, unpack(t, data)); ok || !strings.Contains(out, "certs/issuing.pem") {
		t.Fatal(out)
	}
}

func TestScriptFindsTwoParties(t *testing.T) {
	k := evidencetest.New(t)
	s := k.Begin(t, "UPG-2026-000031")
	s.Sign("P002", "approval.implementer", approve)
	s.Sign("P003", "approval.supervisor", approve, func(st *countersign.Statement) { st.OnBehalfOf = "P002" })
	s.Sign("P004", "approval.client", approve, func(st *countersign.Statement) { st.OnBehalfOf = "P001" })
	out, ok := script(t, unpack(t, s.Execute().Close(filed).Zip()))
	if ok || !strings.Contains(out, "person P002 signs for two parties") || !strings.Contains(out, "drafter P001 takes part") {
		t.Fatal(out)
	}
}

func TestWriteRefusesWhatDoesNotFit(t *testing.T) {
	k := evidencetest.New(t)
	for name, spoil := range map[string]func(*evidence.Pack){
		"attachment content gone":  func(p *evidence.Pack) { p.Attachments[0].SHA256 = evidencetest.Digest([]byte("gone")) },
		"attachment has no digest": func(p *evidence.Pack) { p.Attachments[0].SHA256 = "../../x" },
		"form definition missing":  func(p *evidence.Pack) { p.Forms = nil },
		"record changed":           func(p *evidence.Pack) { p.Records[0].Body = json.RawMessage(`{}`) },
		"statement changed": func(p *evidence.Pack) {
			p.Signatures[0].Statement = bytes.Replace(p.Signatures[0].Statement, []byte("同意"), []byte("反对"), 1)
		},
		"statement no JSON":   func(p *evidence.Pack) { p.Signatures[0].Statement = []byte("x") },
		"no audit":            func(p *evidence.Pack) { p.Audit = nil },
		"checkpoint unsigned": func(p *evidence.Pack) { p.Checkpoint.CMS = nil },
	} {
		s := k.Straight(t)
		spoil(&s.Pack)
		if err := evidence.Write(&bytes.Buffer{}, s.Pack, k.CA.FilingSigner()); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func TestStagedAndRefusedSignaturesAreLeftOut(t *testing.T) {
	k := evidencetest.New(t)
	s := k.Straight(t)
	staged, refused := s.Pack.Signatures[0], s.Pack.Signatures[1]
	staged.Status, refused.Status = countersign.SignatureStaged, countersign.SignatureRefused
	s.Pack.Signatures = append(s.Pack.Signatures, staged, refused)
	if rep := verify(s.Zip(), evidence.Options{Root: k.CA.Root()}); !rep.Valid || len(rep.Summary.Signatures) != 5 {
		t.Fatal(text(t, rep))
	}
}
