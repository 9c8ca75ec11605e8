package forms_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/forms"
)

func newSource(t *testing.T, dir string) *forms.TemplateSource {
	t.Helper()
	s, err := forms.NewTemplateSource(dir, map[string][]byte{"upgrade": readFile(t, "../workflows/upgrade/template.docx")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTemplateSource(t *testing.T) {
	d, _ := upgrade(t)
	dir := filepath.Join(t.TempDir(), "templates")
	s := newSource(t, dir)
	builtIn, err := s.Template("upgrade", d)
	if err != nil {
		t.Fatal(err)
	}
	own := edit(t, builtIn.Bytes(), replace("系统名称</w:t>", "系统名称（全称）</w:t>"))

	installed, err := s.Install("upgrade", d, own)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Template("upgrade", d)
	if err != nil || got.Digest() != installed.Digest() || got.Digest() == builtIn.Digest() {
		t.Fatalf("the override is not used: %v", err)
	}
	if again, err := s.Template("upgrade", d); err != nil || again != got {
		t.Error("an unchanged override was opened again")
	}

	// A clerk replaces the file by hand, first well, then badly.
	file := filepath.Join(dir, "upgrade.docx")
	byHand := edit(t, own, replace("系统名称（全称）", "系统全称"))
	if err := os.WriteFile(file, byHand, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Template("upgrade", d); err != nil || got.Digest() != forms.Digest(byHand) {
		t.Errorf("the new file is not used: %v", err)
	}
	if err := os.WriteFile(file, edit(t, own, replace(`"release_version"`, `"version"`)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	var unfit *forms.TemplateError
	if _, err := s.Template("upgrade", d); !errors.As(err, &unfit) || len(unfit.Problems) != 2 {
		t.Errorf("a faulty override: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Template("upgrade", d); err != nil || got != builtIn {
		t.Errorf("without override: %v", err)
	}
}

func TestInstallRefuses(t *testing.T) {
	d, _ := upgrade(t)
	dir := t.TempDir()
	s := newSource(t, dir)
	good := readFile(t, "../workflows/upgrade/template.docx")
	for name, docx := range map[string][]byte{"no docx": []byte("x"), "unfit": edit(t, good, replace(`"ports"`, `"port"`))} {
		if _, err := s.Install("upgrade", d, docx); err == nil {
			t.Errorf("%s was installed", name)
		}
	}
	for _, process := range []string{"../upgrade", "a/b", "", "UPG"} {
		if _, err := s.Install(process, d, good); err == nil {
			t.Errorf("process %q was taken", process)
		}
		if _, err := s.Template(process, d); err == nil {
			t.Errorf("process %q has a template", process)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("a refused template left %v, %v", left, err)
	}
	if _, err := newSource(t, "").Install("upgrade", d, good); err == nil {
		t.Error("installed without a folder")
	}
	if _, err := s.Template("fault", d); err == nil || !strings.Contains(err.Error(), "no template") {
		t.Errorf("a process without template: %v", err)
	}
	if _, err := forms.NewTemplateSource(dir, map[string][]byte{"x": nil}); err == nil {
		t.Error("a broken built-in template was accepted")
	}
}
