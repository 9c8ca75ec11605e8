package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

func TestDefaultsAreValid(t *testing.T) {
	c, err := Load("", env())
	if err != nil || c.Validate() != nil {
		t.Fatalf("defaults: %v %v", err, c.Validate())
	}
}

func TestEnvironmentBeatsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("data: from-file\nhttp: {listen: '127.0.0.1:1', proxies: [127.0.0.1]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file, env("COUNTERSIGN_LISTEN", "127.0.0.1:2", "DATABASE_URL", "postgres://x", "COUNTERSIGN_PROXIES", "10.0.0.1, 10.1.0.0/16"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "from-file" || c.HTTP.Listen != "127.0.0.1:2" || c.Database.URL != "postgres://x" || !slices.Equal(c.HTTP.Proxies, []string{"10.0.0.1", "10.1.0.0/16"}) {
		t.Fatalf("%+v", c)
	}
}

func TestUnknownKeysAreErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("databse: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file, env()); err == nil || !strings.Contains(err.Error(), "databse") {
		t.Fatalf("err %v", err)
	}
}

func TestValidateReportsEverything(t *testing.T) {
	c := Default()
	c.Data, c.LogLevel, c.HTTP.Listen, c.HTTP.SessionIdle, c.Database.URL, c.Engine.Sync, c.Signing.WarmFor = "", "loud", "x", 0, "mysql://", "fast", -1
	c.HTTP.Proxies = []string{"10.0.0.1", "10.0.0.0/8", "fd00::/8", "10.0.0.0/33", "proxy"}
	err := c.Validate()
	if strings.Contains(err.Error(), "10.0.0.0/8") || strings.Contains(err.Error(), "fd00") {
		t.Errorf("right proxies are refused: %v", err)
	}
	for _, want := range []string{"data:", "log_level", "http.listen", "session_idle", "database.url", "engine.sync", "warm_for", `"10.0.0.0/33"`, `"proxy"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in %v", want, err)
		}
	}
}
