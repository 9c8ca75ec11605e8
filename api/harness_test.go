package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign"
	"countersign/contracts"
	"countersign/internal/blob"
	"countersign/internal/contract"
	"countersign/internal/password"
	"countersign/internal/pki"
	"countersign/internal/store"
	"countersign/internal/templates"
	"countersign/workflows"
	"countersign/workflows/signoff"
)

const testSystem = "document_flow" // run by huabo: P004, P005 engineers, P006 signer

var testHash = sync.OnceValue(func() string {
	h, err := password.Hash(testPassword)
	if err != nil {
		panic(err)
	}
	return h
})

// testStart is a Wednesday within the years of the pack's calendar.
var testStart = time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)

const testPassword = "Huiqian-Test-2024"

// world is a server on a real SQLite store with the people of the default pack; only the engine is a fake.
type world struct {
	t      testing.TB
	server *Server
	store  *store.Store
	pack   *contract.Pack
	engine *fakeEngine
	tokens map[string]string
	now    time.Time
	log    *bytes.Buffer
}

func newWorld(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w := &world{t: t, tokens: map[string]string{}, now: testStart, log: &bytes.Buffer{}}
	pack, problems, err := contract.Load(contracts.FS, contracts.Default)
	check(err)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.pack = pack
	dir := t.TempDir()
	clock := func() time.Time { return w.now }
	w.store, err = store.Open(ctx, store.Config{Path: filepath.Join(dir, "app.db"), Sync: store.Normal, Now: clock, Log: slog.New(slog.DiscardHandler)})
	check(err)
	t.Cleanup(func() { check(w.store.Close()) })
	check(w.store.Migrate(ctx))
	blobs, err := blob.Open(filepath.Join(dir, "blobs"))
	check(err)
	master, err := pki.NewMaster(bytes.Repeat([]byte{7}, 32))
	check(err)
	keys, err := pki.NewFileStore(filepath.Join(dir, "ca"))
	check(err)
	authority, err := pki.Open(ctx, keys, master, pki.Options{Now: clock})
	check(err)
	keyring, err := pki.NewKeyring(master, pki.KeyringOptions{KDF: pki.KDF{Time: 1, MemoryKiB: 8, Threads: 1}})
	check(err)
	w.engine = &fakeEngine{store: w.store, clock: clock, acks: map[string]signoff.Ack{}}
	w.people(keyring, authority)
	library, err := templates.New(w.store, blobs, workflows.All(), nil)
	check(err)
	config := Config{
		Templates: library,
		Store:     w.store, Blobs: blobs, Pack: pack, Processes: workflows.All(), Authority: authority, Keyring: keyring,
		Engine: w.engine, Documents: pages{blobs}, Calendar: naturalHours{}, Clock: clock, Log: slog.New(slog.NewTextHandler(w.log, nil)),
	}
	for _, f := range change {
		f(&config)
	}
	w.server, err = New(ctx, config)
	check(err)
	t.Cleanup(w.server.stop)
	return w
}

// people stores the pack's people with password, roles, key and certificate.
func (w *world) people(keyring *pki.Keyring, authority *pki.Authority) {
	w.t.Helper()
	ctx := context.Background()
	check := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	for _, p := range w.pack.People() {
		check(w.store.PutPerson(ctx, p.Person))
		check(w.store.SetPassword(ctx, p.ID, testHash()))
		sealed, err := keyring.NewKey(ctx, p.ID, 1, w.pack.Demo.PINs[p.ID])
		check(err)
		pub, err := sealed.PublicKey()
		check(err)
		organisation, _ := w.pack.Organisation(p.Organisation)
		cert, err := authority.IssuePerson(ctx, pki.Person{ID: p.ID, Name: p.Name, OrganisationName: organisation.Name}, pub)
		check(err)
		raw, err := json.Marshal(sealed)
		check(err)
		check(w.store.AddKey(ctx, store.PersonKey{Person: p.ID, Version: 1, Serial: fmt.Sprintf("%x", cert.SerialNumber), Sealed: raw, Certificate: cert.Raw, CreatedAt: w.now}))
	}
	for _, g := range w.pack.Grants() {
		check(w.store.AddGrant(ctx, g))
	}
}

// pages stores a page that stands for the rendered form.
type pages struct{ blobs *blob.Store }

func (p pages) RevisionPage(ctx context.Context, ticket string, revision int) (countersign.FileDigest, error) {
	content := fmt.Sprintf("page of %s revision %d", ticket, revision)
	digest, _, err := p.blobs.Put(ctx, strings.NewReader(content), int64(len(content)))
	return countersign.FileDigest{Name: fmt.Sprintf("%s-r%d.docx", ticket, revision), SHA256: digest}, err
}

type naturalHours struct{}

func (naturalHours) Due(c countersign.Clock, from time.Time) (time.Time, error) {
	return from.Add(time.Duration(c.Amount) * time.Hour), nil
}

// answer is what a request was answered.
type answer struct {
	*http.Response
	body string
}

// decode reads the body into out.
func (a answer) decode(t testing.TB, out any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), out); err != nil {
		t.Fatalf("%d %s: %v", a.StatusCode, a.body, err)
	}
}

func (a answer) code() string {
	var p Problem
	if json.Unmarshal([]byte(a.body), &p) != nil {
		return ""
	}
	return p.Code
}

// send sends a request to the server as it is.
func (w *world) send(req *http.Request) answer {
	w.t.Helper()
	resp, err := w.server.App().Test(req, -1)
	if err != nil {
		w.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{resp, string(body)}
}

// as sends a JSON request as a person ("" for nobody). headers are name, value pairs.
func (w *world) as(person, method, path string, body any, headers ...string) answer {
	w.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		reader = bytes.NewReader(raw)
	}
	req := httptest.NewRequest(method, base+path, reader)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if person != "" {
		req.Header.Set("Authorization", "Bearer "+w.token(person))
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return w.send(req)
}

// token opens a session of a person directly in the store.
func (w *world) token(person string) string {
	w.t.Helper()
	if t := w.tokens[person]; t != "" {
		return t
	}
	token := newToken()
	err := w.store.CreateSession(context.Background(), store.Session{
		TokenSHA256: tokenDigest(token), Person: person, CSRF: "csrf-" + person, CreatedAt: w.now, SeenAt: w.now, ExpiresAt: w.now.Add(12 * time.Hour),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens[person] = token
	return token
}

// upload sends a multipart request.
func (w *world) upload(person, method, path, name string, content []byte, fields ...string) answer {
	w.t.Helper()
	var buf bytes.Buffer
	m := multipart.NewWriter(&buf)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := m.WriteField(fields[i], fields[i+1]); err != nil {
			w.t.Fatal(err)
		}
	}
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	req := httptest.NewRequest(method, base+path, &buf)
	req.Header.Set("Content-Type", m.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+w.token(person))
	return w.send(req)
}

func (w *world) must(a answer, status int) answer {
	w.t.Helper()
	if a.StatusCode != status {
		w.t.Fatalf("got %d, want %d: %s\n%s", a.StatusCode, status, a.body, w.log)
	}
	return a
}

func (w *world) ticket(number string) countersign.Ticket {
	w.t.Helper()
	t, err := w.store.Ticket(context.Background(), number)
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

// refusals returns "action code person" of every refused entry of a chain, in order.
func (w *world) refusals(chain string) []string {
	w.t.Helper()
	entries, _, err := w.store.AuditEntries(context.Background(), store.AuditQuery{Chain: chain, Outcome: countersign.OutcomeRefused}, store.Page{Limit: 500})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Action+" "+e.Code+" "+e.Person)
	}
	return out
}

func hexDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// disabled is a person of the pack with the account switched off.
func disabled(w *world, id string) countersign.Person {
	p, _ := w.pack.Person(id)
	p.Disabled = true
	return p.Person
}
