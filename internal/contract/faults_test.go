package contract

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"
)

// fault is one entry of testdata/faults.yaml.
type fault struct {
	Name    string
	File    string
	Replace string
	With    *string
	Want    []string
}

// loadFaults reads the table of faults.
func loadFaults(t *testing.T) []fault {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "faults.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var faults []fault
	if err := yaml.Unmarshal(data, &faults); err != nil {
		t.Fatal(err)
	}
	return faults
}

// smallPack returns a fresh copy of the clean pack in testdata/small.
func smallPack(t testing.TB) fstest.MapFS {
	t.Helper()
	pack := fstest.MapFS{}
	paths, err := filepath.Glob(filepath.Join("testdata", "small", "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no pack in testdata/small: %v", err)
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		pack[filepath.Base(p)] = &fstest.MapFile{Data: data}
	}
	return pack
}

// put makes the fault in the pack.
func (f fault) put(t *testing.T, pack fstest.MapFS) {
	t.Helper()
	switch {
	case f.With == nil:
		delete(pack, f.File)
	case f.Replace == "":
		pack[f.File] = &fstest.MapFile{Data: []byte(*f.With)}
	default:
		text := string(pack[f.File].Data)
		if n := strings.Count(text, f.Replace); n != 1 {
			t.Fatalf("%q occurs %d times in %s, want once", f.Replace, n, f.File)
		}
		pack[f.File] = &fstest.MapFile{Data: []byte(strings.Replace(text, f.Replace, *f.With, 1))}
	}
}

// problemsOf loads a pack and returns its problems as "file:line code", sorted.
func problemsOf(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	pack, problems, err := Load(fsys, ".", WithProcesses("upgrade", "requirement"))
	if err != nil {
		t.Fatal(err)
	}
	if (pack == nil) != (len(problems) > 0) {
		t.Errorf("pack %v with %d problems: want exactly one of them", pack, len(problems))
	}
	got := []string{}
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%s:%d %s", p.File, p.Line, p.Code))
		for _, text := range []string{p.English, p.Chinese} {
			if text == "" || strings.Contains(text, "%!") {
				t.Errorf("%s: text %q", p.Code, text)
			}
		}
	}
	slices.Sort(got)
	return got
}

func TestSmallPackIsClean(t *testing.T) {
	if got := problemsOf(t, smallPack(t)); len(got) > 0 {
		t.Errorf("problems: %v", got)
	}
}

func TestFaults(t *testing.T) {
	for _, f := range loadFaults(t) {
		t.Run(f.Name, func(t *testing.T) {
			pack := smallPack(t)
			f.put(t, pack)
			slices.Sort(f.Want)
			if got := problemsOf(t, pack); !slices.Equal(got, f.Want) {
				t.Errorf("problems\n got %q\nwant %q", got, f.Want)
			}
		})
	}
}

func TestEveryCodeHasAFault(t *testing.T) {
	seen := map[string]bool{CodeFileTooLarge: true} // see TestFileTooLarge
	for _, f := range loadFaults(t) {
		for _, want := range f.Want {
			_, code, _ := strings.Cut(want, " ")
			seen[code] = true
		}
	}
	for code := range messages {
		if !seen[code] {
			t.Errorf("no fault in testdata/faults.yaml shows %s", code)
		}
	}
	for code := range seen {
		if _, ok := messages[code]; !ok {
			t.Errorf("code %s has no text", code)
		}
	}
}

func TestFileTooLarge(t *testing.T) {
	pack := smallPack(t)
	pack[rulesFile] = &fstest.MapFile{Data: []byte("# " + strings.Repeat("x", maxFileSize))}
	if got, want := problemsOf(t, pack), []string{"rules.yaml:0 file.too_large"}; !slices.Equal(got, want) {
		t.Errorf("problems %q, want %q", got, want)
	}
}

func TestAllProblemsTogether(t *testing.T) {
	// One fault per file, all at once: every one must be reported.
	chosen := []string{
		"number for a string", "bad lines", "unknown platform", "implementer null", "unknown key at the top",
		"PIN too short", "weekday does not fit", "negative number", "prefix",
	}
	pack := smallPack(t)
	var want []string
	for _, f := range loadFaults(t) {
		if slices.Contains(chosen, f.Name) {
			f.put(t, pack)
			want = append(want, f.Want...)
		}
	}
	if len(want) != len(chosen) {
		t.Fatalf("%d faults for %d names", len(want), len(chosen))
	}
	slices.Sort(want)
	if got := problemsOf(t, pack); !slices.Equal(got, want) {
		t.Errorf("problems\n got %q\nwant %q", got, want)
	}
}
