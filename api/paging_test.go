package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestPagesFollowEachOther walks every list by its cursor, two rows at a time, and wants each row once and in order.
func TestPagesFollowEachOther(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	for range 4 {
		w.now = w.now.Add(time.Second)
		w.draft(w.upgradeForm())
		w.must(w.as("P001", "GET", "/tickets/"+number, nil), 404)
	}
	w.must(w.act("P004", number, "cc", map[string]any{"people": []string{"P001", "P015"}}), 200)
	for range 2 {
		w.must(w.as("P016", "POST", "/audit/checkpoints", map[string]any{}), 201)
	}
	for _, c := range []struct {
		person, path, key string
		least             int
	}{
		{"P004", "/tickets?box=mine", "number", 5},
		{"P004", "/tickets/" + number + "/timeline?", "seq", 7},
		{"P016", "/audit?chain=" + number, "seq", 7},
		{"P016", "/audit?outcome=refused", "hash", 4},
		{"P016", "/audit?person=P001&outcome=refused", "hash", 4},
		{"P016", "/audit/checkpoints?", "id", 2},
		{"P001", "/notices?", "id", 1},
	} {
		seen := w.walk(c.person, c.path, c.key)
		if len(seen) < c.least {
			t.Errorf("%s: %d rows, want at least %d", c.path, len(seen), c.least)
		}
		if len(slices.Compact(slices.Sorted(slices.Values(seen)))) != len(seen) {
			t.Errorf("%s: a row came twice: %q", c.path, seen)
		}
	}
	if a := w.as("P016", "GET", "/audit?outcome=refused&from="+url.QueryEscape(w.now.Add(time.Hour).Format(time.RFC3339)), nil); !strings.Contains(a.body, `"items":[]`) {
		t.Errorf("entries of the future: %s", a.body)
	}
}

// walk returns one value of each row of a list.
func (w *world) walk(person, path, key string) []string {
	w.t.Helper()
	var seen []string
	for cursor := ""; ; {
		var page struct {
			Items      []map[string]any
			NextCursor string `json:"next_cursor"`
		}
		a := w.must(w.as(person, "GET", path+"&limit=2&cursor="+url.QueryEscape(cursor), nil), 200)
		if err := json.Unmarshal([]byte(a.body), &page); err != nil {
			w.t.Fatal(err)
		}
		if len(page.Items) > 2 {
			w.t.Fatalf("%s: %d rows on a page of 2", path, len(page.Items))
		}
		for _, item := range page.Items {
			seen = append(seen, fmt.Sprint(item[key]))
		}
		if cursor = page.NextCursor; cursor == "" || len(seen) > 100 {
			return seen
		}
	}
}
