package requirement

import (
	"context"
	"encoding/json"
	"fmt"

	"countersign"
	"countersign/workflows/signoff"
)

// Plan is what the workflow knows of a requirement: who asked for it.
type Plan struct {
	Requester string `json:"requester"`
}

func prepare(ctx context.Context, s signoff.Submission) (json.RawMessage, []countersign.FieldError, error) {
	requester, ok := s.Values["requester"].(string)
	if !ok {
		return nil, nil, fmt.Errorf("requirement form: requester is %T", s.Values["requester"])
	}
	problems, err := s.Misplaced(ctx, []string{requester}, "sign:client", func(int) string { return "requester" })
	if err != nil {
		return nil, nil, err
	}
	raw, err := json.Marshal(Plan{Requester: requester})
	return raw, problems, err
}

// decide lets only the named requester, or a stand-in, answer for the requirement (clause 附6-二-19.1.2).
func decide(d signoff.Deciding) *countersign.Error {
	var plan Plan
	if err := json.Unmarshal(d.Plan, &plan); err != nil {
		return countersign.ErrInternal.Because(err)
	}
	if !d.Actor.Overlaps([]string{plan.Requester}) {
		return countersign.ErrNotNamed
	}
	return nil
}
