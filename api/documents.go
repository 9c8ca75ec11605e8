package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/internal/store"
)

// evidenceName is the name of the evidence pack among a ticket's documents.
const evidenceName = "evidence.zip"

func (s *Server) documentRoutes() {
	register(s, huma.Operation{
		OperationID: "listDocuments", Method: http.MethodGet, Path: base + "/tickets/{number}/documents", Tags: []string{"documents"},
		Summary: "Rendered files of a ticket",
	}, s.listDocuments)
	register(s, huma.Operation{
		OperationID: "downloadDocument", Method: http.MethodGet, Path: base + "/tickets/{number}/documents/{name}", Tags: []string{"documents"},
		Summary:     "Download a rendered file",
		Description: "Besides the listed names, the page of each submitted revision is here under its own name.",
	}, s.getDocument)
	register(s, huma.Operation{
		OperationID: "downloadEvidence", Method: http.MethodGet, Path: base + "/tickets/{number}/evidence", Tags: []string{"documents"},
		Summary: "Download the evidence pack of a filed ticket",
	}, s.getEvidence)
	register(s, huma.Operation{
		OperationID: "timeline", Method: http.MethodGet, Path: base + "/tickets/{number}/timeline", Tags: []string{"tickets"},
		Summary: "What happened to a ticket, oldest first",
	}, s.timeline)
}

type documentsOutput struct {
	Body struct {
		Items []countersign.Document `json:"items"`
	}
}

func (s *Server) listDocuments(ctx context.Context, c *call, in *numberInput) (*documentsOutput, error) {
	m, err := s.read(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	out := &documentsOutput{}
	out.Body.Items, err = s.store.Documents(ctx, m.Number)
	if out.Body.Items == nil {
		out.Body.Items = []countersign.Document{}
	}
	return out, err
}

type documentInput struct {
	Number string `path:"number" maxLength:"40"`
	Name   string `path:"name" maxLength:"200"`
}

func (s *Server) getDocument(ctx context.Context, c *call, in *documentInput) (*huma.StreamResponse, error) {
	m, err := s.read(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	revisions, err := s.seenRevisions(ctx, c, m)
	if err != nil {
		return nil, err
	}
	for _, r := range revisions {
		if r.Document.Name == in.Name && r.Document.SHA256 != "" {
			return s.download(ctx, c, "download_page", in.Name, wordMedia, r.Document.SHA256)
		}
	}
	return s.sendDocument(ctx, c, m, in.Name, "download_document")
}

func (s *Server) getEvidence(ctx context.Context, c *call, in *numberInput) (*huma.StreamResponse, error) {
	m, err := s.read(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	return s.sendDocument(ctx, c, m, evidenceName, "download_evidence")
}

// sendDocument finds a document by its exact name: a name is a key of the database, never a path.
func (s *Server) sendDocument(ctx context.Context, c *call, m *matter, name, action string) (*huma.StreamResponse, error) {
	d, err := s.store.Document(ctx, m.Number, name)
	if err != nil {
		return nil, err
	}
	if d.SHA256 == "" {
		return nil, countersign.ErrNotFound
	}
	return s.download(ctx, c, action, d.Name, d.MediaType, d.SHA256)
}

// wordMedia is the media type of Word files.
const wordMedia = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// PageInput asks for one page of a list. It is exported, like the other embedded parts, because huma reads exported fields only.
type PageInput struct {
	Cursor string `query:"cursor" maxLength:"200"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type timelineInput struct {
	Number string `path:"number" maxLength:"40"`
	PageInput
}

type entriesOutput struct {
	Body struct {
		Items      []countersign.AuditEntry `json:"items"`
		NextCursor string                   `json:"next_cursor,omitempty"`
		Names      map[string]string        `json:"names" doc:"names of the people in the entries"`
	}
}

// timeline shows a ticket's audit chain without where its people connected from; auditors read the whole in GET /audit.
func (s *Server) timeline(ctx context.Context, c *call, in *timelineInput) (*entriesOutput, error) {
	m, err := s.read(ctx, c, in.Number)
	if err != nil {
		return nil, err
	}
	out, err := s.entries(ctx, store.AuditQuery{Chain: m.Number}, in.PageInput)
	if err != nil {
		return nil, err
	}
	for i := range out.Body.Items {
		delete(out.Body.Items[i].Detail, "ip")
	}
	return out, nil
}

func (s *Server) entries(ctx context.Context, q store.AuditQuery, p PageInput) (*entriesOutput, error) {
	items, next, err := s.store.AuditEntries(ctx, q, store.Page{Cursor: p.Cursor, Limit: p.Limit})
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, 2*len(items))
	for _, e := range items {
		ids = append(ids, e.Person, e.OnBehalfOf)
	}
	out := &entriesOutput{}
	out.Body.Items, out.Body.NextCursor = append([]countersign.AuditEntry{}, items...), next
	out.Body.Names, err = s.people.names(ctx, ids)
	return out, err
}
