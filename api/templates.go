package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/forms"
	"countersign/internal/templates"
)

func (s *Server) templateRoutes() {
	register(s, huma.Operation{
		OperationID: "getTemplate", Method: http.MethodGet, Path: base + "/processes/{process}/template", Tags: []string{"templates"},
		Summary: "The Word template in force and those before it",
	}, s.getTemplate)
	register(s, huma.Operation{
		OperationID: "putTemplate", Method: http.MethodPut, Path: base + "/processes/{process}/template", Tags: []string{"templates"},
		Summary: "Replace the Word template, after checking it against the form",
	}, s.putTemplate)
	register(s, huma.Operation{
		OperationID: "downloadTemplate", Method: http.MethodGet, Path: base + "/processes/{process}/template/{version}", Tags: []string{"templates"},
		Summary: "Download a template: current, or one by its digest",
	}, s.downloadTemplate)
}

// templateBody describes the template of a process.
type templateBody struct {
	Process  string            `json:"process"`
	SHA256   string            `json:"sha256" doc:"of the template in force"`
	Source   string            `json:"source" doc:"built_in, folder or upload"`
	Versions []templateVersion `json:"versions" doc:"uploads, newest first"`
	Form     string            `json:"form_version"`
}

type templateVersion struct {
	SHA256     string    `json:"sha256"`
	UploadedBy string    `json:"uploaded_by"`
	Name       string    `json:"uploaded_by_name"`
	UploadedAt time.Time `json:"uploaded_at"`
}

type templateOutput struct{ Body templateBody }

func (s *Server) getTemplate(ctx context.Context, _ *call, in *processInput) (*templateOutput, error) {
	return s.describeTemplate(ctx, in.Process)
}

func (s *Server) describeTemplate(ctx context.Context, process string) (*templateOutput, error) {
	p, err := s.process(process)
	if err != nil {
		return nil, countersign.ErrNotFound.Because(err)
	}
	current, source, err := s.templates.InForce(ctx, p.Key)
	if err != nil {
		return nil, err
	}
	versions, err := s.templates.Versions(ctx, p.Key)
	if err != nil {
		return nil, err
	}
	out := &templateOutput{Body: templateBody{
		Process: p.Key, SHA256: current.Digest(), Source: string(source), Versions: []templateVersion{}, Form: p.Form.Version(),
	}}
	for _, v := range versions {
		names, err := s.people.names(ctx, []string{v.By})
		if err != nil {
			return nil, err
		}
		out.Body.Versions = append(out.Body.Versions, templateVersion{SHA256: v.SHA256, UploadedBy: v.By, Name: names[v.By], UploadedAt: v.At})
	}
	return out, nil
}

type templateInput struct {
	Process string `path:"process" maxLength:"40"`
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true"`
	}]
}

func (s *Server) putTemplate(ctx context.Context, c *call, in *templateInput) (*templateOutput, error) {
	c.action = "template_upload"
	c.note("process", in.Process)
	p, err := s.process(in.Process)
	if err != nil {
		return nil, countersign.ErrNotFound.Because(err)
	}
	docx, err := readFile(in.RawBody.Data().File, s.limits.Upload)
	if err != nil {
		return nil, err
	}
	installed, err := s.templates.Install(ctx, p.Key, docx, c.person(), s.clock())
	if err != nil {
		return nil, templateError(err)
	}
	c.note("sha256", installed.Digest())
	if err := s.audit(ctx, c, "template_upload"); err != nil {
		return nil, err
	}
	return s.describeTemplate(ctx, p.Key)
}

// templateError names every control that is missing, unknown or doubled.
func templateError(err error) error {
	var te *forms.TemplateError
	if !errors.As(err, &te) {
		return docxError(err, countersign.ErrTemplate)
	}
	var fields []countersign.FieldError
	for _, p := range te.Problems {
		fields = append(fields, countersign.FieldError{Field: p.Tag, Code: p.Code, Message: p.Message})
	}
	return countersign.ErrTemplate.Because(err).With(fields...)
}

type templateFileInput struct {
	Process string `path:"process" maxLength:"40"`
	Version string `path:"version" maxLength:"64" doc:"current, or the SHA-256 of a version"`
}

func (s *Server) downloadTemplate(ctx context.Context, c *call, in *templateFileInput) (*huma.StreamResponse, error) {
	p, err := s.process(in.Process)
	if err != nil {
		return nil, countersign.ErrNotFound.Because(err)
	}
	t, _, err := s.templates.InForce(ctx, p.Key)
	if err == nil && in.Version != "current" && in.Version != t.Digest() {
		t, err = s.olderTemplate(ctx, p.Key, in.Version)
	}
	if err != nil {
		return nil, err
	}
	return s.sendFile(ctx, c, "download_template", p.Key+".docx", wordMedia, t.Digest(), t.Bytes())
}

// olderTemplate returns an upload of before. Only these can be had by digest: a digest alone opens no other stored file.
func (s *Server) olderTemplate(ctx context.Context, process, digest string) (*forms.Template, error) {
	versions, err := s.templates.Versions(ctx, process)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(versions, func(v templates.Version) bool { return v.SHA256 == digest }) {
		return nil, countersign.ErrNotFound
	}
	return s.templates.Template(ctx, process, digest)
}
