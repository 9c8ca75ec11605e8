package upgrade

import (
	_ "embed"

	"countersign"
	"countersign/forms"
	"countersign/workflows/signoff"
)

var (
	//go:embed form.yaml
	formYAML []byte
	//go:embed template.docx
	template []byte
	//go:embed policy.csv
	policy string
)

// Process is the version upgrade.
var Process = &signoff.Process{
	Key: "upgrade", Prefix: "UPG", Name: "信息系统升级申请", NameEN: "Version upgrade", Clause: "附6-二-14.1.1; 附6-二-16.1.1.1",
	Form: forms.MustParseDefinition(formYAML), Template: template, Policy: policy,
	WorkflowName: "countersign.upgrade", Workflow: Workflow,
	Chain: []signoff.Seat{
		{Step: "approval.implementer", Party: countersign.Implementer, Role: "implementer.signer"},
		{Step: "approval.supervisor", Party: countersign.Supervisor, Role: "supervisor.signer"},
		{Step: "approval.client", Party: countersign.Client, Role: "client.signer"},
	},
	Actions: []signoff.Action{
		{Name: cmdStart, Label: "开始升级"},
		{Name: cmdNote, Label: "记录执行说明", Section: "note", Free: []countersign.State{countersign.StateExecuting, countersign.StateConfirm, countersign.StateRollback}},
		{Name: cmdRecord, Label: "填写升级记录", Section: "record", Free: []countersign.State{countersign.StateExecuting}},
		{Name: cmdResults, Label: "提交升级后测试结果", Section: "results", Facts: testFacts},
		{Name: cmdRollback, Label: "转入回退", Section: "rollback_open", Free: []countersign.State{countersign.StateExecuting, countersign.StateConfirm}},
		{Name: cmdRollbackDone, Label: "完成回退步骤", Section: "rollback_step"},
		{Name: cmdRollbackConfirm, Label: "确认回退步骤", Section: "rollback_check", Facts: checkFacts},
		{Name: cmdReport, Label: "提交升级报告", Section: "report"},
	},
	Prepare: prepare, Decide: decide, Compose: compose,
}

const testPassed = "通过"

// testFacts tells the workflow whether all three tests after the upgrade passed (clause 附6-二-14.1.1.3).
func testFacts(v forms.Values) map[string]string {
	passed := v["functional"] == testPassed && v["performance"] == testPassed && v["security"] == testPassed
	return passedFact(passed)
}

func checkFacts(v forms.Values) map[string]string { return passedFact(v["passed"] == testPassed) }

func passedFact(passed bool) map[string]string {
	if passed {
		return map[string]string{"passed": "true"}
	}
	return map[string]string{"passed": "false"}
}
