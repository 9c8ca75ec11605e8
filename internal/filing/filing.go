package filing

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"countersign"
	"countersign/forms"
	"countersign/internal/blob"
	"countersign/internal/contract"
	"countersign/internal/pki"
	"countersign/internal/store"
	"countersign/workflows"
	"countersign/workflows/signoff"
)

// MediaTypes of the files that filing makes.
const (
	MediaWord = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	MediaZip  = "application/zip"
)

// EvidenceName is the name of the evidence pack among a ticket's documents.
const EvidenceName = "evidence.zip"

// Templates finds the Word template of a process. A digest asks for the one that was frozen at submit, "" for today's.
type Templates interface {
	Template(ctx context.Context, process, digest string) (*forms.Template, error)
}

// Filer holds the parts that filing works with. All fields are required.
type Filer struct {
	Store     *store.Store
	Blobs     *blob.Store
	Pack      *contract.Pack
	Authority *pki.Authority
	Templates Templates
	Log       *slog.Logger
}

// RevisionPage renders a stored revision as its signers will read it, without any sign-off, and stores the file. The same
// revision gives the same bytes.
func (f *Filer) RevisionPage(ctx context.Context, ticket string, revision int) (countersign.FileDigest, error) {
	t, err := f.Store.Ticket(ctx, ticket)
	if err != nil {
		return countersign.FileDigest{}, err
	}
	r, err := f.Store.Revision(ctx, ticket, revision)
	if err != nil {
		return countersign.FileDigest{}, err
	}
	attachments, err := f.Store.Attachments(ctx, ticket)
	if err != nil {
		return countersign.FileDigest{}, err
	}
	t.State, t.Progress = "", nil
	docx, err := f.render(ctx, signoff.Dossier{Ticket: t, Revision: r, Attachments: attachments})
	if err != nil {
		return countersign.FileDigest{}, err
	}
	digest, _, err := f.Blobs.Put(ctx, bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		return countersign.FileDigest{}, fmt.Errorf("page of %s: %w", ticket, err)
	}
	return countersign.FileDigest{Name: fmt.Sprintf("%s-r%d.docx", ticket, revision), SHA256: digest}, nil
}

// render fills the process's template. d.Values is decoded here from the revision.
func (f *Filer) render(ctx context.Context, d signoff.Dossier) ([]byte, error) {
	process, ok := workflows.ByKey(d.Ticket.Process)
	if !ok {
		return nil, countersign.ErrUnknownProc
	}
	template, err := f.Templates.Template(ctx, process.Key, d.Revision.TemplateSHA256)
	if err != nil {
		return nil, err
	}
	if d.Values, err = forms.DecodeValues(d.Revision.Canonical); err != nil {
		return nil, fmt.Errorf("%s revision %d: %w", d.Ticket.Number, d.Revision.N, err)
	}
	if d.Person, err = f.names(ctx, d); err != nil {
		return nil, err
	}
	d.Org = f.organisation
	definition, err := f.definition(ctx, process.Form, d.Revision.FormVersion)
	if err != nil {
		return nil, err
	}
	docx, err := template.Fill(definition, process.Compose(d))
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", d.Ticket.Number, err)
	}
	return docx, nil
}

// definition returns the form definition that a revision was filled in by: today's, or the one that was kept under its version.
func (f *Filer) definition(ctx context.Context, today *forms.Definition, version string) (*forms.Definition, error) {
	if version == today.Version() {
		return today, nil
	}
	canonical, err := f.read(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("form definition %.12s: %w", version, err)
	}
	return forms.RestoreDefinition(canonical)
}

func (f *Filer) organisation(key string) string {
	if o, ok := f.Pack.Organisation(key); ok {
		return o.Name
	}
	return key
}

// names looks up everybody whom the dossier can mention in one query.
func (f *Filer) names(ctx context.Context, d signoff.Dossier) (func(string) string, error) {
	names, err := f.Store.PersonNames(ctx, people(d))
	if err != nil {
		return nil, err
	}
	return func(id string) string {
		if n := names[id]; n != "" {
			return n
		}
		return id
	}, nil
}

// people lists the person IDs in a dossier: signers, stand-ins, authors of records and every ID in the form's values.
func people(d signoff.Dossier) []string {
	seen := map[string]bool{d.Ticket.Drafter: true}
	for _, s := range d.Signatures {
		seen[s.Person], seen[s.OnBehalfOf] = true, true
	}
	for _, r := range d.Records {
		seen[r.Person] = true
	}
	collect(map[string]any(d.Values), seen)
	for _, id := range strings.FieldsFunc(string(d.Ticket.Progress), func(r rune) bool { return r == '"' }) {
		if isPerson(id) {
			seen[id] = true
		}
	}
	delete(seen, "")
	out := make([]string, 0, len(seen))
	for id := range seen {
		out = append(out, id)
	}
	return out
}

// collect finds person IDs in form values, which hold no other text of that shape.
func collect(v any, seen map[string]bool) {
	switch v := v.(type) {
	case string:
		if isPerson(v) {
			seen[v] = true
		}
	case []any:
		for _, x := range v {
			collect(x, seen)
		}
	case map[string]any:
		for _, x := range v {
			collect(x, seen)
		}
	}
}

// isPerson reports whether s can be a person ID: P and digits. A text that merely looks like one costs a look-up, no more.
func isPerson(s string) bool {
	return len(s) > 1 && len(s) <= 16 && s[0] == 'P' && strings.Trim(s[1:], "0123456789") == ""
}

// Run renders tickets whose form is out of date, until ctx ends. A ticket is rendered when it was left alone for pause, so
// that steps in quick succession cost one page.
func (f *Filer) Run(ctx context.Context, pause time.Duration) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		for ctx.Err() == nil {
			job, ok, err := f.Store.NextRender(ctx, pause)
			if err != nil || !ok {
				f.complain(ctx, "render queue", err)
				break
			}
			if err := f.renderTicket(ctx, job); err != nil {
				f.complain(ctx, "render "+job.Ticket, err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (f *Filer) complain(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		f.Log.Error(what, "error", err)
	}
}

func (f *Filer) renderTicket(ctx context.Context, job store.RenderJob) error {
	d, err := f.dossier(ctx, job.Ticket)
	if err != nil {
		return err
	}
	if d.Ticket.State.Closed() {
		return f.Store.DoneRender(ctx, job) // filing renders the final form itself, sealed
	}
	docx, err := f.render(ctx, d)
	if err != nil {
		return err
	}
	if err := f.put(ctx, d.Ticket, FormName(d.Ticket.Number), MediaWord, docx); err != nil {
		return err
	}
	return f.Store.DoneRender(ctx, job)
}

// FormName is the name of a ticket's Word form among its documents.
func FormName(ticket string) string { return ticket + ".docx" }

// dossier gathers what counts in the current revision.
func (f *Filer) dossier(ctx context.Context, ticket string) (signoff.Dossier, error) {
	var d signoff.Dossier
	var err error
	if d.Ticket, err = f.Store.Ticket(ctx, ticket); err != nil {
		return d, err
	}
	if d.Revision, err = f.Store.Revision(ctx, ticket, d.Ticket.Revision); err != nil {
		return d, err
	}
	if d.Attachments, err = f.Store.Attachments(ctx, ticket); err != nil {
		return d, err
	}
	all, err := f.Store.Signatures(ctx, ticket)
	if err != nil {
		return d, err
	}
	for _, s := range all {
		if s.Status == countersign.SignatureCounted {
			d.Signatures = append(d.Signatures, s)
		}
	}
	records, err := f.Store.Records(ctx, ticket)
	if err != nil {
		return d, err
	}
	for _, r := range records {
		if r.Counted {
			d.Records = append(d.Records, r)
		}
	}
	return d, nil
}

func (f *Filer) put(ctx context.Context, t countersign.Ticket, name, media string, content []byte) error {
	digest, size, err := f.Blobs.Put(ctx, bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return fmt.Errorf("store %s: %w", name, err)
	}
	return f.Store.PutDocument(ctx, countersign.Document{
		Ticket: t.Number, Name: name, Revision: t.Revision, MediaType: media, SHA256: digest, Size: size, CreatedAt: time.Now(),
	})
}
