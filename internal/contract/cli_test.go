package contract

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunCheck(t *testing.T) {
	broken := t.TempDir()
	for name, f := range smallPack(t) {
		text := strings.ReplaceAll(string(f.Data), "implementer: build}", "implementer: nobody}")
		if err := os.WriteFile(filepath.Join(broken, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, dir string
		code      int
		lines     []string
	}{
		{"clean", filepath.Join("testdata", "small"), 0, []string{"检查通过"}},
		{"the pack that is built in", filepath.Join("..", "..", "contracts", "bjmz-2024"), 0, []string{"检查通过"}},
		{"problems", broken, 1, []string{
			`systems.yaml:9: reference.unknown: there is no organisation "nobody" in this pack / 合同包中没有单位 "nobody"`,
			"systems.yaml:10: reference.unknown:", "systems.yaml:12: reference.unknown:", "有 3 个问题",
		}},
		{"no such folder", filepath.Join(broken, "none"), 2, []string{"无法读取合同包"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			if code := RunCheck(c.dir, &out); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if len(lines) != len(c.lines) {
				t.Fatalf("%d lines, want %d:\n%s", len(lines), len(c.lines), out.String())
			}
			for i, want := range c.lines {
				if !strings.Contains(lines[i], want) {
					t.Errorf("line %d is %q, want %q in it", i+1, lines[i], want)
				}
			}
		})
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestRunCheckCannotWrite(t *testing.T) {
	if code := RunCheck(filepath.Join("testdata", "small"), full{}); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
}

func FuzzLoad(f *testing.F) {
	for name, file := range smallPack(f) {
		f.Add(name, file.Data)
	}
	f.Add(rulesFile, []byte("a: &a [*a, *a]\nb: {<<: *a}\n"))
	f.Add(calendarFile, []byte("years: [{year: 2025, holidays: [{from: 0001-01-01, to: 9999-12-31, days: 31}]}]\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		pack := smallPack(t)
		if pack[name] == nil {
			name = rulesFile
		}
		pack[name].Data = data
		loaded, problems, err := Load(pack, ".")
		if err != nil {
			t.Fatal(err)
		}
		if (loaded == nil) == (len(problems) == 0) {
			t.Errorf("pack %v with %d problems", loaded, len(problems))
		}
	})
}
