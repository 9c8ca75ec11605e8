package password

import (
	"strings"
	"testing"
)

func TestVerify(t *testing.T) {
	hash := func() string {
		h, err := Hash("Huiqian-Demo-2024")
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	stored := hash()
	if hash() == stored {
		t.Error("two hashes of one password are equal: the salt is not random")
	}
	if strings.Contains(stored, "Huiqian") {
		t.Error("the hash contains the password")
	}
	for _, c := range []struct {
		name, stored, password string
		want                   bool
	}{
		{"right", stored, "Huiqian-Demo-2024", true},
		{"wrong", stored, "Huiqian-Demo-2025", false},
		{"empty password", stored, "", false},
		{"no hash", "", "Huiqian-Demo-2024", false},
		{"plain text", "Huiqian-Demo-2024", "Huiqian-Demo-2024", false},
		{"cut hash", stored[:len(stored)-30], "Huiqian-Demo-2024", false},
		{"hostile cost", strings.Replace(stored, "m=65536", "m=999999999", 1), "Huiqian-Demo-2024", false},
		{"other cost", strings.Replace(stored, "t=3", "t=2", 1), "Huiqian-Demo-2024", false},
		{"endless password", stored, strings.Repeat("x", 1<<20), false},
	} {
		if got := Verify(c.stored, c.password); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	for password, ok := range map[string]bool{
		"short": false, "aaaaaaaaaaaa": false, strings.Repeat("长口令", 50): false,
		"Huiqian-Demo-2024": true, "正确的马电池订书钉哦": true, "": false,
	} {
		if (Check(password) == nil) != ok {
			t.Errorf("%q: %v", password, Check(password))
		}
		if _, err := Hash(password); (err == nil) != ok {
			t.Errorf("Hash of %q: %v", password, err)
		}
	}
}
