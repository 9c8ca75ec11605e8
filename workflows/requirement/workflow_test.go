package requirement

import (
	"slices"
	"testing"
	"time"

	"countersign"
	"countersign/workflows/signoff"
	"countersign/workflows/signoff/desktest"
)

func TestRequirement(t *testing.T) {
	drafter := desktest.Actor("P001", countersign.Implementer)
	developer := desktest.Actor("P003", countersign.Implementer)
	requester, other := desktest.Actor("P014", countersign.Client), desktest.Actor("P012", countersign.Client)
	sign := func(d countersign.Decision, a countersign.Actor) signoff.Command {
		return desktest.Decide(d, "approval.client", 1, a)
	}
	do := func(name string, a countersign.Actor, passed string) signoff.Command {
		c := signoff.Command{Name: name, Actor: a}
		if passed != "" {
			c.Facts = map[string]string{"passed": passed}
		}
		return c
	}
	tests := []struct {
		name  string
		cmds  []signoff.Command
		codes []string
		end   countersign.State
	}{
		{"signed, estimated, tested twice", []signoff.Command{
			do("estimate", developer, ""), sign(countersign.Approve, other), sign(countersign.Approve, requester), do("tested", developer, "true"),
			do("estimate", requester, ""), do("estimate", developer, ""), do("tested", developer, "false"), do("tested", developer, "true")},
			[]string{"not_waiting", "not_named", "", "not_waiting", "wrong_party", "", "", ""}, countersign.StateFiled},
		{"the requester's stand-in signs", []signoff.Command{
			sign(countersign.Approve, countersign.Actor{Person: "P013", OnBehalfOf: "P014", Party: countersign.Client, Organisation: "client"}),
			do("cancel", developer, ""), do("cancel", drafter, "")},
			[]string{"", "not_drafter", ""}, countersign.StateCancelled},
		{"refused", []signoff.Command{sign(countersign.Reject, other), sign(countersign.Reject, requester)}, []string{"not_named", ""}, countersign.StateRejected},
		{"given up during development", []signoff.Command{sign(countersign.Approve, requester), do("estimate", developer, ""), do("cancel", drafter, "")},
			[]string{"", "", ""}, countersign.StateCancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := desktest.New(t, Workflow)
			for i, c := range tt.cmds {
				r.At(time.Duration(i+1)*time.Minute, c)
			}
			in := desktest.Input(Plan{Requester: "P014"})
			in.Chain = []countersign.ChainStep{{ID: "approval.client", Party: countersign.Client, Organisation: "client", Role: "client.requester"}}
			r.Go(in)
			if !slices.Equal(r.Codes, tt.codes) {
				t.Errorf("codes %q, want %q", r.Codes, tt.codes)
			}
			if r.Last().State != tt.end {
				t.Errorf("ended as %s, want %s", r.Last().State, tt.end)
			}
		})
	}
}
