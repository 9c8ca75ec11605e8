package requirement

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

// Process is the requirement request.
var Process = &signoff.Process{
	Key: "requirement", Prefix: "REQ", Name: "需求申请", NameEN: "Requirement request", Clause: "附6-二-19.1.2",
	Form: forms.MustParseDefinition(formYAML), Template: template, Policy: policy,
	WorkflowName: "countersign.requirement", Workflow: Workflow,
	Chain: []signoff.Seat{{Step: "approval.client", Party: countersign.Client, Role: "client.requester"}},
	Actions: []signoff.Action{
		{Name: cmdEstimate, Label: "反馈预计完成时间", Section: "estimate"},
		{Name: cmdTested, Label: "提交测试环境测试结果", Section: "test", Facts: func(v forms.Values) map[string]string {
			if v["passed"] == "通过" {
				return map[string]string{"passed": "true"}
			}
			return map[string]string{"passed": "false"}
		}},
	},
	Prepare: prepare, Decide: decide, Compose: compose,
}

// compose lays out the request, its confirmation and the developers' answer.
func compose(d signoff.Dossier) forms.Document {
	doc := signoff.Compose(d, map[string]string{"approval.client": "requester"})
	if v := d.Section("estimate"); v != nil {
		doc.Sections["estimate"] = v
	}
	return doc
}
