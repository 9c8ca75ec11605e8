package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
)

func (s *Server) attachmentRoutes() {
	register(s, huma.Operation{
		OperationID: "attach", Method: http.MethodPost, Path: base + "/tickets/{number}/attachments", Tags: []string{"attachments"},
		Summary: "Attach a file to a field of the draft", DefaultStatus: http.StatusCreated,
	}, s.attach)
	register(s, huma.Operation{
		OperationID: "downloadAttachment", Method: http.MethodGet, Path: base + "/tickets/{number}/attachments/{id}", Tags: []string{"attachments"},
		Summary: "Download an attachment",
	}, s.getAttachment)
	register(s, huma.Operation{
		OperationID: "removeAttachment", Method: http.MethodDelete, Path: base + "/tickets/{number}/attachments/{id}", Tags: []string{"attachments"},
		Summary: "Take an attachment off the draft", DefaultStatus: http.StatusNoContent,
	}, s.removeAttachment)
}

// DraftInput names a ticket whose draft is changed, and for whom.
type DraftInput struct {
	Number     string `path:"number" maxLength:"40"`
	OnBehalfOf string `query:"on_behalf_of" maxLength:"40" doc:"person ID of the principal whom the caller stands in for"`
}

type attachInput struct {
	DraftInput
	RawBody huma.MultipartFormFiles[struct {
		File  huma.FormFile `form:"file" required:"true"`
		Field string        `form:"field" required:"true" maxLength:"40" doc:"key of an attachment field of the form"`
	}]
}

type attachmentOutput struct{ Body countersign.Attachment }

func (s *Server) attach(ctx context.Context, c *call, in *attachInput) (*attachmentOutput, error) {
	c.action = "attach"
	defer s.editing.lock(in.Number)()
	m, err := s.draftOf(ctx, c, in.DraftInput)
	if err != nil {
		return nil, err
	}
	form := in.RawBody.Data()
	field := m.process.Form.Field(form.Field)
	if field == nil || field.Kind != "attachment" {
		return nil, countersign.ErrMalformed.With(countersign.FieldError{Field: "field", Code: "unknown_field", Message: "表单没有这个附件栏"})
	}
	existing, err := s.store.Attachments(ctx, m.Number)
	if err != nil {
		return nil, err
	}
	if len(existing) >= s.limits.Attachments {
		return nil, countersign.ErrTooLarge
	}
	content, err := readFile(form.File, s.limits.Upload)
	if err != nil {
		return nil, err
	}
	name, media, err := checkFile(form.File.Filename, content)
	if err != nil {
		return nil, err
	}
	digest, size, err := s.blobs.Put(ctx, bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("store attachment: %w", err)
	}
	a, err := s.store.AddAttachment(ctx, countersign.Attachment{
		Ticket: m.Number, Field: form.Field, Name: freeName(name, existing), MediaType: media, Size: size, SHA256: digest,
		UploadedBy: c.person(), UploadedAt: s.clock(),
	})
	if err != nil {
		return nil, err
	}
	c.note("sha256", digest)
	return &attachmentOutput{Body: a}, s.audit(ctx, c, "attach")
}

// draftOf opens a ticket whose draft the caller may change.
func (s *Server) draftOf(ctx context.Context, c *call, in DraftInput) (*matter, error) {
	if err := s.actFor(ctx, c, in.OnBehalfOf); err != nil {
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
	return m, nil
}

type attachmentInput struct {
	Number string `path:"number" maxLength:"40"`
	ID     int64  `path:"id" minimum:"1"`
}

func (s *Server) getAttachment(ctx context.Context, c *call, in *attachmentInput) (*huma.StreamResponse, error) {
	m, err := s.read(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	a, err := s.store.Attachment(ctx, m.Number, in.ID)
	if err != nil {
		return nil, err
	}
	return s.download(ctx, c, "download_attachment", a.Name, a.MediaType, a.SHA256)
}

type detachInput struct {
	DraftInput
	ID int64 `path:"id" minimum:"1"`
}

func (s *Server) removeAttachment(ctx context.Context, c *call, in *detachInput) (*struct{}, error) {
	c.action = "detach"
	defer s.editing.lock(in.Number)()
	m, err := s.draftOf(ctx, c, in.DraftInput)
	if err != nil {
		return nil, err
	}
	a, err := s.store.Attachment(ctx, m.Number, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.store.RemoveAttachment(ctx, m.Number, in.ID); err != nil {
		return nil, err
	}
	c.note("sha256", a.SHA256)
	return &struct{}{}, s.audit(ctx, c, "detach")
}

// download records that a stored file is taken out, and sends it.
func (s *Server) download(ctx context.Context, c *call, action, name, media, digest string) (*huma.StreamResponse, error) {
	content, err := s.blob(ctx, digest)
	if err != nil {
		return nil, err
	}
	return s.sendFile(ctx, c, action, name, media, digest, content)
}

// sendFile sends a file as a download that no browser may interpret, after recording it.
func (s *Server) sendFile(ctx context.Context, c *call, action, name, media, digest string, content []byte) (*huma.StreamResponse, error) {
	c.note("name", name)
	c.note("sha256", digest)
	if err := s.audit(ctx, c, action); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", media)
		h.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		h.SetHeader("Content-Security-Policy", "sandbox; default-src 'none'")
		h.SetHeader("X-Content-SHA256", digest)
		if _, err := h.BodyWriter().Write(content); err != nil {
			s.log.Warn("download broken off", slog.String("request", c.id), slog.Any("cause", err))
		}
	}}, nil
}

// blob reads a stored file whole.
func (s *Server) blob(ctx context.Context, digest string) (content []byte, err error) {
	r, err := s.blobs.Open(ctx, digest)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return io.ReadAll(r)
}

// fileTypes are the files that people may attach: the media type by extension, and how its bytes begin ("" for text).
var fileTypes = map[string]struct{ media, magic string }{
	".pdf":  {"application/pdf", "%PDF-"},
	".docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\x03\x04"},
	".xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK\x03\x04"},
	".pptx": {"application/vnd.openxmlformats-officedocument.presentationml.presentation", "PK\x03\x04"},
	".doc":  {"application/msword", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
	".xls":  {"application/vnd.ms-excel", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
	".png":  {"image/png", "\x89PNG\r\n\x1a\n"},
	".jpg":  {"image/jpeg", "\xff\xd8\xff"},
	".jpeg": {"image/jpeg", "\xff\xd8\xff"},
	".zip":  {"application/zip", "PK\x03\x04"},
	".7z":   {"application/x-7z-compressed", "7z\xbc\xaf\x27\x1c"},
	".gz":   {"application/gzip", "\x1f\x8b"},
	".txt":  {"text/plain; charset=utf-8", ""},
	".log":  {"text/plain; charset=utf-8", ""},
	".csv":  {"text/csv; charset=utf-8", ""},
	".sql":  {"text/plain; charset=utf-8", ""},
	".md":   {"text/plain; charset=utf-8", ""},
}

// maxFileName is the longest name of a file, in characters.
const maxFileName = 120

// checkFile returns the name to keep and the media type of an uploaded file. The content must be what the extension says.
func checkFile(name string, content []byte) (clean, media string, err error) {
	// Some browsers send a whole path.
	name = path.Base(strings.ReplaceAll(strings.TrimSpace(name), `\`, "/"))
	bad := !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxFileName || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") ||
		strings.ContainsAny(name, `<>:"|?*`) || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
	if name == "" || name == "/" || bad {
		return "", "", countersign.ErrFileName
	}
	kind, known := fileTypes[strings.ToLower(path.Ext(name))]
	switch {
	case !known, len(content) == 0:
		return "", "", countersign.ErrFileType
	case kind.magic != "" && !bytes.HasPrefix(content, []byte(kind.magic)):
		return "", "", countersign.ErrFileType
	case kind.magic == "" && bytes.IndexByte(content, 0) >= 0:
		return "", "", countersign.ErrFileType
	}
	return name, kind.media, nil
}

// freeName keeps names apart within a ticket: the second report.pdf becomes report (2).pdf.
func freeName(name string, existing []countersign.Attachment) string {
	taken := map[string]bool{}
	for _, a := range existing {
		taken[strings.ToLower(a.Name)] = true
	}
	ext := path.Ext(name)
	free := name
	for i := 2; taken[strings.ToLower(free)]; i++ {
		free = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), i, ext)
	}
	return free
}

func itoa(n int) string { return strconv.Itoa(n) }
