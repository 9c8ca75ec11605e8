package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/internal/store"
)

func (s *Server) peopleRoutes() {
	register(s, huma.Operation{
		OperationID: "listPeople", Method: http.MethodGet, Path: base + "/people", Tags: []string{"people"},
		Summary: "People to choose from: of a system's parties, or of the caller's organisation",
	}, s.listPeople)
}

type peopleInput struct {
	System string            `query:"system" maxLength:"80" doc:"people who hold a role for this system"`
	Party  countersign.Party `query:"party" enum:"implementer,supervisor,client" doc:"only of this party; with system"`
}

type peopleOutput struct {
	Body struct {
		Items []pickBody `json:"items"`
	}
}

type pickBody struct {
	PersonBody
	Party countersign.Party `json:"party,omitempty"`
	Roles []string          `json:"roles,omitempty"`
}

// listPeople answers pickers. Looking at the people of another organisation is a view of personal data and recorded.
func (s *Server) listPeople(ctx context.Context, c *call, in *peopleInput) (*peopleOutput, error) {
	out := &peopleOutput{}
	out.Body.Items = []pickBody{}
	organisations := []string{c.session.Person.Organisation}
	if in.System != "" {
		if _, ok := s.pack.System(in.System); !ok {
			return nil, countersign.ErrUnknownSystem
		}
		organisations = nil
		for _, p := range countersign.Parties {
			if in.Party == "" || in.Party == p {
				organisations = append(organisations, s.pack.PartyOrganisation(in.System, p))
			}
		}
		c.note("system", in.System)
	}
	for _, organisation := range organisations {
		people, err := s.members(ctx, organisation)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			if pick, ok := s.pick(p, in.System); ok {
				out.Body.Items = append(out.Body.Items, pick)
			}
		}
	}
	return out, s.audit(ctx, c, "view_people")
}

// members returns the enabled people of an organisation.
func (s *Server) members(ctx context.Context, organisation string) ([]countersign.Person, error) {
	var out []countersign.Person
	for cursor := ""; ; {
		people, next, err := s.store.ListPersons(ctx, organisation, store.Page{Cursor: cursor, Limit: store.MaxLimit})
		if err != nil {
			return nil, err
		}
		out = append(out, people...)
		if cursor = next; cursor == "" {
			return slices.DeleteFunc(out, func(p countersign.Person) bool { return p.Disabled }), nil
		}
	}
}

// pick describes a person for a picker; with a system only those who hold a role there.
func (s *Server) pick(p countersign.Person, system string) (pickBody, bool) {
	b := pickBody{PersonBody: s.describe(p)}
	b.Account = ""
	if system == "" {
		return b, true
	}
	b.Party = s.pack.PartyOf(system, p.Organisation)
	b.Roles = s.rbac.Roles(p.ID, p.Organisation, system)
	return b, len(b.Roles) > 0
}
