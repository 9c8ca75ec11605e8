package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/rbac"
)

func (s *Server) standInRoutes() {
	register(s, huma.Operation{
		OperationID: "listStandIns", Method: http.MethodGet, Path: base + "/standins", Tags: []string{"stand-ins"},
		Summary: "Stand-ins of the caller, in both directions",
	}, s.listStandIns)
	register(s, huma.Operation{
		OperationID: "addStandIn", Method: http.MethodPost, Path: base + "/standins", Tags: []string{"stand-ins"},
		Summary: "Let a colleague act for the caller in a range of time", DefaultStatus: http.StatusCreated,
	}, s.addStandIn)
	register(s, huma.Operation{
		OperationID: "endStandIn", Method: http.MethodDelete, Path: base + "/standins/{id}", Tags: []string{"stand-ins"},
		Summary: "End a stand-in now", DefaultStatus: http.StatusNoContent,
	}, s.endStandIn)
}

// standInBody is a stand-in with the names of both people.
type standInBody struct {
	countersign.StandIn
	PrincipalName string `json:"principal_name"`
	PersonName    string `json:"person_name"`
	Active        bool   `json:"active"`
}

type standInsOutput struct {
	Body struct {
		Items []standInBody `json:"items"`
	}
}

// standInHistory is how far back ended stand-ins are listed.
const standInHistory = 90 * 24 * time.Hour

func (s *Server) listStandIns(ctx context.Context, c *call, _ *struct{}) (*standInsOutput, error) {
	all, err := s.store.StandIns(ctx, c.person(), s.clock().Add(-standInHistory))
	if err != nil {
		return nil, err
	}
	out := &standInsOutput{}
	out.Body.Items = []standInBody{}
	for _, v := range all {
		b, err := s.describeStandIn(ctx, v)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, b)
	}
	return out, nil
}

func (s *Server) describeStandIn(ctx context.Context, v countersign.StandIn) (standInBody, error) {
	names, err := s.people.names(ctx, []string{v.Principal, v.Person})
	return standInBody{StandIn: v, PrincipalName: names[v.Principal], PersonName: names[v.Person], Active: v.Covers(s.clock())}, err
}

type standInInput struct {
	Body struct {
		Person    string    `json:"person" maxLength:"40" doc:"who stands in"`
		Principal string    `json:"principal,omitempty" maxLength:"40" doc:"for whom; default the caller, others only by an operator"`
		From      time.Time `json:"from"`
		To        time.Time `json:"to"`
	}
}

type standInOutput struct{ Body standInBody }

func (s *Server) addStandIn(ctx context.Context, c *call, in *standInInput) (*standInOutput, error) {
	v := countersign.StandIn{
		Principal: in.Body.Principal, Person: in.Body.Person, From: in.Body.From, To: in.Body.To, CreatedBy: c.person(), CreatedAt: s.clock(),
	}
	if v.Principal == "" {
		v.Principal = c.person()
	}
	c.action = "standin_add"
	c.note("principal", v.Principal)
	c.note("person", v.Person)
	if err := s.mayManage(ctx, c, v.Principal); err != nil {
		return nil, err
	}
	if err := s.checkStandIn(ctx, v); err != nil {
		return nil, err
	}
	v, err := s.store.AddStandIn(ctx, v)
	if err != nil {
		return nil, err
	}
	if err := s.audit(ctx, c, "standin_add"); err != nil {
		return nil, err
	}
	b, err := s.describeStandIn(ctx, v)
	return &standInOutput{Body: b}, err
}

// mayManage lets people manage their own stand-ins, and operators those of all.
func (s *Server) mayManage(ctx context.Context, c *call, principal string) error {
	if principal == c.person() {
		return nil
	}
	return s.decide(ctx, c, rbac.Request{System: rbac.Installation, Object: "standin", Action: "manage"})
}

// checkStandIn demands two active people of one organisation and a range of time that has not passed. Stand-ins do not
// add up: who stands in for somebody uses that person's own roles, never those of a further principal.
func (s *Server) checkStandIn(ctx context.Context, v countersign.StandIn) error {
	bad := countersign.ErrStandIn
	if v.Person == v.Principal || !v.To.After(v.From) || v.To.Before(s.clock()) || v.To.Sub(v.From) > maxStandIn {
		return bad
	}
	var organisations []string
	for _, id := range []string{v.Principal, v.Person} {
		p, err := s.people.person(ctx, id)
		if countersign.CodeOf(err) == countersign.ErrNotFound.Code || err == nil && p.Disabled {
			return bad
		}
		if err != nil {
			return err
		}
		organisations = append(organisations, p.Organisation)
	}
	if organisations[0] != organisations[1] {
		return bad
	}
	existing, err := s.store.StandIns(ctx, v.Principal, v.From)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(existing, func(x countersign.StandIn) bool {
		return x.Principal == v.Principal && x.Person == v.Person && x.From.Before(v.To) && v.From.Before(x.To)
	}) {
		return countersign.ErrDuplicate
	}
	return nil
}

// maxStandIn is the longest stand-in; a longer absence is a change of roles.
const maxStandIn = 366 * 24 * time.Hour

type standInIDInput struct {
	ID int64 `path:"id" minimum:"1"`
}

func (s *Server) endStandIn(ctx context.Context, c *call, in *standInIDInput) (*struct{}, error) {
	v, err := s.store.StandIn(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c.action = "standin_end"
	c.note("principal", v.Principal)
	c.note("person", v.Person)
	if v.Person != c.person() { // whoever stands in may decline
		if err := s.mayManage(ctx, c, v.Principal); err != nil {
			return nil, err
		}
	}
	if err := s.store.EndStandIn(ctx, in.ID, s.clock()); err != nil {
		return nil, err
	}
	return &struct{}{}, s.audit(ctx, c, "standin_end")
}
