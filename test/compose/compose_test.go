// Package compose checks the container set-up as far as that is possible without a container engine.
package compose

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// config lets docker-compose read and resolve the file.
func config(t *testing.T, env ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("docker-compose"); err != nil {
		t.Fatal("docker-compose is missing: install the Debian package docker-compose")
	}
	cmd := exec.Command("docker-compose", "-f", "docker-compose.yml", "config")
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestComposeFileIsValid(t *testing.T) {
	out, err := config(t, "POSTGRES_PASSWORD=secret")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, service := range []string{"postgres:", "temporal:", "migrate:", "api:", "worker:"} {
		if !strings.Contains(out, "\n  "+service) {
			t.Errorf("no service %s", service)
		}
	}
	if got := strings.Count(out, "healthcheck:"); got != 4 {
		t.Errorf("%d health checks, want one for each service that keeps running", got)
	}
	// Only loopback addresses are published: the API wants a TLS proxy in front, Temporal's UI has no login.
	for _, m := range regexp.MustCompile(`- [0-9.:]+/tcp`).FindAllString(out, -1) {
		if !strings.Contains(m, "127.0.0.1:") {
			t.Errorf("published beyond this machine: %s", m)
		}
	}
}

func TestComposeDemandsItsSecret(t *testing.T) {
	if out, err := config(t, "POSTGRES_PASSWORD="); err == nil || !strings.Contains(out, "POSTGRES_PASSWORD") {
		t.Fatalf("started without a password: %v\n%s", err, out)
	}
}

// TestDockerfileTargets: compose builds the targets that the Dockerfile has, with commands that the program has.
func TestDockerfileTargets(t *testing.T) {
	dockerfile, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	compose, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`target: (\w+)`).FindAllStringSubmatch(string(compose), -1) {
		if !strings.Contains(string(dockerfile), " AS "+m[1]+"\n") {
			t.Errorf("the Dockerfile has no target %s", m[1])
		}
	}
	for _, command := range []string{`["migrate", "up"]`, `["api", "--listen", "0.0.0.0:8080"]`, `["worker", "--listen", "127.0.0.1:8081"]`} {
		if !strings.Contains(string(compose), command) {
			t.Errorf("compose does not run %s", command)
		}
	}
}
