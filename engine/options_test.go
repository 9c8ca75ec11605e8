package main

import (
	"io"
	"strings"
	"testing"
)

func TestParseOptions(t *testing.T) {
	none := func(string) string { return "" }
	for name, c := range map[string]struct {
		args string
		want []string // parts of the error, all at once; none = accepted
	}{
		"least":             {"-data d", nil},
		"all":               {"-data d -listen 127.0.0.1:7233 -ui 127.0.0.1:0 -metrics 127.0.0.2:9090 -sync normal -stop-on-stdin-eof", nil},
		"version alone":     {"-version", nil},
		"no data":           {"", []string{"-data is required"}},
		"open on request":   {"-data d -listen 0.0.0.0:7233 -allow-remote", nil},
		"open to all":       {"-data d -listen 0.0.0.0:7233", []string{"-listen", "reached from outside"}},
		"open to a network": {"-data d -ui 192.168.1.5:80", []string{"-ui", "reached from outside"}},
		"IPv6":              {"-data d -metrics [::1]:80", []string{"-metrics", "127.0.0.0/8"}},
		"name, not address": {"-data d -listen localhost:80", []string{"-listen", "localhost:80"}},
		"all problems":      {"-sync fast -ui x -postgres mysql://h/d extra", []string{"-data", `"fast"`, "-ui", "mysql", `"extra"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseOptions(strings.Fields(c.args), none, io.Discard)
			if (err == nil) != (c.want == nil) {
				t.Fatalf("got %v", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is missing in: %v", part, err)
				}
			}
		})
	}
}

func TestPostgresURLFromEnvironment(t *testing.T) {
	env := func(name string) string { return map[string]string{postgresEnv: "postgres://h/d"}[name] }
	o, err := parseOptions([]string{"-data", "d"}, env, io.Discard)
	if err != nil || o.postgres != "postgres://h/d" {
		t.Errorf("got %q, %v", o.postgres, err)
	}
}

func TestChoosePortsGivesEachItsOwn(t *testing.T) {
	got, err := choosePorts("127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, address := range got {
		if seen[address] || !strings.HasPrefix(address, "127.0.0.1:") || strings.HasSuffix(address, ":0") {
			t.Errorf("bad or double address in %v", got)
		}
		seen[address] = true
	}
	again, err := choosePorts(got...) // let go of, and the asked port is kept
	if err != nil || strings.Join(again, " ") != strings.Join(got, " ") {
		t.Errorf("asked for %v, got %v, %v", got, again, err)
	}
	if _, err := choosePorts(got[0], got[0]); err == nil {
		t.Error("a port that is taken must be refused")
	}
}
