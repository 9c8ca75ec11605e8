package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/internal/contract"
	"countersign/rbac"
)

func (s *Server) processRoutes() {
	register(s, huma.Operation{
		OperationID: "listProcesses", Method: http.MethodGet, Path: base + "/processes", Tags: []string{"contract"},
		Summary: "Kinds of ticket, with the systems for which the caller may draft them",
	}, s.listProcesses)
	register(s, huma.Operation{
		OperationID: "getForm", Method: http.MethodGet, Path: base + "/processes/{process}/form", Tags: []string{"contract"},
		Summary: "A process's form: JSON Schema of the values and layout of the screen",
	}, s.getForm)
	register(s, huma.Operation{
		OperationID: "listSystems", Method: http.MethodGet, Path: base + "/systems", Tags: []string{"contract"},
		Summary: "Systems of the contract with who plays which party",
	}, s.listSystems)
}

type processBody struct {
	Key     string            `json:"key"`
	Name    string            `json:"name"`
	NameEN  string            `json:"name_en"`
	Prefix  string            `json:"prefix"`
	Clause  string            `json:"clause"`
	Chain   []seatBody        `json:"chain"`
	Actions []actionBody      `json:"actions" doc:"execution steps of the process"`
	Systems []string          `json:"draft_systems" doc:"systems for which the caller may draft"`
	States  map[string]string `json:"state_labels"`
}

type seatBody struct {
	Step  string            `json:"step"`
	Party countersign.Party `json:"party"`
	Label string            `json:"label"`
	Role  string            `json:"role"`
}

type processesOutput struct {
	Body struct {
		Items []processBody `json:"items"`
	}
}

func (s *Server) listProcesses(_ context.Context, c *call, _ *struct{}) (*processesOutput, error) {
	out := &processesOutput{}
	out.Body.Items = []processBody{}
	person := c.session.Person
	for _, p := range s.processes {
		b := processBody{
			Key: p.Key, Name: p.Name, NameEN: p.NameEN, Prefix: p.Prefix, Clause: p.Clause, Chain: []seatBody{}, Actions: []actionBody{},
			Systems: append([]string{}, s.rbac.Systems(person.ID, person.Organisation, p.Key, "draft")...), States: stateLabels,
		}
		for _, seat := range p.Chain {
			b.Chain = append(b.Chain, seatBody{Step: seat.Step, Party: seat.Party, Label: seat.Party.Label(), Role: seat.Role})
		}
		for _, a := range p.Actions {
			b.Actions = append(b.Actions, actionBody{Name: a.Name, Label: a.Label, Section: a.Section})
		}
		out.Body.Items = append(out.Body.Items, b)
	}
	return out, nil
}

// stateLabels is the Chinese word of every state.
var stateLabels = func() map[string]string {
	labels := map[string]string{}
	for _, state := range []countersign.State{
		countersign.StateDraft, countersign.StateSigning, countersign.StateReturned, countersign.StateWithdrawn, countersign.StateApproved,
		countersign.StateExecuting, countersign.StateConfirm, countersign.StateRollback, countersign.StateReport, countersign.StateAccept,
		countersign.StateFiled, countersign.StateRejected, countersign.StateCancelled, countersign.StateExpired,
	} {
		labels[string(state)] = state.Label()
	}
	return labels
}()

type processInput struct {
	Process string `path:"process" maxLength:"40"`
}

type formDefinitionOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Process string         `json:"process"`
		Version string         `json:"version" doc:"digest of the definition; a ticket freezes it at submit"`
		Schema  map[string]any `json:"schema" doc:"JSON Schema of the values"`
		Layout  any            `json:"layout" doc:"groups and fields in the order of the screen, and the sections"`
	}
}

func (s *Server) getForm(_ context.Context, _ *call, in *processInput) (*formDefinitionOutput, error) {
	p, err := s.process(in.Process)
	if err != nil {
		return nil, countersign.ErrNotFound.Because(err)
	}
	out := &formDefinitionOutput{CacheControl: "private, max-age=60"}
	out.Body.Process, out.Body.Version = p.Key, p.Form.Version()
	out.Body.Schema, out.Body.Layout = p.Form.JSONSchema(), p.Form.Layout()
	return out, nil
}

type systemBody struct {
	Key      string      `json:"key"`
	Name     string      `json:"name"`
	Kind     string      `json:"kind" doc:"system, subsystem, service or part"`
	Parent   string      `json:"parent,omitempty"`
	Platform string      `json:"platform,omitempty"`
	Clause   string      `json:"clause"`
	Parties  []partyBody `json:"parties"`
}

type partyBody struct {
	Party        countersign.Party `json:"party"`
	Label        string            `json:"label"`
	Organisation string            `json:"organisation"`
	Name         string            `json:"name"`
}

type systemsOutput struct {
	Body struct {
		Contract contractBody `json:"contract"`
		Items    []systemBody `json:"items"`
	}
}

type contractBody struct {
	Key     string `json:"key"`
	Version string `json:"version"`
	Name    string `json:"name"`
	From    string `json:"from"`
	To      string `json:"to"`
}

// listSystems returns every system in which the caller's organisation plays a party, or all of them for people whose role
// belongs to the installation.
func (s *Server) listSystems(_ context.Context, c *call, _ *struct{}) (*systemsOutput, error) {
	info := s.pack.Info
	out := &systemsOutput{}
	out.Body.Contract = contractBody{Key: info.Key, Version: info.Version, Name: info.NameZH, From: info.From.String(), To: info.To.String()}
	out.Body.Items = []systemBody{}
	all := len(s.rbac.Roles(c.person(), c.session.Person.Organisation, rbac.Installation)) > 0
	for _, system := range s.pack.Systems() {
		if all || s.pack.PartyOf(system.Key, c.session.Person.Organisation) != "" {
			out.Body.Items = append(out.Body.Items, s.describeSystem(system))
		}
	}
	return out, nil
}

func (s *Server) describeSystem(system contract.System) systemBody {
	b := systemBody{
		Key: system.Key, Name: system.Name, Kind: string(system.Kind), Parent: system.Parent, Platform: system.Platform,
		Clause: system.Source.Clause, Parties: []partyBody{},
	}
	for _, p := range countersign.Parties {
		key := s.pack.PartyOrganisation(system.Key, p)
		b.Parties = append(b.Parties, partyBody{Party: p, Label: p.Label(), Organisation: key, Name: s.organisationName(key)})
	}
	return b
}
