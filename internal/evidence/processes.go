package evidence

import (
	"encoding/json"
	"slices"

	"countersign"
)

// process says what the contract demands of a kind of ticket beyond the rules that hold for all: the "evidence rules" of a
// process. They are data, so that they can be read beside the contract, and name steps, actions and fields as the process
// writes them into signed facts.
type process struct {
	// parties sign the approval chain, in this order.
	parties []countersign.Party
	// filed is the later step that must be approved before filing, "" for none.
	filed string
	// outcomes are the ends that a filed ticket may have had (progress.outcome), each with the later step that must be
	// approved for it, "" for none. Without outcomes the process carries nothing out.
	outcomes map[string]string
	// waivers are what the client may waive, each with the form field and the value that it takes.
	waivers map[string]condition
	// apart are pairs of actions: who did the first may not do the second that follows it.
	apart [][2]string
}

// condition is a value that a field of the form must have.
type condition struct{ field, value string }

// processes holds the evidence rules of every process, by key. A new process gets its line here (docs/add-a-process.md); a
// test compares the table with the list of processes.
var processes = map[string]process{
	// 升级: three parties (clause 附6-二-14.1); success needs the client's signature, a rollback does not; each
	// rollback step is confirmed by somebody else; only 紧急发布 may go without two working days' notice; the client accepts
	// the 升级报告.
	"upgrade": {
		parties: countersign.Parties, filed: "report.client",
		outcomes: map[string]string{"success": "result.client", "rolled_back": ""},
		waivers:  map[string]condition{countersign.WaiveNotice: {"release_level", "紧急发布"}},
		apart:    [][2]string{{"rollback_done", "rollback_confirm"}},
	},
	// 需求申请: the client's requester signs (clause 附6-二-19.1.2, D-70).
	"requirement": {parties: []countersign.Party{countersign.Client}},
}

// processOf returns the rules of a process. One that this software does not know needs all three parties.
func processOf(name string) process {
	if p, ok := processes[name]; ok {
		return p
	}
	return process{parties: countersign.Parties}
}

// judgeProcess checks the rules of the ticket's process that judgeChain and judgeEnd do not.
func judgeProcess(rep *Report, d dossier) {
	if _, known := processes[d.ticket.Process]; !known {
		rep.add(Warning, "unknown_process", ticketFile, "本版本不认识流程 %q，只核验通用规则", "process %q is not known to this version: only the common rules were checked", d.ticket.Process)
	}
	p := processOf(d.ticket.Process)
	for _, f := range d.facts {
		for _, w := range f.Statement.Waivers {
			judgeWaiver(rep, f, p.waivers[w], d.form)
		}
	}
	judgeOutcome(rep, d, p)
	for _, pair := range p.apart {
		judgeApart(rep, d.audit, pair[0], pair[1])
	}
}

// judgeWaiver checks that the form which was signed is one that may be waived something.
func judgeWaiver(rep *Report, f fact, need condition, form func(int) []byte) {
	var values map[string]any
	if err := json.Unmarshal(form(f.Statement.Revision), &values); err != nil || need.field == "" || values[need.field] != need.value {
		rep.fault("waiver", f.path(), "该表单不得豁免（%s 须为“%s”）", "this form may not be waived anything (%s must be %q)", need.field, need.value)
	}
}

// progress is what the verifier reads of a ticket's own projection.
type progress struct {
	Outcome  string `json:"outcome"`
	Rollback []struct {
		DoneBy      string `json:"done_by"`
		ConfirmedBy string `json:"confirmed_by"`
	} `json:"rollback"`
}

// judgeOutcome checks that a filed ticket ended in one of the ways that its process knows, with the signature for it.
func judgeOutcome(rep *Report, d dossier, p process) {
	var end progress
	if len(d.ticket.Progress) > 0 {
		if err := json.Unmarshal(d.ticket.Progress, &end); err != nil {
			rep.fault("format", ticketFile, "执行进度格式不正确：%v", "the progress is not well formed: %v", err)
		}
	}
	for i, step := range end.Rollback {
		if step.DoneBy != "" && step.DoneBy == step.ConfirmedBy {
			rep.fault("same_person", ticketFile, "回退步骤 %d 由同一人员 %s 执行并确认", "rollback step %d was done and confirmed by the same person %s", i+1, step.DoneBy)
		}
	}
	if d.ticket.State != countersign.StateFiled || p.outcomes == nil {
		return
	}
	need, known := p.outcomes[end.Outcome]
	approved := slices.ContainsFunc(d.facts, func(f fact) bool {
		st := f.Statement
		return st.Step == need && st.Decision == countersign.Approve && st.Revision == d.ticket.Revision
	})
	switch {
	case !known:
		rep.fault("outcome", ticketFile, "已归档，但执行结果 %q 不是该流程的结果", "filed, but %q is no outcome of this process", end.Outcome)
	case need != "" && !approved:
		rep.fault("incomplete", ticketFile, "执行结果为 %s，但缺少步骤 %s 的同意签名", "the outcome is %s, but the approval of step %s is missing", end.Outcome, need)
	}
}

// judgeApart walks the audit chain: whoever did first may not do second after it, also not as a stand-in.
func judgeApart(rep *Report, entries []countersign.AuditEntry, first, second string) {
	var doer countersign.Actor
	for _, e := range entries {
		actor := countersign.Actor{Person: e.Person, OnBehalfOf: e.OnBehalfOf}
		switch {
		case e.Outcome != countersign.OutcomeOK:
		case e.Action == first:
			doer = actor
		case e.Action == second && actor.Overlaps(doer.Identities()):
			rep.fault("same_person", auditFile, "第 %d 条：人员 %s 先后进行了 %s 和 %s", "entry %d: person %s did both %s and %s", e.Seq, e.Person, first, second)
		}
	}
}
