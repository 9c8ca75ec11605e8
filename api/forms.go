package api

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/forms"
	"countersign/internal/store"
	"countersign/workflows/signoff"
)

func (s *Server) formRoutes() {
	register(s, huma.Operation{
		OperationID: "saveForm", Method: http.MethodPut, Path: base + "/tickets/{number}/form", Tags: []string{"forms"},
		Summary: "Save the draft of the current or next revision",
	}, s.putForm)
	register(s, huma.Operation{
		OperationID: "readWordForm", Method: http.MethodPost, Path: base + "/tickets/{number}/form/word", Tags: []string{"forms"},
		Summary: "Read a filled-in Word form; nothing is saved until PUT form",
	}, s.readWord)
	register(s, huma.Operation{
		OperationID: "listRevisions", Method: http.MethodGet, Path: base + "/tickets/{number}/revisions", Tags: []string{"forms"},
		Summary: "All revisions of a ticket",
	}, s.listRevisions)
	register(s, huma.Operation{
		OperationID: "getRevision", Method: http.MethodGet, Path: base + "/tickets/{number}/revisions/{n}", Tags: []string{"forms"},
		Summary: "One revision with its values and what changed since the one before",
	}, s.getRevision)
}

type formInput struct {
	Number string `path:"number" maxLength:"40"`
	Body   struct {
		Form       forms.Values `json:"form"`
		Revision   int          `json:"revision,omitempty" minimum:"0" doc:"the revision that the caller edited; refused when another was saved meanwhile"`
		BaseSHA256 string       `json:"base_sha256,omitempty" maxLength:"64" doc:"form_sha256 that the caller started from; refused when the draft changed since"`
		OnBehalfOf string       `json:"on_behalf_of,omitempty" maxLength:"40"`
	}
}

func (s *Server) putForm(ctx context.Context, c *call, in *formInput) (*formOutput, error) {
	c.action = "draft"
	defer s.editing.lock(in.Number)()
	if err := s.actFor(ctx, c, in.Body.OnBehalfOf); err != nil {
		return nil, err
	}
	m, err := s.open(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	if err := s.mayDraft(ctx, c, m, "draft"); err != nil {
		return nil, err
	}
	if !m.State.Editable() {
		return nil, countersign.ErrNotWaiting
	}
	values, problems := m.process.Form.Validate(in.Body.Form, forms.Draft, forms.Env{Location: s.pack.Calendar().Location()})
	if len(problems) > 0 {
		return nil, countersign.ErrInvalid.With(fieldErrors(problems)...)
	}
	content, err := forms.Canonical(values)
	if err != nil {
		return nil, err
	}
	last, err := s.store.Revision(ctx, m.Number, 0)
	if err != nil {
		return nil, err
	}
	n := last.N
	if last.SubmittedAt != nil {
		n++
	}
	if in.Body.Revision != 0 && in.Body.Revision != n || in.Body.BaseSHA256 != "" && in.Body.BaseSHA256 != last.SHA256 {
		return nil, countersign.ErrConflict
	}
	saved, err := s.store.SaveRevision(ctx, store.RevisionDraft{
		Ticket: m.Number, N: n, Title: s.title(m.process.Name, m.System, values), Canonical: content,
		FormVersion: m.process.Form.Version(), By: c.actor, At: s.clock(),
	})
	if err != nil {
		return nil, err
	}
	m.Revision = saved.N
	return &formOutput{Body: savedBody{AnswerBody: answerOfTicket(m.Ticket), FormSHA256: saved.SHA256, ShortCode: signoff.ShortCode(saved.SHA256)}}, nil
}

type formOutput struct{ Body savedBody }

// savedBody is where a ticket stands after its draft was saved. Revision is that of the draft.
type savedBody struct {
	AnswerBody
	FormSHA256 string `json:"form_sha256"`
	ShortCode  string `json:"short_code"`
}

type wordInput struct {
	DraftInput
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true"`
	}]
}

type wordOutput struct {
	Body struct {
		Values   forms.Values             `json:"values" doc:"what the file says, normalised"`
		Problems []countersign.FieldError `json:"problems" doc:"what could not be read or is not acceptable"`
		Changes  []forms.Change           `json:"changes" doc:"what differs from the saved form"`
	}
}

func (s *Server) readWord(ctx context.Context, c *call, in *wordInput) (*wordOutput, error) {
	c.action = "draft"
	m, err := s.draftOf(ctx, c, in.DraftInput)
	if err != nil {
		return nil, err
	}
	docx, err := readFile(in.RawBody.Data().File, s.limits.Upload)
	if err != nil {
		return nil, err
	}
	read, unread, err := forms.ReadBack(docx, m.process.Form)
	if err != nil {
		return nil, docxError(err, countersign.ErrDocx)
	}
	values, wrong := m.process.Form.Validate(read, forms.Draft, forms.Env{Location: s.pack.Calendar().Location()})
	last, err := s.store.Revision(ctx, m.Number, 0)
	if err != nil {
		return nil, err
	}
	before, err := forms.DecodeValues(last.Canonical)
	if err != nil {
		return nil, err
	}
	out := &wordOutput{}
	out.Body.Values, out.Body.Problems = values, fieldErrors(append(unread, wrong...))
	out.Body.Changes = append([]forms.Change{}, forms.Diff(m.process.Form, before, values)...)
	return out, nil
}

// docxError answers for a Word file that was refused; the engine's own sentence says why.
func docxError(err error, as *countersign.Error) error {
	var fe *forms.FileError
	if !errors.As(err, &fe) {
		return err
	}
	return as.Because(err).With(countersign.FieldError{Field: "file", Code: fe.Code, Message: fe.Message})
}

// readFile reads an uploaded file of at most limit bytes.
func readFile(f huma.FormFile, limit int) (content []byte, err error) {
	if !f.IsSet {
		return nil, countersign.ErrMalformed.With(countersign.FieldError{Field: "file", Code: "required", Message: "请选择文件"})
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	content, err = io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(content) > limit {
		err = countersign.ErrTooLarge
	}
	return content, err
}

// RevisionBody is a revision in a list.
type RevisionBody struct {
	countersign.Revision
	ShortCode     string `json:"short_code"`
	CreatedByName string `json:"created_by_name"`
}

type revisionsOutput struct {
	Body struct {
		Items []RevisionBody `json:"items"`
	}
}

// seenRevisions returns the revisions that the caller may see: a draft is its drafters' own.
func (s *Server) seenRevisions(ctx context.Context, c *call, m *matter) ([]RevisionBody, error) {
	all, err := s.store.Revisions(ctx, m.Number)
	if err != nil {
		return nil, err
	}
	drafts, err := s.drafts(ctx, c, m)
	if err != nil {
		return nil, err
	}
	out := []RevisionBody{}
	for _, r := range all {
		if r.SubmittedAt == nil && !drafts {
			continue
		}
		names, err := s.people.names(ctx, []string{r.CreatedBy})
		if err != nil {
			return nil, err
		}
		out = append(out, RevisionBody{Revision: r, ShortCode: signoff.ShortCode(r.SHA256), CreatedByName: names[r.CreatedBy]})
	}
	return out, nil
}

func (s *Server) listRevisions(ctx context.Context, c *call, in *numberInput) (*revisionsOutput, error) {
	m, err := s.read(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	out := &revisionsOutput{}
	out.Body.Items, err = s.seenRevisions(ctx, c, m)
	return out, err
}

type revisionInput struct {
	Number string `path:"number" maxLength:"40"`
	N      int    `path:"n" minimum:"1" maximum:"100000"`
}

type revisionOutput struct {
	Body struct {
		RevisionBody
		Form    forms.Values   `json:"form"`
		Changes []forms.Change `json:"changes" doc:"since the revision before"`
	}
}

func (s *Server) getRevision(ctx context.Context, c *call, in *revisionInput) (*revisionOutput, error) {
	m, err := s.read(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	revisions, err := s.seenRevisions(ctx, c, m)
	if err != nil {
		return nil, err
	}
	before := forms.Values{}
	for _, r := range revisions {
		values, err := forms.DecodeValues(r.Canonical)
		if err != nil {
			return nil, err
		}
		if r.N != in.N {
			before = values
			continue
		}
		out := &revisionOutput{}
		out.Body.RevisionBody, out.Body.Form, out.Body.Changes = r, values, []forms.Change{}
		if r.N > 1 {
			out.Body.Changes = append(out.Body.Changes, forms.Diff(m.process.Form, before, values)...)
		}
		c.note("revision", itoa(r.N))
		return out, s.audit(ctx, c, "view_revision")
	}
	return nil, countersign.ErrNotFound
}
