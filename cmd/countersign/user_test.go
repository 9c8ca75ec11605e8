package main

import (
	"strings"
	"testing"
)

// TestUserCommands manages one person from the command line, from the first day to a new key.
func TestUserCommands(t *testing.T) {
	data := t.TempDir()
	for i, step := range []struct {
		in   string
		args string
		code int
		says string
	}{
		{"", "migrate up", 0, ""},
		{"Lange-Kennung-2024\n482913\n", "user add --id P901 --account wu.yi --name 吴一 --organisation huabo --role implementer.signer@* --sign", 0, ""},
		{"", "user unlock wu.yi", 0, ""},
		{"", "user disable wu.yi", 0, ""},
		{"", "user list", 0, "(disabled)"},
		{"739182\n", "user certify wu.yi", 1, "enable the account first"},
		{"", "user enable wu.yi", 0, ""},
		{"739182\n", "user certify wu.yi", 0, ""},
		{"", "user certify wu.yi", 1, "the PIN is expected on standard input"},
		{"", "user grant wu.yi client.signer@*", 1, "does not play"},
		{"", "user unlock nobody", 1, "account nobody"},
		{"", "user list", 0, "implementer.signer@document_flow"},
		{"", "user --help", 0, "certify"},
	} {
		args := append(strings.Fields(step.args), "--data", data)
		if strings.HasSuffix(step.args, "--help") {
			args = args[:2]
		}
		if out, code := command(t, step.in, args...); code != step.code || !strings.Contains(out, step.says) {
			t.Errorf("%d %s: exit %d\n%s", i, step.args, code, out)
		}
	}
}
