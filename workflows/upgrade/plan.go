package upgrade

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign"
	"countersign/forms"
	"countersign/workflows/signoff"
)

// Emergency is the release level for which alone the client may waive the notice (D-23).
const Emergency = "紧急发布"

// Plan is what the workflow knows of a signed form: people by ID, times and counts.
type Plan struct {
	WindowFrom          time.Time      `json:"window_from"`
	WindowTo            time.Time      `json:"window_to"`
	ConfirmLimitMinutes int            `json:"confirm_limit_minutes"`
	Operators           []string       `json:"operators"`
	Rollback            []RollbackStep `json:"rollback"`
	WaiverNeeded        bool           `json:"waiver_needed"` // affects business and asked for too late
}

// RollbackStep is one step of the signed rollback plan.
type RollbackStep struct {
	Owner        string `json:"owner"`
	LimitMinutes int    `json:"limit_minutes"`
}

// ConfirmBy is when the dead-man clock rolls the upgrade back unless success was signed.
func (p Plan) ConfirmBy() time.Time {
	return p.WindowTo.Add(time.Duration(p.ConfirmLimitMinutes) * time.Minute)
}

// values is the part of the form that decides.
type values struct {
	ReleaseLevel          string    `json:"release_level"`
	UpgradeAt             time.Time `json:"upgrade_at"`
	WindowEnd             time.Time `json:"window_end"`
	ConfirmLimitMinutes   int       `json:"confirm_limit_minutes"`
	BusinessAffected      bool      `json:"business_affected"`
	NoticeWaiverRequested bool      `json:"notice_waiver_requested"`
	Operators             []string  `json:"operators"`
	RequirementNo         string    `json:"requirement_no"`
	RollbackSteps         []struct {
		Owner        string `json:"owner"`
		LimitMinutes int    `json:"limit_minutes"`
	} `json:"rollback_steps"`
}

func decode(v forms.Values) (values, error) {
	var out values
	raw, err := json.Marshal(v)
	if err != nil {
		return out, fmt.Errorf("upgrade form: %w", err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, fmt.Errorf("upgrade form: %w", err)
	}
	return out, nil
}

// prepare checks a submission against the clauses that a form definition cannot express and returns its Plan.
func prepare(ctx context.Context, s signoff.Submission) (json.RawMessage, []countersign.FieldError, error) {
	v, err := decode(s.Values)
	if err != nil {
		return nil, nil, err
	}
	problems, err := checkTimes(s, v)
	if err != nil {
		return nil, nil, err
	}
	waiver, late, err := checkNotice(s, v)
	if err != nil {
		return nil, nil, err
	}
	people, err := checkPeople(ctx, s, v)
	if err != nil {
		return nil, nil, err
	}
	linked, err := checkRequirement(ctx, s, v.RequirementNo)
	if err != nil {
		return nil, nil, err
	}
	plan := Plan{
		WindowFrom: v.UpgradeAt, WindowTo: v.WindowEnd, ConfirmLimitMinutes: v.ConfirmLimitMinutes,
		Operators: v.Operators, WaiverNeeded: waiver,
	}
	for _, r := range v.RollbackSteps {
		plan.Rollback = append(plan.Rollback, RollbackStep(r))
	}
	raw, err := json.Marshal(plan)
	return raw, slices.Concat(problems, late, people, linked), err
}

// slack is how far in the past an upgrade may begin when it is submitted: forms count in minutes, and people take some.
const slack = 15 * time.Minute

// checkTimes bounds the window and the wait for a signed success, without which the dead-man clock would never ring.
func checkTimes(s signoff.Submission, v values) ([]countersign.FieldError, error) {
	var problems []countersign.FieldError
	if v.UpgradeAt.Before(s.Now.Add(-slack)) {
		problems = append(problems, countersign.FieldError{Field: "upgrade_at", Code: "in_the_past", Message: "升级时间已经过去，请另选时间。"})
	}
	window, err := s.Rules.LongestWindow()
	if err != nil {
		return nil, err
	}
	if v.WindowEnd.Sub(v.UpgradeAt) > window {
		problems = append(problems, countersign.FieldError{
			Field: "window_end", Code: "too_long", Message: fmt.Sprintf("升级窗口最长 %d 小时，请缩短或分次申请。", int(window.Hours())),
		})
	}
	confirm, err := s.Rules.ConfirmWithin()
	if err != nil {
		return nil, err
	}
	if limit := int(confirm.Minutes()); v.ConfirmLimitMinutes > limit {
		problems = append(problems, countersign.FieldError{
			Field: "confirm_limit_minutes", Code: "too_large", Message: fmt.Sprintf("成功确认时限不得超过 %d 分钟。", limit),
		})
	}
	return problems, nil
}

// checkPeople demands that everybody whom the form names could do what it names them for.
func checkPeople(ctx context.Context, s signoff.Submission, v values) ([]countersign.FieldError, error) {
	operators, err := s.Misplaced(ctx, v.Operators, cmdStart, func(i int) string { return fmt.Sprintf("operators[%d]", i) })
	if err != nil {
		return nil, err
	}
	var owners []string
	for _, r := range v.RollbackSteps {
		owners = append(owners, r.Owner)
	}
	misplaced, err := s.Misplaced(ctx, owners, cmdRollbackDone, func(i int) string { return fmt.Sprintf("rollback_steps[%d].owner", i) })
	return append(operators, misplaced...), err
}

// checkNotice holds the two working days before an upgrade that affects business (clause 附6-二-16.5.1.1, D-22, D-23).
func checkNotice(s signoff.Submission, v values) (waiver bool, problems []countersign.FieldError, err error) {
	if v.NoticeWaiverRequested && v.ReleaseLevel != Emergency {
		problems = append(problems, countersign.FieldError{Field: "notice_waiver_requested", Code: "only_emergency", Message: "只有紧急发布可以申请免除提前两个工作日。"})
	}
	if !v.BusinessAffected {
		return false, problems, nil
	}
	earliest, err := s.Rules.NoticeFrom(s.Now)
	if err != nil {
		return false, nil, err
	}
	if !v.UpgradeAt.Before(earliest) {
		return false, problems, nil
	}
	if v.ReleaseLevel == Emergency && v.NoticeWaiverRequested {
		return true, problems, nil
	}
	return false, append(problems, countersign.FieldError{
		Field: "upgrade_at", Code: "notice_too_short",
		Message: fmt.Sprintf("影响业务的升级须提前两个工作日申请，最早可安排在 %s。紧急发布可申请由综合事务中心免除。", earliest.Format("2006年1月2日 15:04")),
	}), nil
}

// checkRequirement demands that a linked requirement was signed by its requester (clause 附6-二-19.1.2).
func checkRequirement(ctx context.Context, s signoff.Submission, number string) ([]countersign.FieldError, error) {
	if number == "" {
		return nil, nil
	}
	t, err := s.Linked(ctx, number)
	problem := func(code, message string) []countersign.FieldError {
		return []countersign.FieldError{{Field: "requirement_no", Code: code, Message: message}}
	}
	switch {
	case errors.Is(err, countersign.ErrNotFound):
		return problem("unknown_ticket", "没有这个需求编号，请核对后重新填写。"), nil
	case err != nil:
		return nil, err
	case t.Process != "requirement":
		return problem("wrong_process", "该编号不是需求申请单。"), nil
	case t.State == countersign.StateDraft || t.State == countersign.StateSigning || t.State.Editable():
		return problem("not_signed", "该需求尚未由需求申请人签字确认。"), nil
	case t.State.Closed() && t.State != countersign.StateFiled:
		return problem("not_signed", "该需求已被否决或作废，不能据此升级。"), nil
	case t.System != s.Ticket.System:
		return problem("wrong_system", "该需求属于其他系统。"), nil
	}
	return nil, nil
}

// decide is the rule of a decision that the API and the workflow share: nobody approves a window that has passed, a late
// emergency upgrade is approved only together with the client's waiver, and nobody waives what need not be waived (D-23).
func decide(d signoff.Deciding) *countersign.Error {
	var plan Plan
	if err := json.Unmarshal(d.Plan, &plan); err != nil {
		return countersign.ErrInternal.Because(err)
	}
	approves := d.Decision == countersign.Approve
	client := d.Step.Party == countersign.Client
	if approves && !d.Now.Before(plan.WindowTo) {
		return countersign.ErrWindowPassed
	}
	for _, w := range d.Waivers {
		if w != countersign.WaiveNotice || !client || !plan.WaiverNeeded || !approves {
			return countersign.ErrNoWaiver
		}
	}
	if client && approves && plan.WaiverNeeded && len(d.Waivers) == 0 {
		return countersign.ErrWaiver
	}
	return nil
}
