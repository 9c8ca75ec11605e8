package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/internal/checkpoint"
	"countersign/internal/store"
)

func (s *Server) auditRoutes() {
	register(s, huma.Operation{
		OperationID: "listAudit", Method: http.MethodGet, Path: base + "/audit", Tags: []string{"audit"},
		Summary: "Audit entries, of one chain (a ticket number, or system) or of all",
	}, s.listAudit)
	register(s, huma.Operation{
		OperationID: "listCheckpoints", Method: http.MethodGet, Path: base + "/audit/checkpoints", Tags: []string{"audit"},
		Summary: "Signed checkpoints, newest first",
	}, s.listCheckpoints)
	register(s, huma.Operation{
		OperationID: "checkpoint", Method: http.MethodPost, Path: base + "/audit/checkpoints", Tags: []string{"audit"},
		Summary: "Sign a checkpoint over all chains now", DefaultStatus: http.StatusCreated,
	}, s.postCheckpoint)
}

type auditInput struct {
	Chain   string    `query:"chain" maxLength:"40" doc:"ticket number, or system; empty for all"`
	Person  string    `query:"person" maxLength:"40"`
	Action  string    `query:"action" maxLength:"60"`
	Outcome string    `query:"outcome" enum:"ok,refused"`
	From    time.Time `query:"from" doc:"RFC 3339"`
	To      time.Time `query:"to" doc:"RFC 3339"`
	PageInput
}

func (s *Server) listAudit(ctx context.Context, c *call, in *auditInput) (*entriesOutput, error) {
	out, err := s.entries(ctx, store.AuditQuery{
		Chain: in.Chain, Person: in.Person, Action: in.Action, Outcome: in.Outcome, From: in.From, To: in.To,
	}, in.PageInput)
	if err != nil {
		return nil, err
	}
	if in.Chain != "" {
		c.note("chain", in.Chain)
	}
	return out, s.audit(ctx, c, "view_audit")
}

type checkpointBody struct {
	countersign.Checkpoint
	CMS []byte `json:"cms" doc:"detached CMS over body, DER, Base64"`
}

type checkpointsOutput struct {
	Body struct {
		Items      []checkpointBody `json:"items"`
		NextCursor string           `json:"next_cursor,omitempty"`
	}
}

func (s *Server) listCheckpoints(ctx context.Context, _ *call, in *PageInput) (*checkpointsOutput, error) {
	items, next, err := s.store.Checkpoints(ctx, store.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &checkpointsOutput{}
	out.Body.Items, out.Body.NextCursor = []checkpointBody{}, next
	for _, p := range items {
		out.Body.Items = append(out.Body.Items, checkpointBody{Checkpoint: p, CMS: p.CMS})
	}
	return out, nil
}

type checkpointOutput struct{ Body checkpointBody }

func (s *Server) postCheckpoint(ctx context.Context, c *call, _ *struct{}) (*checkpointOutput, error) {
	if err := s.audit(ctx, c, "checkpoint"); err != nil {
		return nil, err
	}
	p, err := checkpoint.Add(ctx, s.store, s.config.Authority.AuditSigner(), s.clock())
	if err != nil {
		return nil, err
	}
	return &checkpointOutput{Body: checkpointBody{Checkpoint: p, CMS: p.CMS}}, nil
}
