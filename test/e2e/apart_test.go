package e2e

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/demo"
	"countersign/internal/engineproc"
	"countersign/internal/testkit"
)

// TestApart runs migrate, api and worker as processes of their own on PostgreSQL and a Temporal server elsewhere, as in the
// container set-up, and plays an example ticket on them.
func TestApart(t *testing.T) {
	engine, err := engineproc.Start(t.Context(), engineproc.Config{Dir: t.TempDir(), Binary: engineproc.Binary(t), Postgres: testkit.Postgres(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	data, listen := t.TempDir(), freeAddress(t)
	env := []string{"DATABASE_URL=" + testkit.Postgres(t), "TEMPORAL_ADDRESS=" + engine.Address(), "COUNTERSIGN_DATA=" + data}
	if out, code := run(t, env, "migrate", "up"); code != 0 {
		t.Fatalf("migrate: exit %d\n%s", code, out)
	}
	enrol := start(t, env, "serve", "--demo", "--listen", freeAddress(t)) // brings the demo people, and plays one ticket itself
	enrol.await("API docs")
	if code := enrol.stop(); code != 0 {
		t.Fatalf("serve: exit %d\n%s", code, enrol.out)
	}
	api := start(t, env, "api", "--listen", listen)
	api.await("API is ready")
	workerHealth := freeAddress(t)
	worker := start(t, env, "worker", "--listen", workerHealth)
	worker.await("worker is ready")
	for _, url := range []string{"http://" + listen + "/readyz", "http://" + workerHealth + "/readyz"} {
		eventually(t, url, func(context.Context) bool { _, code := run(t, nil, "health", url); return code == 0 })
	}
	cast := demo.NewCast("http://"+listen, pack(t))
	number, err := demo.Plays()[1].Run(t.Context(), cast)
	if err != nil {
		t.Fatal(err)
	}
	files, err := cast.Filed(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	pack := filepath.Join(t.TempDir(), "evidence.zip")
	if err := os.WriteFile(pack, files["evidence.zip"], 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, nil, "verify", pack); code != 0 {
		t.Fatalf("verify: exit %d\n%s", code, out)
	}
	for _, p := range []*process{api, worker} {
		if code := p.stop(); code != 0 {
			t.Errorf("exit %d\n%s", code, p.out)
		}
	}
}

// TestNothingPersonalInTheEngine searches everything that the engine keeps for PINs, names, opinions and form texts of a
// ticket that went through, and the application's database for PINs and passwords.
func TestNothingPersonalInTheEngine(t *testing.T) {
	data := t.TempDir()
	p := start(t, nil, "serve", "--demo", "--data", data, "--listen", freeAddress(t))
	p.await("API docs")
	if code := p.stop(); code != 0 {
		t.Fatalf("exit %d\n%s", code, p.out)
	}
	secrets := []string{pack(t).Demo.Password}
	for _, person := range order {
		secrets = append(secrets, pack(t).Demo.PINs[person])
	}
	personal := append([]string{"周立群", "韩明辉", "李素珍", "同意，按窗口实施", "V3.2.1", "zhou.liqun"}, secrets...)
	if found := holding(t, filepath.Join(data, "engine"), "countersign.upgrade"); len(found) == 0 {
		t.Fatal("the engine's files do not even hold the workflow's name: this search proves nothing")
	}
	mustLack(t, filepath.Join(data, "engine"), personal)
	mustLack(t, filepath.Join(data, "countersign.db"), secrets)
	mustLack(t, filepath.Join(data, "countersign.db-wal"), secrets)
}

// mustLack fails when a file below root holds one of the texts.
func mustLack(t *testing.T, root string, texts []string) {
	t.Helper()
	for _, text := range texts {
		for _, file := range holding(t, root, text) {
			t.Errorf("%s holds %q", filepath.Base(file), text)
		}
	}
}

// holding lists the files below root that hold a text. A missing root holds nothing.
func holding(t *testing.T, root, text string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if bytes.Contains(read(t, path), []byte(text)) {
			found = append(found, path)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return found
}

// TestSecondServe must not start on data that is in use.
func TestSecondServe(t *testing.T) {
	data := t.TempDir()
	p := start(t, nil, "serve", "--data", data, "--listen", freeAddress(t))
	p.await("is ready")
	began := time.Now()
	out, code := run(t, nil, "serve", "--data", data, "--listen", freeAddress(t))
	if code != 1 || !bytes.Contains([]byte(out), []byte("in use")) {
		t.Errorf("exit %d after %v:\n%s", code, time.Since(began), out)
	}
}
