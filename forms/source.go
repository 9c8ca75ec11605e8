package forms

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// TemplateSource finds the template of a process: a file <process>.docx in a
// folder, which a client may put there or replace while the server runs, else
// the template that came with the program.
type TemplateSource struct {
	// dir is the folder of overrides; empty means there are none.
	dir string

	mu       sync.Mutex
	embedded map[string]*Template
	override map[string]overrideFile
}

// overrideFile remembers an opened override until its file changes.
type overrideFile struct {
	template *Template
	modified time.Time
	size     int64
}

// NewTemplateSource takes the folder of overrides (empty for none; it need not
// exist) and the built-in templates by process. It fails on a built-in template
// that cannot be opened.
func NewTemplateSource(dir string, embedded map[string][]byte) (*TemplateSource, error) {
	s := &TemplateSource{dir: dir, embedded: map[string]*Template{}, override: map[string]overrideFile{}}
	for _, process := range sortedKeys(embedded) {
		t, err := OpenTemplate(embedded[process])
		if err != nil {
			return nil, fmt.Errorf("built-in template of %s: %w", process, err)
		}
		s.embedded[process] = t
	}
	return s, nil
}

// Template returns the template to use now for a process, checked against its
// definition. A faulty override is an error (*FileError or *TemplateError
// inside), never silently replaced by the built-in one: the client asked for
// its own form.
func (s *TemplateSource) Template(process string, d *Definition) (*Template, error) {
	if !keyPattern.MatchString(process) {
		return nil, fmt.Errorf("%q is no process name", process)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.overridden(process)
	if err != nil {
		return nil, fmt.Errorf("template override of %s: %w", process, err)
	}
	if t == nil {
		t = s.embedded[process]
	}
	if t == nil {
		return nil, fmt.Errorf("process %s has no template", process)
	}
	if _, err := t.program(d); err != nil {
		return nil, fmt.Errorf("template of %s: %w", process, err)
	}
	return t, nil
}

// overridden opens the override of a process, again only when the file changed; nil when there is none.
func (s *TemplateSource) overridden(process string) (*Template, error) {
	if s.dir == "" {
		return nil, nil
	}
	name := s.path(process)
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		delete(s.override, process)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if known := s.override[process]; known.template != nil && known.size == info.Size() && known.modified.Equal(info.ModTime()) {
		return known.template, nil
	}
	docx, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	t, err := OpenTemplate(docx)
	if err != nil {
		return nil, err
	}
	s.override[process] = overrideFile{template: t, modified: info.ModTime(), size: info.Size()}
	return t, nil
}

// Install checks an uploaded template and makes it the override of the process.
// It fails with a *FileError or *TemplateError and then changes nothing. The
// file is replaced in one step, so that no reader sees half of it.
func (s *TemplateSource) Install(process string, d *Definition, docx []byte) (*Template, error) {
	if s.dir == "" || !keyPattern.MatchString(process) {
		return nil, fmt.Errorf("template of %q: there is no folder for overrides, or no such process", process)
	}
	t, err := OpenTemplate(docx)
	if err != nil {
		return nil, err
	}
	if _, err := t.program(d); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := replaceFile(s.path(process), docx); err != nil {
		return nil, fmt.Errorf("store template of %s: %w", process, err)
	}
	delete(s.override, process)
	return t, nil
}

func (s *TemplateSource) path(process string) string {
	return filepath.Join(s.dir, process+".docx")
}

// replaceFile writes the file beside its place, syncs it and moves it there.
func replaceFile(name string, data []byte) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".upload-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
