package templates

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"countersign"
	"countersign/forms"
	"countersign/internal/blob"
	"countersign/internal/store"
	"countersign/workflows/signoff"
)

// ErrUnknown says that no template has the digest that was asked for, or that there is no such process.
var ErrUnknown = errors.New("templates: unknown template")

// Source says where a template comes from.
type Source string

// The sources, in the order in which they are looked at.
const (
	Uploaded Source = "upload"
	Folder   Source = "folder"
	BuiltIn  Source = "built_in"
)

// Version is one upload.
type Version struct {
	SHA256 string
	By     string // person ID
	At     time.Time
}

// Library finds templates. It is safe for concurrent use.
type Library struct {
	store     *store.Store
	blobs     *blob.Store
	processes map[string]*signoff.Process
	folder    fs.FS

	mu       sync.Mutex
	opened   map[string]*forms.Template // by digest; templates remember what they compiled
	folded   map[string]foldered
	admitted map[string]bool // templates that fit their form and whose bytes are in the blob store
}

// foldered remembers a file of the override folder until it changes.
type foldered struct {
	modified time.Time
	size     int64
	digest   string
}

// maxOpened bounds the templates that stay open.
const maxOpened = 64

// New returns a Library over the processes; folder may be nil. It fails when a built-in template cannot be opened.
func New(st *store.Store, blobs *blob.Store, processes []*signoff.Process, folder fs.FS) (*Library, error) {
	l := &Library{
		store: st, blobs: blobs, processes: map[string]*signoff.Process{}, folder: folder,
		opened: map[string]*forms.Template{}, folded: map[string]foldered{}, admitted: map[string]bool{},
	}
	for _, p := range processes {
		l.processes[p.Key] = p
		t, err := forms.OpenTemplate(p.Template)
		if err != nil {
			return nil, fmt.Errorf("built-in template of %s: %w", p.Key, err)
		}
		l.opened[t.Digest()] = t
	}
	return l, nil
}

// Template returns the template of a process that has the digest; with "" the one in force, kept in the blob store from
// then on. The error wraps ErrUnknown, or is a *forms.FileError or *forms.TemplateError of a faulty override.
func (l *Library) Template(ctx context.Context, process, digest string) (*forms.Template, error) {
	if digest == "" {
		t, _, err := l.InForce(ctx, process)
		return t, err
	}
	if _, err := l.process(process); err != nil {
		return nil, err
	}
	return l.byDigest(ctx, digest)
}

// InForce returns the template that new submissions use, and where it comes from. A faulty override is an error, never
// silently replaced by the built-in template: the client asked for its own form.
func (l *Library) InForce(ctx context.Context, process string) (*forms.Template, Source, error) {
	p, err := l.process(process)
	if err != nil {
		return nil, "", err
	}
	t, source, err := l.find(ctx, p)
	if err != nil {
		return nil, source, fmt.Errorf("template of %s (%s): %w", process, source, err)
	}
	if err := l.admit(ctx, p, t); err != nil {
		return nil, source, fmt.Errorf("template of %s (%s): %w", process, source, err)
	}
	return t, source, nil
}

func (l *Library) process(key string) (*signoff.Process, error) {
	p := l.processes[key]
	if p == nil {
		return nil, fmt.Errorf("%w: process %q", ErrUnknown, key)
	}
	return p, nil
}

func (l *Library) find(ctx context.Context, p *signoff.Process) (*forms.Template, Source, error) {
	setting, err := l.store.Setting(ctx, settingName(p.Key))
	if err == nil {
		var v upload
		if err := json.Unmarshal(setting.Value, &v); err != nil {
			return nil, Uploaded, err
		}
		t, err := l.byDigest(ctx, v.SHA256)
		return t, Uploaded, err
	}
	if !errors.Is(err, countersign.ErrNotFound) {
		return nil, Uploaded, err
	}
	t, err := l.fromFolder(p.Key)
	if t != nil || err != nil {
		return t, Folder, err
	}
	t, err = l.open(p.Template)
	return t, BuiltIn, err
}

// upload is the value of the setting that puts an uploaded template in force.
type upload struct {
	SHA256 string `json:"sha256"`
}

func settingName(process string) string { return "template." + process }

// fromFolder opens the override of a process, again only when the file changed; nil when there is none.
func (l *Library) fromFolder(process string) (*forms.Template, error) {
	if l.folder == nil {
		return nil, nil
	}
	name := process + ".docx"
	info, err := fs.Stat(l.folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	known := l.folded[process]
	t := l.opened[known.digest]
	l.mu.Unlock()
	if t != nil && known.size == info.Size() && known.modified.Equal(info.ModTime()) {
		return t, nil
	}
	docx, err := fs.ReadFile(l.folder, name)
	if err != nil {
		return nil, err
	}
	if t, err = l.open(docx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.folded[process] = foldered{modified: info.ModTime(), size: info.Size(), digest: t.Digest()}
	return t, nil
}

// open opens a template, or returns the one that is open already.
func (l *Library) open(docx []byte) (*forms.Template, error) {
	digest := forms.Digest(docx)
	l.mu.Lock()
	t := l.opened[digest]
	l.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t, err := forms.OpenTemplate(docx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.opened) >= maxOpened {
		clear(l.opened)
	}
	l.opened[digest] = t
	return t, nil
}

func (l *Library) byDigest(ctx context.Context, digest string) (t *forms.Template, err error) {
	l.mu.Lock()
	t = l.opened[digest]
	l.mu.Unlock()
	if t != nil {
		return t, nil
	}
	for _, p := range l.processes {
		if forms.Digest(p.Template) == digest {
			return l.open(p.Template)
		}
	}
	r, err := l.blobs.Open(ctx, digest)
	if errors.Is(err, countersign.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	docx, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return l.open(docx)
}

// admit checks a template against the form of its process and stores its bytes, so that they can be had by their digest
// for as long as tickets name it. Each template is checked and stored once.
func (l *Library) admit(ctx context.Context, p *signoff.Process, t *forms.Template) error {
	key := p.Key + "/" + p.Form.Version() + "/" + t.Digest()
	l.mu.Lock()
	admitted := l.admitted[key]
	l.mu.Unlock()
	if admitted {
		return nil
	}
	if problems := t.Check(p.Form); len(problems) > 0 {
		return &forms.TemplateError{Problems: problems}
	}
	docx := t.Bytes()
	if _, _, err := l.blobs.Put(ctx, bytes.NewReader(docx), int64(len(docx))); err != nil {
		return fmt.Errorf("keep template: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.admitted[key] = true
	return nil
}

// Install checks a template against the form of a process and puts it in force for new submissions. The error is a
// *forms.FileError or *forms.TemplateError when the template does not fit; then nothing changed.
func (l *Library) Install(ctx context.Context, process string, docx []byte, by string, at time.Time) (*forms.Template, error) {
	p, err := l.process(process)
	if err != nil {
		return nil, err
	}
	t, err := forms.OpenTemplate(docx)
	if err != nil {
		return nil, err
	}
	if err := l.admit(ctx, p, t); err != nil {
		return nil, err
	}
	value, err := json.Marshal(upload{SHA256: t.Digest()})
	if err != nil {
		return nil, err
	}
	_, err = l.store.PutSetting(ctx, store.Setting{Name: settingName(process), Value: value, SetBy: by, SetAt: at})
	return t, err
}

// maxVersions is how many uploads Versions lists.
const maxVersions = 100

// Versions returns the last uploads of a process, newest first.
func (l *Library) Versions(ctx context.Context, process string) ([]Version, error) {
	history, _, err := l.store.SettingVersions(ctx, settingName(process), store.Page{Limit: maxVersions})
	if err != nil {
		return nil, err
	}
	out := make([]Version, len(history))
	for i, h := range history {
		var v upload
		if err := json.Unmarshal(h.Value, &v); err != nil {
			return nil, fmt.Errorf("template of %s, version %d: %w", process, h.Version, err)
		}
		out[i] = Version{SHA256: v.SHA256, By: h.SetBy, At: h.SetAt}
	}
	return out, nil
}
