// Command forms measures the CPU time of one filled upgrade form beside
// docxtemplater (npm) on the same template content, in one run on one machine:
//
//	go run ./bench/forms
//
// It needs node and npm; the first run installs the pinned packages.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"syscall"
	"time"

	"countersign/forms"
	"countersign/forms/builder"
)

func main() {
	rounds := flag.Int("rounds", 7, "measured rounds per engine; the median counts")
	perRound := flag.Int("forms", 200, "forms per round")
	flag.Parse()
	if err := run(*rounds, *perRound); err != nil {
		fmt.Fprintln(os.Stderr, "bench/forms:", err)
		os.Exit(1)
	}
}

func run(rounds, perRound int) (err error) {
	form, err := os.ReadFile("workflows/upgrade/form.yaml")
	if err != nil {
		return fmt.Errorf("run it from the top folder of the project: %w", err)
	}
	if err := installNode(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-forms-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	definition, err := forms.ParseDefinition(form)
	if err != nil {
		return err
	}
	docx, err := builder.Build(form)
	if err != nil {
		return err
	}
	template, err := forms.OpenTemplate(docx)
	if err != nil {
		return err
	}
	ours, err := template.Fill(definition, example())
	if err != nil {
		return err
	}
	theirs, theirTimes, err := runNode(dir, form, ours, rounds, perRound)
	if err != nil {
		return err
	}
	if err := sameText(ours, theirs); err != nil {
		return err
	}
	compiled, err := measure(rounds, perRound, func() error {
		_, err := template.Fill(definition, example())
		return err
	})
	if err != nil {
		return err
	}
	opened, err := measure(rounds, max(1, perRound/10), func() error {
		t, err := forms.OpenTemplate(docx)
		if err != nil {
			return err
		}
		_, err = t.Fill(definition, example())
		return err
	})
	if err != nil {
		return err
	}
	report(perRound, compiled, opened, theirTimes)
	return nil
}

func report(perRound int, compiled, opened, theirs []float64) {
	fmt.Printf("CPU milliseconds per filled upgrade form (user + system, all threads), median of %d rounds of %d\n", len(theirs), perRound)
	fmt.Printf("  %-42s %7.2f   (%.2f to %.2f)\n", "countersign, template opened once", median(compiled), least(compiled), most(compiled))
	fmt.Printf("  %-42s %7.2f   (%.2f to %.2f)\n", "countersign, template opened for each form", median(opened), least(opened), most(opened))
	fmt.Printf("  %-42s %7.2f   (%.2f to %.2f)\n", "docxtemplater 3.71.0, normal use", median(theirs), least(theirs), most(theirs))
	fmt.Printf("  docxtemplater needs %.1f times the CPU of countersign (aim: at least 4)\n", median(theirs)/median(compiled))
}

// measure returns CPU milliseconds per call, one figure per round, after two warm-up rounds.
func measure(rounds, perRound int, fill func() error) ([]float64, error) {
	var times []float64
	for round := range rounds + 2 {
		before, err := cpu()
		if err != nil {
			return nil, err
		}
		for range perRound {
			if err := fill(); err != nil {
				return nil, err
			}
		}
		after, err := cpu()
		if err != nil {
			return nil, err
		}
		if round >= 2 {
			times = append(times, (after-before).Seconds()*1000/float64(perRound))
		}
	}
	return times, nil
}

// cpu is the CPU time of this process so far, garbage collector included.
func cpu() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read CPU time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// runNode fills the form with docxtemplater, in a process of its own.
func runNode(dir string, form, ours []byte, rounds, perRound int) (docx []byte, times []float64, err error) {
	template, err := builder.BuildBraces(form)
	if err != nil {
		return nil, nil, err
	}
	data, err := contentsOf(form, ours)
	if err != nil {
		return nil, nil, err
	}
	in, values, out := filepath.Join(dir, "braces.docx"), filepath.Join(dir, "data.json"), filepath.Join(dir, "out.docx")
	if err := errors.Join(os.WriteFile(in, template, 0o600), os.WriteFile(values, data, 0o600)); err != nil {
		return nil, nil, err
	}
	cmd := exec.Command("node", "docxtemplater.mjs", in, values, out, strconv.Itoa(rounds), strconv.Itoa(perRound))
	cmd.Dir, cmd.Stderr = "bench/forms", os.Stderr
	printed, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("run docxtemplater: %w", err)
	}
	if err := json.Unmarshal(printed, &times); err != nil {
		return nil, nil, fmt.Errorf("read its times: %w", err)
	}
	docx, err = os.ReadFile(out)
	return docx, times, err
}

// installNode installs the pinned packages once.
func installNode() error {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is missing: install Node.js 20 or newer (Debian packages nodejs and npm)", tool)
		}
	}
	if _, err := os.Stat("bench/forms/node_modules/docxtemplater"); err == nil {
		return nil
	}
	cmd := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	cmd.Dir, cmd.Stdout, cmd.Stderr = "bench/forms", os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm ci in bench/forms: %w", err)
	}
	return nil
}

func sorted(v []float64) []float64 {
	s := append([]float64(nil), v...)
	sort.Float64s(s)
	return s
}

func median(v []float64) float64 { return sorted(v)[len(v)/2] }
func least(v []float64) float64  { return sorted(v)[0] }
func most(v []float64) float64   { return sorted(v)[len(v)-1] }
