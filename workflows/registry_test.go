package workflows_test

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign"
	"countersign/activities"
	"countersign/forms"
	"countersign/workflows"
	"countersign/workflows/signoff"
)

// TestEveryProcessIsComplete demands every part of every process: a new folder that forgets one fails here.
func TestEveryProcessIsComplete(t *testing.T) {
	keys, prefixes, names := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range workflows.All() {
		t.Run(p.Key, func(t *testing.T) {
			for what, missing := range map[string]bool{
				"key": p.Key == "", "prefix": len(p.Prefix) != 3, "name": p.Name == "", "English name": p.NameEN == "", "clause": p.Clause == "",
				"form": p.Form == nil, "template": len(p.Template) == 0, "policy": p.Policy == "", "workflow": p.Workflow == nil,
				"workflow name": p.WorkflowName != "countersign."+p.Key, "chain": len(p.Chain) == 0, "prepare": p.Prepare == nil, "compose": p.Compose == nil,
			} {
				if missing {
					t.Errorf("%s is missing or wrong", what)
				}
			}
			if keys[p.Key] || prefixes[p.Prefix] || names[p.WorkflowName] {
				t.Error("key, prefix or workflow name is taken")
			}
			keys[p.Key], prefixes[p.Prefix], names[p.WorkflowName] = true, true, true
			checkFolder(t, p)
			checkTemplate(t, p)
			checkActions(t, p)
		})
	}
}

func checkFolder(t *testing.T, p *signoff.Process) {
	t.Helper()
	for _, file := range []string{"doc.go", "process.go", "form.yaml", "policy.csv", "template.docx", "workflow.go", "workflow_test.go", "testdata/replay"} {
		if _, err := os.Stat(filepath.Join(p.Key, file)); err != nil {
			t.Errorf("folder %s has no %s", p.Key, file)
		}
	}
}

func checkTemplate(t *testing.T, p *signoff.Process) {
	t.Helper()
	template, err := forms.OpenTemplate(p.Template)
	if err != nil {
		t.Fatalf("template: %v", err)
	}
	for _, problem := range template.Check(p.Form) {
		t.Errorf("template: %+v", problem)
	}
}

// checkActions holds actions against form sections and policy: each needs its section and somebody who may do it, and each
// seat of the chain needs a role that may sign.
func checkActions(t *testing.T, p *signoff.Process) {
	t.Helper()
	allowed := map[string]bool{}
	lines := bufio.NewScanner(strings.NewReader(p.Policy))
	for lines.Scan() {
		f := strings.Split(lines.Text(), ",")
		if len(f) == 4 && strings.TrimSpace(f[2]) == p.Key {
			allowed[strings.TrimSpace(f[3])] = true
			allowed[strings.TrimSpace(f[1])+" "+strings.TrimSpace(f[3])] = true
		}
	}
	for _, a := range p.Actions {
		if a.Label == "" || !allowed[a.Name] {
			t.Errorf("action %s has no label or nobody who may do it", a.Name)
		}
		if a.Section != "" && p.Form.Section(a.Section) == nil {
			t.Errorf("action %s: the form has no section %s", a.Name, a.Section)
		}
	}
	for _, s := range p.Chain {
		if !allowed[s.Role+" sign:"+string(s.Party)] {
			t.Errorf("step %s: role %s may not sign for %s", s.Step, s.Role, s.Party)
		}
	}
	for _, verb := range []string{"draft", "submit", "read", "withdraw", "cancel", "remind", "cc"} {
		if !allowed[verb] {
			t.Errorf("nobody may %s", verb)
		}
	}
}

// TestNames pins every name that stands in recorded histories. A change here is a migration, not a rename.
func TestNames(t *testing.T) {
	got := []string{
		"activity " + activities.NameApply, "activity " + activities.NameFile,
		"update " + signoff.UpdateCommand, "query " + signoff.QueryState,
		"command " + signoff.CmdSubmit, "command " + signoff.CmdCancel,
	}
	for _, d := range []countersign.Decision{countersign.Approve, countersign.Return, countersign.Reject, countersign.Withdraw} {
		got = append(got, "command "+string(d))
	}
	for _, p := range workflows.All() {
		got = append(got, "workflow "+p.WorkflowName)
		for _, a := range p.Actions {
			got = append(got, "command "+p.Key+" "+a.Name)
		}
		for _, s := range p.Chain {
			got = append(got, "step "+p.Key+" "+s.Step)
		}
	}
	slices.Sort(got)
	want, err := os.ReadFile("testdata/names.golden")
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(got, "\n") + "\n"; text != string(want) {
		t.Errorf("names differ from testdata/names.golden:\n%s", text)
	}
}
