package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyOneHoldsTheData(t *testing.T) {
	dir := t.TempDir()
	first, err := lockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lockData(dir)
	if !errors.Is(err, errInUse) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second lock: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := lockData(dir)
	if err != nil {
		t.Fatalf("after it was let go: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestReadyFileIsWholeAndReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ready.json")
	for _, want := range []readiness{{"127.0.0.1:1", "http://127.0.0.1:2", 3}, {"127.0.0.1:4", "", 5}} {
		if err := writeReadyFile(path, want); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var got readiness
		if err := json.Unmarshal(text, &got); err != nil || got != want {
			t.Errorf("got %s, %v", text, err)
		}
	}
}
