package evidence_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"countersign/internal/evidence"
	"countersign/internal/evidence/evidencetest"
)

func verify(data []byte, o evidence.Options) *evidence.Report {
	return evidence.Verify(context.Background(), bytes.NewReader(data), int64(len(data)), o)
}

func text(t *testing.T, r *evidence.Report) string {
	t.Helper()
	var b strings.Builder
	evidencetest.Check(t, r.Print(&b))
	return b.String()
}

func TestGoodPacksAreValid(t *testing.T) {
	k := evidencetest.New(t)
	for name, s := range map[string]*evidencetest.Story{"straight": k.Straight(t), "returned": k.Returned(t)} {
		t.Run(name, func(t *testing.T) {
			rep := verify(s.Zip(), evidence.Options{Root: k.CA.Root()})
			if !rep.Valid || rep.ExitCode() != evidence.ExitValid || len(rep.Findings) != 0 {
				t.Fatal(text(t, rep))
			}
			t.Log(text(t, rep))
		})
	}
}
