package upgrade

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"countersign"
	"countersign/forms"
	"countersign/workflows/signoff"
)

// twoDays stands for the contract's calendar: work that affects business may start 48 hours after it was asked for.
type twoDays struct{ err error }

func (r twoDays) NoticeFrom(t time.Time) (time.Time, error) { return t.Add(48 * time.Hour), r.err }

func (r twoDays) ConfirmWithin() (time.Duration, error) { return 2 * time.Hour, nil }

func (r twoDays) LongestWindow() (time.Duration, error) { return 24 * time.Hour, nil }

func form(change map[string]any) forms.Values {
	v := forms.Values{
		"release_level": "日常发布", "upgrade_at": "2024-08-12T20:00:00+08:00", "window_end": "2024-08-12T22:00:00+08:00",
		"confirm_limit_minutes": 30, "business_affected": false, "operators": []any{"P004"},
		"rollback_steps": []any{map[string]any{"action": "恢复", "check": "版本", "owner": "P004", "limit_minutes": 15}},
	}
	for k, x := range change {
		v[k] = x
	}
	return v
}

func TestPrepare(t *testing.T) {
	soon := map[string]any{"business_affected": true, "upgrade_at": "2024-08-07T12:00:00+08:00", "window_end": "2024-08-07T14:00:00+08:00"}
	with := func(base map[string]any, more ...any) map[string]any {
		out := map[string]any{}
		for k, v := range base {
			out[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	signed := countersign.Ticket{Number: "REQ-2024-000001", Process: "requirement", System: "document_flow", State: countersign.StateApproved}
	linked := func(change func(*countersign.Ticket)) countersign.Ticket {
		t := signed
		change(&t)
		return t
	}
	ref := map[string]any{"requirement_no": signed.Number}
	tests := []struct {
		name     string
		change   map[string]any
		linked   countersign.Ticket
		problems []string // field:code
		waiver   bool
	}{
		{"plain", nil, countersign.Ticket{}, nil, false},
		{"affects business, in time", map[string]any{"business_affected": true}, countersign.Ticket{}, nil, false},
		{"affects business, too late", soon, countersign.Ticket{}, []string{"upgrade_at:notice_too_short"}, false},
		{"late, emergency without asking", with(soon, "release_level", Emergency), countersign.Ticket{}, []string{"upgrade_at:notice_too_short"}, false},
		{"late, emergency, asks for the waiver", with(soon, "release_level", Emergency, "notice_waiver_requested", true), countersign.Ticket{}, nil, true},
		{"late, asks for the waiver, no emergency", with(soon, "notice_waiver_requested", true), countersign.Ticket{},
			[]string{"notice_waiver_requested:only_emergency", "upgrade_at:notice_too_short"}, false},
		{"began in the past", map[string]any{"upgrade_at": "2024-08-07T08:00:00+08:00", "window_end": "2024-08-07T10:00:00+08:00"}, countersign.Ticket{}, []string{"upgrade_at:in_the_past"}, false},
		{"a window without end", map[string]any{"window_end": "2099-01-01T00:00:00+08:00"}, countersign.Ticket{}, []string{"window_end:too_long"}, false},
		{"an operator of another company", map[string]any{"operators": []any{"P004", "P007"}}, countersign.Ticket{}, []string{"operators[1]:no_such_role"}, false},
		{"a rollback step of the supervisor's", map[string]any{"rollback_steps": []any{map[string]any{"owner": "P010", "limit_minutes": 15}}}, countersign.Ticket{}, []string{"rollback_steps[0].owner:no_such_role"}, false},
		{"waits too long for its success", map[string]any{"confirm_limit_minutes": 121}, countersign.Ticket{}, []string{"confirm_limit_minutes:too_large"}, false},
		{"a signed requirement", ref, signed, nil, false},
		{"a filed requirement", ref, linked(func(t *countersign.Ticket) { t.State = countersign.StateFiled }), nil, false},
		{"an unknown requirement", map[string]any{"requirement_no": "REQ-2024-999999"}, signed, []string{"requirement_no:unknown_ticket"}, false},
		{"an unsigned requirement", ref, linked(func(t *countersign.Ticket) { t.State = countersign.StateSigning }), []string{"requirement_no:not_signed"}, false},
		{"a returned requirement", ref, linked(func(t *countersign.Ticket) { t.State = countersign.StateReturned }), []string{"requirement_no:not_signed"}, false},
		{"a rejected requirement", ref, linked(func(t *countersign.Ticket) { t.State = countersign.StateRejected }), []string{"requirement_no:not_signed"}, false},
		{"an upgrade instead", ref, linked(func(t *countersign.Ticket) { t.Process = "upgrade" }), []string{"requirement_no:wrong_process"}, false},
		{"another system's requirement", ref, linked(func(t *countersign.Ticket) { t.System = "audit" }), []string{"requirement_no:wrong_system"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, problems, err := prepare(t.Context(), submission(tt.change, tt.linked, twoDays{}))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, p.Field+":"+p.Code)
				if p.Message == "" {
					t.Errorf("%s has no message", p.Field)
				}
			}
			if !slices.Equal(got, tt.problems) {
				t.Errorf("problems %q, want %q", got, tt.problems)
			}
			var plan Plan
			if err := json.Unmarshal(raw, &plan); err != nil {
				t.Fatal(err)
			}
			if plan.WaiverNeeded != tt.waiver || len(plan.Rollback) != 1 || plan.ConfirmBy().Before(plan.WindowTo.Add(30*time.Minute)) {
				t.Errorf("plan %+v", plan)
			}
		})
	}
}

func submission(change map[string]any, linked countersign.Ticket, rules signoff.Rules) signoff.Submission {
	return signoff.Submission{
		Ticket: countersign.Ticket{System: "document_flow"}, Values: form(change), Now: time.Date(2024, 8, 7, 9, 0, 0, 0, forms.China), Rules: rules,
		May: func(_ context.Context, person, action string) (bool, error) {
			return person == "P004" && (action == "start" || action == "rollback_done"), nil
		},
		Linked: func(_ context.Context, number string) (countersign.Ticket, error) {
			if number != linked.Number {
				return countersign.Ticket{}, countersign.ErrNotFound
			}
			return linked, nil
		},
	}
}

// TestPrepareWithoutCalendar must refuse to guess working days.
func TestPrepareWithoutCalendar(t *testing.T) {
	_, _, err := prepare(t.Context(), submission(map[string]any{"business_affected": true}, countersign.Ticket{}, twoDays{countersign.ErrCalendar}))
	if countersign.CodeOf(err) != "calendar_missing" {
		t.Fatalf("err %v", err)
	}
}

// TestPlanHoldsNoPersonalData: what the workflow is given stands in its history for years.
func TestPlanHoldsNoPersonalData(t *testing.T) {
	raw, _, err := prepare(t.Context(), submission(map[string]any{"applicant": "赵文博", "contact": "13800000000", "release_details": "细节"}, countersign.Ticket{}, twoDays{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range string(raw) {
		if r > 127 {
			t.Fatalf("the plan holds text of the form: %s", raw)
		}
	}
}
