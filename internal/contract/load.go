package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	_ "time/tzdata" // isolated machines may have no zone files, and deadlines depend on them

	"github.com/gowebpki/jcs"
	"gopkg.in/yaml.v3"
)

// The files of a pack, all required.
const (
	packFile          = "pack.yaml"
	organisationsFile = "organisations.yaml"
	systemsFile       = "systems.yaml"
	rolesFile         = "roles.yaml"
	peopleFile        = "people.yaml"
	calendarFile      = "calendar.yaml"
	rulesFile         = "rules.yaml"
	processesFile     = "processes.yaml"
)

// Option changes what a pack is checked against.
type Option func(*builder)

// WithProcesses makes a process that is not among keys a problem. The caller that knows the list of built-in processes
// passes it; without it every process key is accepted.
func WithProcesses(keys ...string) Option {
	return func(b *builder) { b.processes = keys }
}

// Load reads and checks the pack in folder dir of fsys. It returns the pack, or every problem that it has, sorted by file
// and line, or an error when the folder cannot be read; exactly one of the three is set.
func Load(fsys fs.FS, dir string, options ...Option) (*Pack, []Problem, error) {
	b := newBuilder()
	for _, option := range options {
		option(b)
	}
	contents, err := b.open(fsys, dir)
	if err != nil {
		return nil, nil, fmt.Errorf("read contract pack %s: %w", dir, err)
	}
	for _, f := range []struct {
		name string
		read func(*object)
	}{
		// Order matters only for the problems of doubled keys; references are resolved after all files are read.
		{packFile, b.readPack},
		{organisationsFile, b.readOrganisations},
		{systemsFile, b.readSystems},
		{rolesFile, b.readRoles},
		{peopleFile, b.readPeople},
		{calendarFile, b.readCalendar},
		{rulesFile, b.readRules},
		{processesFile, b.readProcesses},
	} {
		if data, ok := contents[f.name]; ok {
			b.readFile(f.name, data, f.read)
		}
	}
	b.check()
	if len(b.report.problems) > 0 {
		return nil, b.report.sorted(), nil
	}
	if b.pack.digest, err = digest(b.roots); err != nil {
		return nil, nil, fmt.Errorf("digest of contract pack %s: %w", dir, err)
	}
	return b.pack, nil, nil
}

// Check loads the pack in a folder on disk and returns every problem that it has; none means that Load succeeds.
func Check(dir string, options ...Option) ([]Problem, error) {
	_, problems, err := Load(os.DirFS(dir), ".", options...)
	return problems, err
}

// open reads the files of the pack and reports missing and foreign YAML files.
func (b *builder) open(fsys fs.FS, dir string) (map[string][]byte, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	names := []string{packFile, organisationsFile, systemsFile, rolesFile, peopleFile, calendarFile, rulesFile, processesFile}
	for _, e := range entries {
		yamlFile := strings.HasSuffix(e.Name(), ".yaml") || strings.HasSuffix(e.Name(), ".yml")
		if yamlFile && !slices.Contains(names, e.Name()) {
			b.report.add(e.Name(), 0, CodeFileUnknown)
		}
	}
	contents := map[string][]byte{}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, path.Join(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			b.report.add(name, 0, CodeFileMissing)
			b.broken[name] = true
		case err != nil:
			return nil, err
		default:
			contents[name] = data
		}
	}
	return contents, nil
}

func (b *builder) readFile(name string, data []byte, read func(*object)) {
	f := &file{name: name, report: b.report}
	o, root := f.parse(data)
	if o == nil {
		b.broken[name] = true
		return
	}
	b.roots[name] = root
	read(o)
	o.done()
}

// digest returns the SHA-256 described at Pack.Digest.
func digest(roots map[string]*yaml.Node) (string, error) {
	content := map[string]any{}
	for name, root := range roots {
		content[name] = plain(root)
	}
	raw, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	canonical, err := jcs.Transform(raw)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// plain turns a checked node into maps, slices and strings. Keys are unique: the check refuses others.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = plain(item)
		}
		return list
	}
	return n.Value
}
