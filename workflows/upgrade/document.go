package upgrade

import (
	"encoding/json"

	"countersign"
	"countersign/forms"
	"countersign/workflows/signoff"
)

// places maps the steps of an upgrade to the sign-off places of its form.
var places = map[string]string{
	"approval.implementer": "implementer", "approval.supervisor": "supervisor", "approval.client": "client",
	"result.client": "confirm_success", "report.client": "accept_report",
}

var outcomes = map[string]string{outcomeSuccess: "升级成功", outcomeRolledBack: "升级未成功，已按回退方案回退"}

var failures = map[string]string{
	"by_hand": "人工转入回退", "test_failed": "升级后测试不通过", "client_refused": "综合事务中心未确认成功", "dead_man_clock": "规定时限内未签字确认成功",
}

// compose lays out the application, its sign-offs and, once the work began, the execution record and the 升级报告.
func compose(d signoff.Dossier) forms.Document {
	doc := signoff.Compose(d, places)
	var p Progress
	if len(d.Ticket.Progress) == 0 || json.Unmarshal(d.Ticket.Progress, &p) != nil || p.StartedAt == nil {
		return doc
	}
	execution := map[string]any{"started_by": p.StartedBy, "started_at": signoff.Moment(p.StartedAt)}
	if text := outcomes[p.Outcome]; text != "" {
		execution["outcome"] = text
	}
	var notes []any
	d.Each("note", func(r countersign.Record, v map[string]any) {
		notes = append(notes, map[string]any{"at": signoff.Moment(&r.At), "by": r.Person, "text": v["text"]})
	})
	if notes != nil {
		execution["notes"] = notes
	}
	doc.Sections["execution"] = execution
	for _, kind := range []string{"results", "record", "report"} {
		if v := d.Section(kind); v != nil {
			doc.Sections[kind] = v
		}
	}
	if p.FailedAt != nil {
		doc.Sections["rollback"] = rollbackSection(d, p)
	}
	return doc
}

func rollbackSection(d signoff.Dossier, p Progress) map[string]any {
	reason := failures[p.FailedBy]
	if v := d.Section("rollback_open"); v != nil && p.FailedBy == "by_hand" {
		if text, ok := v["reason"].(string); ok {
			reason += "：" + text
		}
	}
	planned, _ := d.Values["rollback_steps"].([]any)
	var steps []any
	for i, s := range p.Rollback {
		row := map[string]any{}
		if i < len(planned) {
			if step, ok := planned[i].(map[string]any); ok {
				row["action"] = step["action"]
			}
		}
		for key, v := range map[string]string{
			"done_by": s.DoneBy, "done_at": signoff.Moment(s.DoneAt), "confirmed_by": s.ConfirmedBy, "confirmed_at": signoff.Moment(s.ConfirmedAt),
		} {
			if v != "" {
				row[key] = v
			}
		}
		steps = append(steps, row)
	}
	return map[string]any{"reason": reason, "started_at": signoff.Moment(p.FailedAt), "steps": steps}
}
