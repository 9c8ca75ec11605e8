package evidence

import (
	"slices"

	"countersign"
)

// judgeSeparation checks over all rounds that nobody acts for two parties, that nobody signs a draft of their own, and
// that an organisation keeps its party and its name. Whoever stands in for somebody counts as both people, and whoever
// drafts acts for the implementer.
func judgeSeparation(rep *Report, facts []fact) {
	people := map[string]countersign.Party{}
	for _, f := range facts {
		for _, id := range f.Statement.Drafters {
			people[id] = countersign.Implementer
		}
	}
	organisations, names := map[string]countersign.Party{}, map[string]string{}
	for _, f := range facts {
		st := f.Statement
		if st.Person == "" || len(st.Drafters) == 0 {
			rep.fault("person", f.path(), "声明没有签署人或起草人", "the statement names no signer or no drafter")
		}
		if f.actor().Overlaps(st.Drafters) {
			rep.fault("own_draft", f.path(), "起草人 %s 参与了签署", "drafter %s takes part in signing", st.Person)
		}
		for _, id := range f.actor().Identities() {
			if p, known := people[id]; known && p != st.Party {
				rep.fault("two_parties", f.path(), "人员 %s 既代表%s又代表%s行事", "person %[1]s acts for %[4]s and for %[5]s",
					id, p.Label(), st.Party.Label(), p, st.Party)
			}
			people[id] = st.Party
		}
		if p, known := organisations[st.Organisation]; known && p != st.Party {
			rep.fault("same_organisation", f.path(), "单位 %s 代表两方签署", "organisation %s signs for two parties", st.Organisation)
		}
		organisations[st.Organisation] = st.Party
		if o, known := names[st.OrganisationName]; known && o != st.Organisation {
			rep.fault("same_organisation", f.path(), "两个单位使用同一名称 %s", "two organisations have the same name %s", st.OrganisationName)
		}
		names[st.OrganisationName] = st.Organisation
	}
}

// approvedStates are those that a ticket only reaches when the whole chain has approved its last revision.
var approvedStates = map[countersign.State]bool{
	countersign.StateApproved: true, countersign.StateExecuting: true, countersign.StateConfirm: true,
	countersign.StateRollback: true, countersign.StateReport: true, countersign.StateAccept: true,
	countersign.StateFiled: true, countersign.StateExpired: true,
}

// judgeEnd compares the final state with what was signed.
func judgeEnd(rep *Report, facts []fact, t countersign.Ticket) {
	if !t.State.Valid() {
		rep.fault("state", ticketFile, "不认识的状态 %q", "unknown state %q", t.State)
	}
	approved, rejected := map[string]bool{}, false
	for i, f := range facts {
		st := f.Statement
		if stageOf(st.Step) == stageApproval && st.Decision == countersign.Reject {
			rejected = true
		}
		if counts(facts, i, t.Revision) && st.Decision == countersign.Approve {
			approved[st.Step] = true
		}
		if st.Revision == t.Revision && !slices.Contains(st.Drafters, t.Drafter) {
			rep.fault("ticket", ticketFile, "起草人与签名 %d 不一致", "drafter differs from signature %d", f.Seq)
		}
		if st.Revision == t.Revision && chainText(st.Chain) != chainText(t.Chain) {
			rep.fault("ticket", ticketFile, "会签链与签名 %d 不一致", "chain differs from signature %d", f.Seq)
		}
	}
	if rejected != (t.State == countersign.StateRejected) {
		rep.fault("state", ticketFile, "状态“%s”与否决签名不符", "state %[2]q does not fit the signed rejection", t.State.Label(), t.State)
	}
	if !approvedStates[t.State] {
		return
	}
	p := processOf(t.Process)
	for _, party := range p.parties {
		if id := stepOf(t.Chain, party); id == "" || !approved[id] {
			rep.fault("incomplete", ticketFile, "状态为“%s”，但缺少%s对最后版本的同意签名",
				"state is %[3]q, but the approval of the last revision by %[4]s is missing", t.State.Label(), party.Label(), t.State, party)
		}
	}
	if t.State == countersign.StateFiled && p.filed != "" && !approved[p.filed] {
		rep.fault("incomplete", ticketFile, "已归档，但缺少步骤 %s 的同意签名", "filed, but the approval of step %s is missing", p.filed)
	}
}

func stepOf(chain []countersign.ChainStep, party countersign.Party) string {
	for _, s := range chain {
		if s.Party == party {
			return s.ID
		}
	}
	return ""
}
