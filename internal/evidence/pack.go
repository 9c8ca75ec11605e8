package evidence

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"sort"
	"time"

	"countersign"
	"countersign/internal/auditlog"
	"countersign/internal/evidence/cades"
	"countersign/internal/evidence/container"
	"countersign/internal/pki"
)

// Pack is everything that goes into the evidence pack of one ticket.
type Pack struct {
	Ticket        countersign.Ticket
	CreatedAt     time.Time
	ContractName  string
	SystemName    string
	People        map[string]string // person ID to name: everybody that the pack mentions
	Organisations map[string]string // organisation key to name

	Revisions   []countersign.Revision
	Forms       map[string][]byte // form definition by its version, which is its SHA-256
	Attachments []countersign.Attachment
	Documents   []countersign.Document                     // pending ones are left out
	Records     []countersign.Record                       // in the order of the facts
	Signatures  []countersign.Signature                    // staged and refused ones are left out
	Audit       []countersign.AuditEntry                   // the ticket's chain from its first entry
	Checkpoint  countersign.Checkpoint                     // covers the last entry of Audit
	Root        *x509.Certificate                          // trust anchor
	Chain       []*x509.Certificate                        // issuing authorities
	CRLs        [][]byte                                   // DER, not older than the last signature
	Open        func(sha256 string) (io.ReadCloser, error) // content of attachments and documents
}

// Write writes the evidence pack of p to w, signed by the filing key. Files that statements name are fetched through
// p.Open even if p lists them nowhere else. It fails, and w then holds rubbish, when a part is missing or does not fit
// its digest; it does not judge the facts: run Verify on the result.
func Write(w io.Writer, p Pack, filing pki.Signer) error {
	b := &builder{pack: p, seen: map[string]bool{}, signers: map[string]*x509.Certificate{}}
	b.manifest = Manifest{
		Format: packFormat, Version: packVersion, CreatedAt: auditlog.Time(p.CreatedAt),
		Contract: p.Ticket.Contract, ContractName: p.ContractName, System: p.Ticket.System, SystemName: p.SystemName,
		Process: p.Ticket.Process, Ticket: p.Ticket.Number, State: p.Ticket.State, Revision: p.Ticket.Revision,
		People: p.People, Organisations: p.Organisations,
	}
	b.signers[serial(filing.Certificate)] = filing.Certificate
	for _, part := range []func() error{
		b.ticket, b.revisions, b.files, b.records, b.signatures, b.audit, b.certificates, b.guide,
	} {
		if err := part(); err != nil {
			return fmt.Errorf("evidence pack %s: %w", p.Ticket.Number, err)
		}
	}
	if err := b.seal(filing); err != nil {
		return fmt.Errorf("evidence pack %s: %w", p.Ticket.Number, err)
	}
	return container.Write(w, b.entries)
}

// builder collects the entries of one pack.
type builder struct {
	pack     Pack
	manifest Manifest
	entries  []container.Entry
	seen     map[string]bool
	signers  map[string]*x509.Certificate // by serial
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func serial(cert *x509.Certificate) string { return fmt.Sprintf("%x", cert.SerialNumber) }

// add adds a file that is in memory and lists it in the manifest.
func (b *builder) add(name string, data []byte) error {
	return b.addStream(name, digestOf(data), func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	})
}

// addStream measures a file and lists it. The same file may be named many times.
func (b *builder) addStream(name, digest string, open func() (io.ReadCloser, error)) error {
	if b.seen[name] {
		return nil
	}
	e := container.Entry{Name: name, Open: open}
	got, err := e.Weigh()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if got != digest {
		return fmt.Errorf("%s: content has digest %.12s, want %.12s", name, got, digest)
	}
	b.seen[name] = true
	b.entries = append(b.entries, e)
	b.manifest.Files = append(b.manifest.Files, FileHash{Path: name, SHA256: digest, Size: e.Size})
	return nil
}

func (b *builder) ticket() error {
	data, err := Canonical(b.pack.Ticket)
	if err != nil {
		return err
	}
	return b.add(ticketFile, data)
}

func (b *builder) revisions() error {
	list := append([]countersign.Revision(nil), b.pack.Revisions...)
	sort.Slice(list, func(i, j int) bool { return list[i].N < list[j].N })
	for _, r := range list {
		name := revisionPath(r.N)
		if err := b.add(name, r.Canonical); err != nil {
			return err
		}
		b.manifest.RevisionFiles = append(b.manifest.RevisionFiles, RevisionFile{
			File: name, N: r.N, FormVersion: r.FormVersion,
			CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, SubmittedAt: r.SubmittedAt,
		})
		form, ok := b.pack.Forms[r.FormVersion]
		if !ok || digestOf(form) != r.FormVersion {
			return fmt.Errorf("revision %d: form definition %.12s is missing or has another digest", r.N, r.FormVersion)
		}
		if err := b.add(formPath(r.FormVersion), form); err != nil {
			return err
		}
	}
	return nil
}

// files adds attachments and documents: what the lists hold and whatever the revisions and statements name.
func (b *builder) files() error {
	var attachments, documents []countersign.FileDigest
	for _, a := range b.pack.Attachments {
		attachments = append(attachments, countersign.FileDigest{Name: a.Name, SHA256: a.SHA256})
	}
	for _, d := range b.pack.Documents {
		if !d.Pending {
			documents = append(documents, countersign.FileDigest{Name: d.Name, SHA256: d.SHA256})
		}
	}
	for _, s := range b.pack.Signatures {
		if !filed(s) {
			continue
		}
		var st countersign.Statement
		if err := json.Unmarshal(s.Statement, &st); err != nil {
			return fmt.Errorf("statement of signature %d: %w", s.Seq, err)
		}
		attachments, documents = append(attachments, st.Attachments...), append(documents, st.Documents...)
	}
	var err error
	if b.manifest.AttachmentFiles, err = b.stored("attachments", attachments); err != nil {
		return err
	}
	b.manifest.DocumentFiles, err = b.stored("documents", documents)
	return err
}

func (b *builder) stored(folder string, list []countersign.FileDigest) ([]NamedFile, error) {
	out := []NamedFile{}
	listed := map[countersign.FileDigest]bool{}
	for _, f := range list {
		if listed[f] {
			continue
		}
		listed[f] = true
		if !isDigest(f.SHA256) {
			return nil, fmt.Errorf("%s %q has no digest", folder, f.Name)
		}
		name := filePath(folder, f.Name, f.SHA256)
		if err := b.addStream(name, f.SHA256, func() (io.ReadCloser, error) { return b.pack.Open(f.SHA256) }); err != nil {
			return nil, err
		}
		out = append(out, NamedFile{File: name, Name: f.Name, SHA256: f.SHA256})
	}
	return out, nil
}

func (b *builder) records() error {
	b.manifest.RecordFiles = []RecordFile{}
	for i, r := range b.pack.Records {
		name := recordPath(i+1, r.Kind)
		if digestOf(r.Body) != r.ID {
			return fmt.Errorf("%s: record has another digest than its ID", name)
		}
		if err := b.add(name, r.Body); err != nil {
			return err
		}
		b.manifest.RecordFiles = append(b.manifest.RecordFiles,
			RecordFile{File: name, ID: r.ID, Kind: r.Kind, Person: r.Person, At: r.At})
	}
	return nil
}

// filed reports whether a signature belongs into the pack: the workflow has accepted it.
func filed(s countersign.Signature) bool {
	return s.Status == countersign.SignatureCounted || s.Status == countersign.SignatureVoid
}

func (b *builder) signatures() error {
	list := append([]countersign.Signature(nil), b.pack.Signatures...)
	sort.Slice(list, func(i, j int) bool { return list[i].Seq < list[j].Seq })
	var facts []fact
	for _, s := range list {
		if !filed(s) {
			continue
		}
		f := fact{Seq: s.Seq, File: signaturePath(s.Seq, s.Party)}
		if err := decodeCanonical(s.Statement, &f.Statement); err != nil {
			return fmt.Errorf("statement of signature %d: %w", s.Seq, err)
		}
		signed, err := cades.Open(s.CMS, s.Statement)
		if err != nil {
			return fmt.Errorf("signature %d: %w", s.Seq, err)
		}
		b.signers[serial(signed.Certificate)] = signed.Certificate
		if err := errors.Join(b.add(f.File+".json", s.Statement), b.add(f.File+".p7s", s.CMS)); err != nil {
			return err
		}
		facts = append(facts, f)
	}
	b.manifest.SignatureFiles = signatureFiles(facts, b.pack.Ticket.Revision)
	return nil
}

// signatureFiles lists signatures in signing order and marks those that count, by the facts alone.
func signatureFiles(facts []fact, revision int) []SignatureFile {
	out := []SignatureFile{}
	for i, f := range facts {
		out = append(out, SignatureFile{
			Statement: f.File + ".json", CMS: f.File + ".p7s", Seq: f.Seq, Revision: f.Statement.Revision,
			Step: f.Statement.Step, Party: f.Statement.Party, Decision: f.Statement.Decision, Counts: counts(facts, i, revision),
		})
	}
	return out
}

func (b *builder) audit() error {
	if len(b.pack.Audit) == 0 {
		return errors.New("no audit entries")
	}
	var lines []byte
	for _, e := range b.pack.Audit {
		line, err := Canonical(e)
		if err != nil {
			return err
		}
		lines = append(append(lines, line...), '\n')
	}
	cp := b.pack.Checkpoint
	signed, err := cades.Open(cp.CMS, cp.Body)
	if err != nil {
		return fmt.Errorf("audit checkpoint: %w", err)
	}
	b.signers[serial(signed.Certificate)] = signed.Certificate
	return errors.Join(b.add(auditFile, lines), b.add(checkpointFile, cp.Body), b.add(checkpointCMS, cp.CMS))
}

func pemOf(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
}

func (b *builder) certificates() error {
	err := b.add(rootFile, pemOf(b.pack.Root))
	for i, c := range b.pack.Chain {
		err = errors.Join(err, b.add(numbered("certs/issuing", ".pem", i), pemOf(c)))
	}
	for _, c := range b.signers {
		err = errors.Join(err, b.add("certs/signer-"+serial(c)+".pem", pemOf(c)))
	}
	for i, list := range b.pack.CRLs {
		err = errors.Join(err, b.add(numbered("revocation/issuing", ".crl", i), list))
	}
	return err
}

func (b *builder) guide() error {
	return errors.Join(b.add(guideFile, guideText), b.add(scriptFile, scriptText))
}

// seal writes and signs the manifest. These two files are the only ones that it does not list.
func (b *builder) seal(filing pki.Signer) error {
	files := b.manifest.Files
	sort.Slice(files, func(i, j int) bool { return files[i].Path < files[j].Path })
	data, err := Canonical(b.manifest)
	if err != nil {
		return err
	}
	cms, err := cades.Sign(filing, filing.Certificate, data, b.manifest.CreatedAt)
	if err != nil {
		return err
	}
	return errors.Join(b.add(manifestFile, data), b.add(manifestSignature, cms))
}
