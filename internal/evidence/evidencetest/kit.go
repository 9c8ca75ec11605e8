package evidencetest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"testing"
	"time"

	"countersign"
	"countersign/internal/auditlog"
	"countersign/internal/evidence"
	"countersign/internal/evidence/cades"
	"countersign/internal/pki"
)

// The cast: one drafter, one signer for each party, and one more person of the implementer.
const (
	Drafter     = "P001"
	Implementer = "P002"
	Supervisor  = "P003"
	Client      = "P004"
	Spare       = "P005"
)

// Person is a member of the cast with certificate and key.
type Person struct {
	pki.Person
	Organisation string
	Party        countersign.Party
	Certificate  *x509.Certificate
	Key          crypto.Signer
}

// Kit is a certificate authority with its cast.
type Kit struct {
	CA     *pki.Authority
	People map[string]*Person
}

// New opens an authority in a temporary folder and issues everybody a certificate.
func New(tb testing.TB) *Kit {
	tb.Helper()
	store, err := pki.NewFileStore(tb.TempDir())
	Check(tb, err)
	master, err := pki.NewMaster(make([]byte, 32))
	Check(tb, err)
	ca, err := pki.Open(context.Background(), store, master, pki.Options{})
	Check(tb, err)
	k := &Kit{CA: ca, People: map[string]*Person{}}
	for _, p := range []Person{
		{Person: pki.Person{ID: Drafter, Name: "李起草", OrganisationName: "华博软件公司"}, Organisation: "huabo", Party: countersign.Implementer},
		{Person: pki.Person{ID: Implementer, Name: "王实施", OrganisationName: "华博软件公司"}, Organisation: "huabo", Party: countersign.Implementer},
		{Person: pki.Person{ID: Supervisor, Name: "赵监理", OrganisationName: "中正监理公司"}, Organisation: "supervisor", Party: countersign.Supervisor},
		{Person: pki.Person{ID: Client, Name: "陈主任", OrganisationName: "综合事务中心"}, Organisation: "client", Party: countersign.Client},
		{Person: pki.Person{ID: Spare, Name: "孙备用", OrganisationName: "华博软件公司"}, Organisation: "huabo", Party: countersign.Implementer},
	} {
		p.Key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		Check(tb, err)
		p.Certificate, err = ca.IssuePerson(context.Background(), p.Person, p.Key.Public())
		Check(tb, err)
		k.People[p.ID] = &p
	}
	return k
}

// Check fails the test on an error.
func Check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// Story is a ticket that is being signed.
type Story struct {
	tb   testing.TB
	kit  *Kit
	Pack evidence.Pack
	Now  time.Time
	// Step is how far the time moves with every fact.
	Step  time.Duration
	files map[string][]byte
	head  countersign.ChainHead
	last  string // ID of the last signature
}

// Digest returns the SHA-256 of data in lower-case hex.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Begin drafts and submits an upgrade; the chain's first step waits.
func (k *Kit) Begin(tb testing.TB, number string) *Story {
	tb.Helper()
	s := &Story{
		tb: tb, kit: k, Now: time.Now().Add(-time.Minute).UTC().Truncate(time.Millisecond), Step: time.Second,
		files: map[string][]byte{}, head: countersign.ChainHead{Chain: number},
	}
	form := []byte(`{"fields":["title","window"],"name":"信息系统升级申请单(功能调整)"}`)
	s.Pack = evidence.Pack{
		Ticket: countersign.Ticket{
			Number: number, Process: "upgrade", Contract: "bjmz-2024", System: "portal", Title: "门户升级 1.2.0",
			State: countersign.StateSigning, Drafter: Drafter, CreatedAt: s.Now,
			Chain: []countersign.ChainStep{
				{ID: "approval.implementer", Party: countersign.Implementer, Organisation: "huabo", Role: "implementer.signer"},
				{ID: "approval.supervisor", Party: countersign.Supervisor, Organisation: "supervisor", Role: "supervisor.signer"},
				{ID: "approval.client", Party: countersign.Client, Organisation: "client", Role: "client.signer"},
			},
		},
		ContractName: "信息系统运维服务合同", SystemName: "门户网站", People: map[string]string{},
		Organisations: map[string]string{}, Forms: map[string][]byte{Digest(form): form},
		Root: k.CA.Root(), Chain: k.CA.Chain(), Open: s.open,
	}
	for id, p := range k.People {
		s.Pack.People[id], s.Pack.Organisations[p.Organisation] = p.Name, p.OrganisationName
	}
	s.Attach("测试报告 v1.txt", []byte("全部通过\n"))
	s.Revise()
	return s
}

func (s *Story) open(digest string) (io.ReadCloser, error) {
	data, ok := s.files[digest]
	if !ok {
		return nil, fmt.Errorf("%w: %s", fs.ErrNotExist, digest)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func (s *Story) tick() time.Time {
	s.Now = s.Now.Add(s.Step)
	return s.Now
}

// Note adds an entry to the ticket's audit chain.
func (s *Story) Note(person, action string) {
	s.tb.Helper()
	e, err := auditlog.Extend(s.head, countersign.AuditEntry{
		At: s.tick(), Action: action, Outcome: countersign.OutcomeOK, Person: person,
		Detail: map[string]string{"hash": "a detail that looks like a hash"},
	})
	Check(s.tb, err)
	s.head = countersign.ChainHead{Chain: e.Chain, Seq: e.Seq, Hash: e.Hash}
	s.Pack.Audit = append(s.Pack.Audit, e)
}

// Attach adds an attachment; it is frozen with the next revision.
func (s *Story) Attach(name string, data []byte) {
	s.files[Digest(data)] = data
	s.Pack.Attachments = append(s.Pack.Attachments, countersign.Attachment{
		Ticket: s.Pack.Ticket.Number, Field: "test_report", Name: name, Size: int64(len(data)), SHA256: Digest(data),
	})
}

// Revise writes and submits the next revision.
func (s *Story) Revise() {
	s.tb.Helper()
	n := s.Pack.Ticket.Revision + 1
	canonical, err := evidence.Canonical(map[string]any{"title": fmt.Sprintf("门户升级，第 %d 稿", n), "window": "2026-12-01"})
	Check(s.tb, err)
	document := []byte(fmt.Sprintf("page of revision %d", n))
	s.files[Digest(document)] = document
	at := s.tick()
	r := countersign.Revision{
		Ticket: s.Pack.Ticket.Number, N: n, Canonical: canonical, SHA256: Digest(canonical), TemplateSHA256: Digest([]byte("template")),
		Document: countersign.FileDigest{Name: "信息系统升级申请单.docx", SHA256: Digest(document)}, CreatedBy: Drafter, CreatedAt: at, SubmittedAt: &at,
	}
	for version := range s.Pack.Forms {
		r.FormVersion = version
	}
	for _, a := range s.Pack.Attachments {
		r.Attachments = append(r.Attachments, countersign.FileDigest{Name: a.Name, SHA256: a.SHA256})
	}
	s.Pack.Revisions = append(s.Pack.Revisions, r)
	s.Pack.Ticket.Revision = n
	s.Note(Drafter, "submit")
}

// Record adds an execution record and returns the digest that a statement names it by.
func (s *Story) Record(kind string, body any) countersign.FileDigest {
	s.tb.Helper()
	raw, err := json.Marshal(body)
	Check(s.tb, err)
	s.Pack.Records = append(s.Pack.Records, countersign.Record{
		ID: Digest(raw), Ticket: s.Pack.Ticket.Number, Kind: kind, Body: raw, Person: Drafter, At: s.tick(), Counted: true,
	})
	s.Note(Drafter, kind)
	return countersign.FileDigest{Name: kind, SHA256: Digest(raw)}
}

// Statement returns what a person would sign now.
func (s *Story) Statement(person, step string, decision countersign.Decision) countersign.Statement {
	t, p := s.Pack.Ticket, s.kit.People[person]
	r := s.Pack.Revisions[t.Revision-1]
	st := countersign.Statement{
		Version: countersign.StatementVersion, Contract: t.Contract, Ticket: t.Number, Process: t.Process, System: t.System,
		Revision: t.Revision, FormVersion: r.FormVersion, FormSHA256: r.SHA256, TemplateSHA256: r.TemplateSHA256,
		Documents: []countersign.FileDigest{r.Document}, Attachments: r.Attachments, Records: []countersign.FileDigest{},
		Drafters: []string{t.Drafter}, Chain: t.Chain, Step: step, Party: p.Party, Organisation: p.Organisation,
		OrganisationName: p.OrganisationName, Person: p.ID, PersonName: p.Name, Decision: decision, Opinion: decision.Label() + "。",
		Waivers: []string{}, Previous: s.last, SignedAt: s.tick(),
	}
	return st
}

// Sign adds the person's signature; change may falsify the statement before it is signed.
func (s *Story) Sign(person, step string, decision countersign.Decision, change ...func(*countersign.Statement)) {
	s.tb.Helper()
	st := s.Statement(person, step, decision)
	for _, c := range change {
		c(&st)
	}
	s.SignStatement(s.kit.People[person], st)
	s.Note(person, string(decision))
}

// SignStatement signs any statement with a person's key.
func (s *Story) SignStatement(by *Person, st countersign.Statement) {
	s.tb.Helper()
	s.SignStatementAt(by, st, st.SignedAt)
}

// SignStatementAt signs a statement with another signing time than it states.
func (s *Story) SignStatementAt(by *Person, st countersign.Statement, at time.Time) {
	s.tb.Helper()
	canonical, err := evidence.Canonical(st)
	Check(s.tb, err)
	cms, err := cades.Sign(by.Key, by.Certificate, canonical, at)
	Check(s.tb, err)
	s.last = Digest(cms)
	s.Pack.Signatures = append(s.Pack.Signatures, countersign.Signature{
		ID: s.last, Ticket: st.Ticket, Seq: len(s.Pack.Signatures) + 1, Revision: st.Revision, Step: st.Step, Party: st.Party,
		Organisation: st.Organisation, Person: st.Person, OnBehalfOf: st.OnBehalfOf, Decision: st.Decision, Opinion: st.Opinion,
		Status: countersign.SignatureCounted, SignedAt: st.SignedAt, Statement: canonical, CMS: cms, Certificate: by.Certificate.Raw,
	})
}

// Approve signs the whole approval chain.
func (s *Story) Approve() *Story {
	s.tb.Helper()
	s.Sign(Implementer, "approval.implementer", countersign.Approve)
	s.Sign(Supervisor, "approval.supervisor", countersign.Approve)
	s.Sign(Client, "approval.client", countersign.Approve)
	return s
}

// Execute signs a successful execution and its report.
func (s *Story) Execute() *Story {
	s.tb.Helper()
	results := s.Record("results", map[string]any{"passed": true})
	s.Sign(Client, "result.client", countersign.Approve, func(st *countersign.Statement) { st.Records = append(st.Records, results) })
	s.Pack.Ticket.Progress = json.RawMessage(`{"outcome":"success"}`)
	report := s.Record("report", map[string]any{"summary": "升级完成"})
	s.Sign(Client, "report.client", countersign.Approve, func(st *countersign.Statement) { st.Records = append(st.Records, report) })
	return s
}

// Close ends the ticket: state, checkpoint and revocation list.
func (s *Story) Close(state countersign.State) *Story {
	s.tb.Helper()
	s.Note("", "close")
	s.Pack.Ticket.State, s.Pack.Ticket.UpdatedAt = state, s.Now
	s.Checkpoint(s.head)
	s.Pack.CreatedAt = s.tick()
	crl, err := s.kit.CA.CRL(context.Background(), s.Pack.CreatedAt)
	Check(s.tb, err)
	s.Pack.CRLs = [][]byte{crl}
	return s
}

// Checkpoint signs a checkpoint over the given head.
func (s *Story) Checkpoint(head countersign.ChainHead) {
	s.tb.Helper()
	other := countersign.ChainHead{Chain: countersign.SystemChain, Seq: 9, Hash: Digest([]byte("another chain"))}
	at := s.tick()
	body, err := auditlog.CheckpointBody{At: at, Heads: []countersign.ChainHead{other, head}}.Canonical()
	Check(s.tb, err)
	audit := s.kit.CA.AuditSigner()
	cms, err := cades.Sign(audit, audit.Certificate, body, at)
	Check(s.tb, err)
	s.Pack.Checkpoint = countersign.Checkpoint{ID: 1, At: at, Body: body, CMS: cms, Heads: 2}
}

// Zip writes the pack and returns its bytes.
func (s *Story) Zip() []byte {
	s.tb.Helper()
	var b bytes.Buffer
	Check(s.tb, evidence.Write(&b, s.Pack, s.kit.CA.FilingSigner()))
	return b.Bytes()
}

// Straight is a ticket that went through without a return.
func (k *Kit) Straight(tb testing.TB) *Story {
	tb.Helper()
	return k.Begin(tb, "UPG-2026-000001").Approve().Execute().Close(countersign.StateFiled)
}

// Returned is a ticket that the supervisor returned once; the first two signatures are void.
func (k *Kit) Returned(tb testing.TB) *Story {
	tb.Helper()
	s := k.Begin(tb, "UPG-2026-000002")
	s.Sign(Implementer, "approval.implementer", countersign.Approve)
	s.Sign(Supervisor, "approval.supervisor", countersign.Return)
	s.Attach("补充材料.txt", []byte("补充\n"))
	s.Revise()
	return s.Approve().Execute().Close(countersign.StateFiled)
}

// With returns a copy of the cast in which change has been applied to one person.
func (k *Kit) With(id string, change func(*Person)) *Kit {
	c := *k
	c.People = maps.Clone(k.People)
	p := *k.People[id]
	change(&p)
	c.People[id] = &p
	return &c
}
