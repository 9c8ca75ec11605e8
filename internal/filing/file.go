package filing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"countersign"
	"countersign/internal/auditlog"
	"countersign/internal/checkpoint"
	"countersign/internal/evidence"
	"countersign/internal/store"
	"countersign/workflows/signoff"
)

// File builds the sealed Word form and the evidence pack of a closed ticket and checks the pack before it is filed. Doing it
// again replaces both.
func (f *Filer) File(ctx context.Context, ticket string) error {
	d, err := f.dossier(ctx, ticket)
	if err != nil {
		return err
	}
	now := time.Now()
	form, err := f.sealedForm(ctx, d, now)
	if err != nil {
		return err
	}
	if err := f.put(ctx, d.Ticket, FormName(ticket), MediaWord, form); err != nil {
		return err
	}
	pack, err := f.evidence(ctx, d, now)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := evidence.Write(&buf, pack, f.Authority.FilingSigner()); err != nil {
		return err
	}
	report := evidence.Verify(ctx, bytes.NewReader(buf.Bytes()), int64(buf.Len()), evidence.Options{Root: f.Authority.Root(), Now: now})
	if !report.Valid {
		return fmt.Errorf("the evidence pack of %s does not verify: %+v", ticket, report.Findings)
	}
	if err := f.put(ctx, d.Ticket, EvidenceName, MediaZip, buf.Bytes()); err != nil {
		return err
	}
	return f.Store.SettleRender(ctx, ticket)
}

func (f *Filer) sealedForm(ctx context.Context, d signoff.Dossier, now time.Time) ([]byte, error) {
	docx, err := f.render(ctx, d)
	if err != nil {
		return nil, err
	}
	filing := f.Authority.FilingSigner()
	sealed, err := evidence.SealDocx(docx, filing, append(f.Authority.Chain(), f.Authority.Root()), now)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", d.Ticket.Number, err)
	}
	return sealed, nil
}

// evidence gathers everything that proves the ticket.
func (f *Filer) evidence(ctx context.Context, d signoff.Dossier, now time.Time) (evidence.Pack, error) {
	number := d.Ticket.Number
	system, _ := f.Pack.System(d.Ticket.System)
	p := evidence.Pack{
		Ticket: d.Ticket, CreatedAt: now, ContractName: f.Pack.Info.NameZH, SystemName: system.Name, Attachments: d.Attachments,
		Records: d.Records, Root: f.Authority.Root(), Chain: f.Authority.Chain(), Forms: map[string][]byte{},
		Organisations: map[string]string{}, People: map[string]string{},
		Open: func(sha256 string) (io.ReadCloser, error) { return f.Blobs.Open(ctx, sha256) },
	}
	var err error
	if p.Revisions, err = f.submitted(ctx, number); err != nil {
		return p, err
	}
	for _, r := range p.Revisions {
		if p.Forms[r.FormVersion], err = f.read(ctx, r.FormVersion); err != nil {
			return p, fmt.Errorf("form definition of revision %d: %w", r.N, err)
		}
	}
	if p.Signatures, err = f.Store.Signatures(ctx, number); err != nil {
		return p, err
	}
	documents, err := f.Store.Documents(ctx, number)
	if err != nil {
		return p, err
	}
	for _, doc := range documents {
		if doc.Name != EvidenceName {
			doc.Pending = false // filing has just made it
			p.Documents = append(p.Documents, doc)
		}
	}
	if p.Audit, p.Checkpoint, err = f.audit(ctx, number, now); err != nil {
		return p, err
	}
	crl, err := f.Authority.CRL(ctx, now)
	if err != nil {
		return p, err
	}
	p.CRLs = [][]byte{crl}
	return p, f.nameAll(ctx, d, &p)
}

// submitted returns the revisions that entered the chain; a draft that never did proves nothing.
func (f *Filer) submitted(ctx context.Context, ticket string) ([]countersign.Revision, error) {
	all, err := f.Store.Revisions(ctx, ticket)
	var out []countersign.Revision
	for _, r := range all {
		if r.SubmittedAt != nil {
			out = append(out, r)
		}
	}
	return out, err
}

// audit reads the ticket's whole chain and signs its head.
func (f *Filer) audit(ctx context.Context, ticket string, now time.Time) ([]countersign.AuditEntry, countersign.Checkpoint, error) {
	var entries []countersign.AuditEntry
	for cursor := ""; ; {
		page, next, err := f.Store.AuditEntries(ctx, store.AuditQuery{Chain: ticket}, store.Page{Cursor: cursor, Limit: 200})
		if err != nil {
			return nil, countersign.Checkpoint{}, err
		}
		entries = append(entries, page...)
		if cursor = next; cursor == "" {
			break
		}
	}
	head, err := auditlog.Check(entries)
	if err != nil {
		return nil, countersign.Checkpoint{}, err
	}
	sealed, err := checkpoint.Sign(f.Authority.AuditSigner(), "", []countersign.ChainHead{head}, now)
	return entries, sealed, err
}

// nameAll adds the names of everybody and every organisation that the pack mentions.
func (f *Filer) nameAll(ctx context.Context, d signoff.Dossier, p *evidence.Pack) error {
	ids := people(d)
	for _, s := range p.Signatures {
		ids = append(ids, s.Person)
		if s.OnBehalfOf != "" {
			ids = append(ids, s.OnBehalfOf)
		}
		p.Organisations[s.Organisation] = f.organisation(s.Organisation)
	}
	for _, e := range p.Audit {
		if e.Person != "" {
			ids = append(ids, e.Person)
		}
	}
	for _, s := range d.Ticket.Chain {
		p.Organisations[s.Organisation] = f.organisation(s.Organisation)
	}
	names, err := f.Store.PersonNames(ctx, ids)
	p.People = names
	return err
}

// read returns a small blob whole.
func (f *Filer) read(ctx context.Context, digest string) (content []byte, err error) {
	r, err := f.Blobs.Open(ctx, digest)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return io.ReadAll(r)
}
