package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"countersign/internal/store"
)

func (s *Server) noticeRoutes() {
	register(s, huma.Operation{
		OperationID: "listNotices", Method: http.MethodGet, Path: base + "/notices", Tags: []string{"notices"},
		Summary: "Reminders and copies sent to the caller, newest first",
	}, s.listNotices)
	register(s, huma.Operation{
		OperationID: "readNotices", Method: http.MethodPost, Path: base + "/notices/read", Tags: []string{"notices"},
		Summary: "Mark notices as read, all of them without IDs", DefaultStatus: http.StatusNoContent,
	}, s.readNotices)
}

type noticesInput struct {
	Unread bool `query:"unread" doc:"only those that were not read"`
	PageInput
}

type noticesOutput struct {
	Body struct {
		Items      []store.Notice    `json:"items"`
		NextCursor string            `json:"next_cursor,omitempty"`
		Unread     int               `json:"unread" doc:"how many were not read"`
		Names      map[string]string `json:"names" doc:"names of the senders"`
	}
}

func (s *Server) listNotices(ctx context.Context, c *call, in *noticesInput) (*noticesOutput, error) {
	items, next, err := s.store.Notices(ctx, c.person(), in.Unread, store.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &noticesOutput{}
	out.Body.Items, out.Body.NextCursor = append([]store.Notice{}, items...), next
	ids := make([]string, 0, len(items))
	for _, n := range items {
		ids = append(ids, n.Sender)
	}
	if out.Body.Names, err = s.people.names(ctx, ids); err != nil {
		return nil, err
	}
	out.Body.Unread, err = s.store.UnreadNotices(ctx, c.person())
	return out, err
}

type readInput struct {
	Body struct {
		IDs []int64 `json:"ids,omitempty" maxItems:"500"`
	}
}

func (s *Server) readNotices(ctx context.Context, c *call, in *readInput) (*struct{}, error) {
	return &struct{}{}, s.store.ReadNotices(ctx, c.person(), s.clock(), in.Body.IDs...)
}
