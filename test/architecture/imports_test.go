// Package architecture holds the shape of the project against its own rules: which way imports run.
package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

type pkg struct {
	ImportPath string
	Imports    []string
}

// rule forbids what packages below the folder from import.
type rule struct {
	from string
	deny []string
	why  string
}

var rules = []rule{
	{from: "workflows", deny: []string{"countersign/internal", "countersign/api", "countersign/rbac", "countersign/worker", "countersign/cmd", "gorm.io", "github.com/gofiber", "github.com/casbin"},
		why: "workflows only decide"},
	{from: "activities", deny: []string{"countersign/workflows", "countersign/api", "countersign/internal", "countersign/rbac", "countersign/forms", "gorm.io", "github.com/gofiber"},
		why: "activities declare ports, others implement them"},
	{from: "forms", deny: []string{"countersign/workflows", "countersign/api", "countersign/internal", "countersign/rbac", "countersign/activities", "go.temporal.io"},
		why: "the form engine knows no process"},
	{from: "rbac", deny: []string{"countersign/workflows", "countersign/api", "countersign/internal", "go.temporal.io"},
		why: "policy knows no transport and no storage"},
	{from: "worker", deny: []string{"countersign/api", "countersign/internal", "countersign/cmd", "github.com/gofiber", "gorm.io"},
		why: "the worker gets its ports from cmd"},
	{from: "api", deny: []string{"countersign/worker", "countersign/cmd", "go.temporal.io/sdk/client"},
		why: "the API reaches Temporal through its port"},
	{from: "internal", deny: []string{"countersign/api", "countersign/worker", "countersign/cmd"},
		why: "adapters serve, they do not drive"},
}

func load(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func below(path, prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

func TestImportsRunOneWay(t *testing.T) {
	all := load(t)
	seen := map[string]bool{}
	for _, p := range all {
		for _, r := range rules {
			if !below(p.ImportPath, "countersign/"+r.from) {
				continue
			}
			seen[r.from] = true
			for _, imported := range p.Imports {
				for _, d := range r.deny {
					if below(imported, d) {
						t.Errorf("%s imports %s: %s", p.ImportPath, imported, r.why)
					}
				}
			}
		}
	}
	for _, r := range rules {
		if !seen[r.from] {
			t.Errorf("rule for %s matches no package", r.from)
		}
	}
}

// TestRootIsStandardLibraryOnly keeps the domain words free of everything else.
func TestRootIsStandardLibraryOnly(t *testing.T) {
	for _, p := range load(t) {
		if p.ImportPath != "countersign" {
			continue
		}
		for _, imported := range p.Imports {
			if strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") || below(imported, "countersign") {
				t.Errorf("the root package imports %s", imported)
			}
		}
	}
}

// TestProcessesAreApart forbids one process to import another: what two of them need belongs into the kit.
func TestProcessesAreApart(t *testing.T) {
	for _, p := range load(t) {
		if !below(p.ImportPath, "countersign/workflows") || p.ImportPath == "countersign/workflows" {
			continue
		}
		for _, imported := range p.Imports {
			if below(imported, "countersign/workflows") && !below(p.ImportPath, imported) && !below(imported, "countersign/workflows/signoff") {
				t.Errorf("%s imports process %s", p.ImportPath, imported)
			}
		}
	}
}
