package evidence

import (
	"slices"
	"strings"

	"countersign"
)

// The rules of this file look at signed facts only: the statements in signing order, and the ticket's final state, which
// the filing key signed. They are the third place where chain order and separation are enforced, and the only one that
// works without our server.

// fact is one signed statement. File is its path without extension.
type fact struct {
	Seq       int
	File      string
	Statement countersign.Statement
}

func (f fact) path() string { return f.File + ".json" }

func (f fact) actor() countersign.Actor {
	return countersign.Actor{Person: f.Statement.Person, OnBehalfOf: f.Statement.OnBehalfOf}
}

// Stages of a ticket in the order in which they are signed; a step's ID begins with its stage.
const (
	stageUnknown = iota
	stageApproval
	stageResult
	stageReport
)

func stageOf(step string) int {
	prefix, _, _ := strings.Cut(step, ".")
	switch prefix {
	case "approval":
		return stageApproval
	case "result":
		return stageResult
	case "report":
		return stageReport
	}
	return stageUnknown
}

// counts reports whether signature i still counts in the end: it belongs to the last revision, and if it belongs to the
// approval chain, no return followed it there.
func counts(facts []fact, i, revision int) bool {
	st := facts[i].Statement
	if st.Revision != revision {
		return false
	}
	for _, later := range facts[i+1:] {
		l := later.Statement
		if stageOf(st.Step) == stageApproval && stageOf(l.Step) == stageApproval &&
			l.Revision == revision && l.Decision == countersign.Return {
			return false
		}
	}
	return true
}

// dossier is what the rules look at.
type dossier struct {
	facts  []fact
	ticket countersign.Ticket
	audit  []countersign.AuditEntry
	form   func(revision int) []byte // canonical form values; nil when the revision is not there
}

// judge checks all rules over the facts of one ticket.
func judge(rep *Report, d dossier) {
	facts, t := d.facts, d.ticket
	for i, f := range facts {
		judgeHeader(rep, f, t)
		judgeChain(rep, f)
		if i > 0 {
			judgeRevision(rep, facts[i-1], f)
		}
	}
	judgeOrder(rep, facts)
	judgeSeparation(rep, facts)
	judgeEnd(rep, facts, t)
	judgeProcess(rep, d)
}

// judgeHeader compares a statement with the ticket it is filed under.
func judgeHeader(rep *Report, f fact, t countersign.Ticket) {
	st := f.Statement
	if st.Version != countersign.StatementVersion {
		rep.fault("statement_version", f.path(), "声明版本 %d 不受支持", "statement version %d is not supported", st.Version)
	}
	if st.Ticket != t.Number || st.Contract != t.Contract || st.Process != t.Process || st.System != t.System {
		rep.fault("other_ticket", f.path(), "声明属于另一工单：%s / %s / %s / %s", "statement belongs to another ticket: %s / %s / %s / %s",
			st.Contract, st.Ticket, st.Process, st.System)
	}
	if st.Revision < 1 || st.Revision > t.Revision {
		rep.fault("revision", f.path(), "声明的表单版本 %d 不存在（最后版本 %d）", "revision %d does not exist (last is %d)", st.Revision, t.Revision)
	}
	switch st.Decision {
	case countersign.Approve, countersign.Return, countersign.Reject:
	default:
		rep.fault("decision", f.path(), "不认识的决定 %q", "unknown decision %q", st.Decision)
	}
	for _, w := range st.Waivers {
		if w != countersign.WaiveNotice || st.Party != countersign.Client || st.Decision != countersign.Approve {
			rep.fault("waiver", f.path(), "豁免 %q 只能由综合事务中心在同意时作出", "waiver %q may only be granted by the client with an approval", w)
		}
	}
}

// judgeChain checks the frozen chain of one statement, and that the statement's party and organisation are in it.
func judgeChain(rep *Report, f fact) {
	st := f.Statement
	want := processOf(st.Process).parties
	good := len(st.Chain) == len(want)
	organisations, ids := map[string]bool{}, map[string]bool{}
	for i, s := range st.Chain {
		good = good && s.Party == want[i] && stageOf(s.ID) == stageApproval && !ids[s.ID]
		if organisations[s.Organisation] || s.Organisation == "" {
			rep.fault("same_organisation", f.path(), "单位 %q 在会签链中代表两方", "organisation %q plays two parties in the chain", s.Organisation)
		}
		organisations[s.Organisation], ids[s.ID] = true, true
	}
	if !good {
		rep.fault("chain", f.path(), "会签链不是合同规定的顺序：%s", "the chain is not the one that the contract prescribes: %s", chainText(st.Chain))
	}
	for _, s := range st.Chain {
		if s.Party != st.Party || stageOf(st.Step) == stageApproval && s.ID != st.Step {
			continue
		}
		if s.Organisation == st.Organisation {
			return
		}
	}
	rep.fault("wrong_party", f.path(), "步骤 %s 不应由 %s（%s）签署", "step %s is not to be signed by %s (%s)", st.Step, st.Party, st.Organisation)
}

func chainText(chain []countersign.ChainStep) string {
	var parts []string
	for _, s := range chain {
		parts = append(parts, s.ID+"="+string(s.Party)+"@"+s.Organisation)
	}
	return strings.Join(parts, " > ")
}

// judgeRevision compares a statement with the one before it: revisions never go back, and what was frozen at submit is
// the same for everybody who signs a revision.
func judgeRevision(rep *Report, before, f fact) {
	a, b := before.Statement, f.Statement
	if b.Revision < a.Revision {
		rep.fault("revision_order", f.path(), "第 %d 版在第 %d 版之后签署", "revision %d was signed after revision %d", b.Revision, a.Revision)
	}
	if b.Revision == a.Revision {
		for _, c := range []struct {
			same   bool
			zh, en string
		}{
			{slices.Equal(a.Chain, b.Chain), "会签链", "chain"},
			{len(a.Drafters) == len(b.Drafters), "起草人", "drafters"},
			{a.FormVersion == b.FormVersion && a.FormSHA256 == b.FormSHA256, "表单内容", "form"},
			{a.TemplateSHA256 == b.TemplateSHA256, "模板", "template"},
			{slices.Equal(a.Attachments, b.Attachments), "附件", "attachments"},
		} {
			if !c.same {
				rep.fault("frozen", f.path(), "第 %d 版的%s与前一签名不同", "revision %d: %[3]s differs from the signature before", b.Revision, c.zh, c.en)
			}
		}
	}
	for _, id := range a.Drafters {
		if !slices.Contains(b.Drafters, id) {
			rep.fault("frozen", f.path(), "起草人 %s 在后来的声明中消失", "drafter %s is missing from a later statement", id)
		}
	}
	if a.SignedAt.After(b.SignedAt.Add(clockSkew)) {
		rep.fault("time_order", f.path(), "签署时间早于前一签名", "signed earlier than the signature before it")
	}
}

// judgeOrder walks the statements: in each revision the chain from its first step, then results, then reports. A return
// in the chain ends the revision, a rejection there ends the ticket; later steps may be returned and signed again.
func judgeOrder(rep *Report, facts []fact) {
	var w walk
	for _, f := range facts {
		st := f.Statement
		if st.Revision != w.revision {
			w = walk{revision: st.Revision, rejected: w.rejected, executed: w.executed}
		}
		if w.rejected {
			rep.fault("after_reject", f.path(), "工单被否决后仍有签名", "signed after the ticket was rejected")
		}
		stage := stageOf(st.Step)
		if stage == stageApproval {
			w.approval(rep, f)
			continue
		}
		switch {
		case stage == stageUnknown:
			rep.fault("step", f.path(), "不认识的步骤 %q", "unknown step %q", st.Step)
		case w.approved < len(st.Chain) || w.returned:
			rep.fault("step_order", f.path(), "步骤 %s 在会签完成之前签署", "step %s was signed before the chain was complete", st.Step)
		case stage < w.stage || w.done[st.Step]:
			rep.fault("step_order", f.path(), "步骤 %s 的签署顺序不对或重复", "step %s was signed out of order or twice", st.Step)
		}
		if w.done == nil {
			w.done = map[string]bool{}
		}
		// An approved or rejected later step is settled; a returned one is signed again.
		w.stage, w.executed, w.done[st.Step] = stage, true, st.Decision != countersign.Return
	}
}

// walk is where judgeOrder stands.
type walk struct {
	revision int
	approved int             // chain steps approved in this revision
	returned bool            // the chain was returned in this revision
	rejected bool            // the chain was rejected, in any revision
	executed bool            // a later step was signed, in any revision
	stage    int             // of the last later step
	done     map[string]bool // later steps that are settled
}

func (w *walk) approval(rep *Report, f fact) {
	st := f.Statement
	switch {
	case w.returned:
		rep.fault("after_return", f.path(), "第 %d 版退回后未修改又被签署", "revision %d was signed after it was returned", st.Revision)
	case w.executed:
		rep.fault("step_order", f.path(), "执行开始后又签署会签步骤 %s", "chain step %s was signed after execution began", st.Step)
	case w.approved >= len(st.Chain) || st.Chain[w.approved].ID != st.Step:
		rep.fault("chain_order", f.path(), "步骤 %s 未按会签顺序签署", "step %s was signed out of the chain's order", st.Step)
	}
	switch st.Decision {
	case countersign.Approve:
		w.approved++
	case countersign.Return:
		w.returned = true
	case countersign.Reject:
		w.rejected = true
	}
}
