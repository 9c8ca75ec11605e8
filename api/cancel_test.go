package api

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"countersign"
	"countersign/workflows/signoff"
)

// interrupted calls during while a page is rendered.
type interrupted struct {
	Documents
	during func()
}

func (d *interrupted) RevisionPage(ctx context.Context, ticket string, revision int) (countersign.FileDigest, error) {
	if f := d.during; f != nil {
		d.during = nil
		f()
	}
	return d.Documents.RevisionPage(ctx, ticket, revision)
}

// TestASubmissionThatLostToACancelIsRefused: another process gives the draft up while this one freezes it.
func TestASubmissionThatLostToACancelIsRefused(t *testing.T) {
	pages := &interrupted{}
	w := newWorld(t, func(c *Config) { pages.Documents, c.Documents = c.Documents, pages })
	number := w.draft(w.upgradeForm())
	pages.during = func() {
		tr := countersign.Transition{ID: signoff.CmdCancel, Ticket: number, Version: 1, State: countersign.StateCancelled, Revision: 1, At: w.now}
		if _, err := w.store.Apply(context.Background(), tr, naturalHours{}.Due); err != nil {
			t.Error(err)
		}
	}
	submit := func() answer {
		return w.as("P004", "POST", "/tickets/"+number+"/actions/submit", map[string]any{}, keyHeader, "s1")
	}
	if a := submit(); a.code() != "conflict" {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
	if a := submit(); a.code() != "ticket_closed" {
		t.Errorf("repeated: got %d %s", a.StatusCode, a.body)
	}
	if r := w.refusals(number); !slices.Equal(r, []string{"submit conflict P004", "submit ticket_closed P004"}) {
		t.Errorf("recorded %q", r)
	}
	if len(w.engine.started) != 0 {
		t.Error("a workflow was started")
	}
}

// TestSubmitAndCancelAtOnce: whoever comes first, a submission is answered 200 exactly when it took place.
func TestSubmitAndCancelAtOnce(t *testing.T) {
	w := newWorld(t)
	w.token("P004")
	for i := range 8 {
		number := w.draft(w.upgradeForm())
		var submit, again answer
		var wg sync.WaitGroup
		path := "/tickets/" + number + "/actions/"
		tasks := []func(){
			func() {
				submit = w.as("P004", "POST", path+"submit", map[string]any{}, keyHeader, fmt.Sprint("s", i))
			},
			func() { w.must(w.as("P004", "POST", path+"cancel", map[string]any{}), 200) },
		}
		if i%2 == 0 {
			slices.Reverse(tasks)
		}
		for _, f := range tasks {
			wg.Go(f)
		}
		wg.Wait()
		again = w.as("P004", "POST", path+"submit", map[string]any{}, keyHeader, fmt.Sprint("s", i))
		revision, err := w.store.Revision(t.Context(), number, 1)
		if err != nil {
			t.Fatal(err)
		}
		took := revision.SubmittedAt != nil
		if took != (submit.StatusCode == 200) || took != (again.StatusCode == 200) {
			t.Errorf("submitted %v, but answered %d %s and then %d", took, submit.StatusCode, submit.body, again.StatusCode)
		}
		want := []string{"submit ticket_closed P004", "submit ticket_closed P004"}
		if took {
			want = nil
		}
		if r := w.refusals(number); !slices.Equal(r, want) {
			t.Errorf("submitted %v, recorded %q", took, r)
		}
	}
}
