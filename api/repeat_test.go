package api

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign"
)

func TestRepeatedRequestsAreCarriedOutOnce(t *testing.T) {
	w := newWorld(t)
	body := map[string]any{"process": "upgrade", "system": testSystem, "form": map[string]any{"release_version": "V1"}, "draft": true}
	first := w.must(w.as("P004", "POST", "/tickets", body, keyHeader, "k1"), 201)
	again := w.must(w.as("P004", "POST", "/tickets", body, keyHeader, "k1"), 201)
	if first.body != again.body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("answers differ: %s and %s", first.body, again.body)
	}
	body["form"] = map[string]any{"release_version": "V2"}
	if a := w.as("P004", "POST", "/tickets", body, keyHeader, "k1"); a.StatusCode != 409 || a.code() != "idempotency_mismatch" {
		t.Errorf("other content under the same key: %d %s", a.StatusCode, a.body)
	}
	w.must(w.as("P005", "POST", "/tickets", body, keyHeader, "k1"), 201) // keys of different people do not meet
	for _, key := range []string{strings.Repeat("k", 201)} {
		if a := w.as("P004", "POST", "/tickets", body, keyHeader, key); a.StatusCode != 400 {
			t.Errorf("key %.10q: %d", key, a.StatusCode)
		}
	}
	var list struct{ Items []countersign.Ticket }
	w.must(w.as("P004", "GET", "/tickets?box=mine", nil), 200).decode(t, &list)
	if len(list.Items) != 1 {
		t.Errorf("%d tickets, want 1", len(list.Items))
	}
}

func TestDecisionWithALostAnswer(t *testing.T) {
	for name, lose := range map[string]func(*fakeEngine){
		"carried out":     func(e *fakeEngine) { e.lose = true },
		"not carried out": func(e *fakeEngine) { e.down = true },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			number := w.submitted()
			lose(w.engine)
			a := w.decide("P006", number, "approve", "同意", keyHeader, "d1")
			if a.StatusCode != 503 || a.code() != "unavailable" || !strings.Contains(a.body, "Idempotency-Key") {
				t.Fatalf("got %d %s", a.StatusCode, a.body)
			}
			w.engine.down = false
			if a := w.decide("P006", number, "reject", "改主意了", keyHeader, "d1"); a.code() != "idempotency_mismatch" && a.code() != "wrong_step" {
				t.Errorf("another decision under the same key: %d %s", a.StatusCode, a.body)
			}
			a = w.must(w.decide("P006", number, "approve", "同意", keyHeader, "d1"), 200)
			if !strings.Contains(a.body, `"step":"approval.supervisor"`) {
				t.Errorf("answer %s", a.body)
			}
			w.must(w.decide("P006", number, "approve", "同意", keyHeader, "d1"), 200)
			signatures, err := w.store.Signatures(context.Background(), number)
			if err != nil || len(signatures) != 1 || signatures[0].Status != countersign.SignatureCounted {
				t.Errorf("signatures %+v (%v), want one that counts", signatures, err)
			}
		})
	}
}

func TestWorkflowRefusalIsSettledAndRecorded(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	w.engine.refuse = countersign.ErrWrongStep
	a := w.decide("P006", number, "approve", "同意", keyHeader, "d1")
	if a.StatusCode != 409 || a.code() != "wrong_step" {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	if r := w.refusals(number); !slices.Equal(r, []string{"approve wrong_step P006"}) {
		t.Errorf("refusals %q", r)
	}
	signatures, err := w.store.Signatures(context.Background(), number)
	if err != nil || len(signatures) != 1 || signatures[0].Status != countersign.SignatureRefused {
		t.Fatalf("signatures %+v (%v), want one that is refused", signatures, err)
	}
	w.must(w.decide("P006", number, "approve", "同意", keyHeader, "d2"), 200)
	w.must(w.decide("P010", number, "approve", "同意"), 200)
	all, err := w.store.Signatures(context.Background(), number)
	if err != nil || len(all) != 3 || !strings.Contains(string(all[2].Statement), all[1].ID) || strings.Contains(string(all[2].Statement), all[0].ID) {
		t.Errorf("the refused signature must not be in the chain of signatures")
	}
}

func TestPINLocksAfterTooManyTries(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	var codes []string
	for range 12 {
		codes = append(codes, w.as("P006", "POST", "/tickets/"+number+"/decisions", approve("000001")).code())
	}
	want := append(slices.Repeat([]string{"pin_wrong"}, 9), "pin_locked", "pin_locked", "pin_locked")
	if !slices.Equal(codes, want) {
		t.Errorf("codes %q", codes)
	}
	if a := w.decide("P006", number, "approve", "同意"); a.code() != "pin_locked" {
		t.Errorf("the right PIN of a locked key: %d %s", a.StatusCode, a.body)
	}
	if n := len(w.refusals(number)); n != 13 {
		t.Errorf("%d refusals are recorded, want 13", n)
	}
	if strings.Contains(w.log.String(), "000001") {
		t.Error("a PIN is in the log")
	}
}

func TestConcurrentDecisionsSignOnce(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	codes := make([]int, 6)
	var wg sync.WaitGroup
	token := w.token("P006")
	_ = token
	for i := range codes {
		wg.Go(func() { codes[i] = w.decide("P006", number, "approve", "同意", keyHeader, "same").StatusCode })
	}
	wg.Wait()
	if n := len(w.engine.commands); n != 1 {
		t.Errorf("%d commands were carried out, want 1 (answers %v)", n, codes)
	}
	if !slices.Contains(codes, 200) {
		t.Errorf("nobody was told of the success: %v", codes)
	}
}
