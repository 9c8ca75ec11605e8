package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"countersign"
	"countersign/internal/auditlog"
)

// AuditReport says what VerifyAudit looked at and everything that is wrong.
type AuditReport struct {
	Chains      int      `json:"chains"`
	Entries     int64    `json:"entries"`
	Checkpoints int      `json:"checkpoints"`
	Problems    []string `json:"problems"` // empty: the audit log is whole
}

// verifyPage is how many entries VerifyAudit holds at a time.
const verifyPage = 1000

// VerifyAudit walks every chain from its first entry, compares its end with the stored head, and every checkpoint with the
// one before it and with the entries that it names, so that also a chain that was cut off or rewritten as a whole is found.
// The signatures of checkpoints are the caller's to check. An error means that the walk could not be finished.
func (s *Store) VerifyAudit(ctx context.Context) (AuditReport, error) {
	v := &auditWalk{store: s, named: map[string]map[int64]string{}, heads: map[string]countersign.ChainHead{}}
	// Checkpoints and heads first: entries that are added meanwhile lie behind them and disturb nothing.
	for _, step := range []func(context.Context) error{v.readCheckpoints, v.readHeads, v.walk} {
		if err := step(ctx); err != nil {
			return v.report, fail("verify audit", err)
		}
	}
	for chain, seqs := range v.named {
		for seq := range seqs {
			v.problem("audit chain %s: entry %d stands in a checkpoint but is gone", chain, seq)
		}
	}
	for _, h := range v.heads {
		v.problem("audit chain %s: entry %d was written but is gone", h.Chain, h.Seq)
	}
	slices.Sort(v.report.Problems)
	return v.report, nil
}

// auditWalk is one run of VerifyAudit. named holds the hash of every entry that a checkpoint names, heads the last entry of
// every chain as the heads have it, both until the entry is met.
type auditWalk struct {
	store  *Store
	report AuditReport
	named  map[string]map[int64]string
	heads  map[string]countersign.ChainHead
}

func (v *auditWalk) problem(format string, args ...any) {
	v.report.Problems = append(v.report.Problems, fmt.Sprintf(format, args...))
}

func (v *auditWalk) readCheckpoints(ctx context.Context) error {
	prev := ""
	for after := int64(0); ; {
		var rows []checkpointRow
		if err := v.store.read(ctx).Where("id > ?", after).Order("id").Limit(verifyPage).Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			after = r.ID
			v.report.Checkpoints++
			var body auditlog.CheckpointBody
			if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
				v.problem("checkpoint %d: %v", r.ID, err)
			}
			if r.Prev != prev || body.Prev != prev {
				v.problem("checkpoint %d does not follow the one before it", r.ID)
			}
			prev = bodyDigest([]byte(r.Body))
			for _, h := range body.Heads {
				if v.named[h.Chain] == nil {
					v.named[h.Chain] = map[int64]string{}
				}
				v.named[h.Chain][h.Seq] = h.Hash
			}
		}
		if len(rows) < verifyPage {
			return nil
		}
	}
}

func (v *auditWalk) readHeads(ctx context.Context) error {
	for after := ""; ; {
		var rows []countersign.ChainHead
		err := v.store.read(ctx).Raw("SELECT chain, seq, hash FROM audit_heads WHERE chain > ? ORDER BY chain LIMIT ?",
			after, verifyPage).Find(&rows).Error
		if err != nil {
			return err
		}
		for _, h := range rows {
			after = h.Chain
			if h.Seq > 0 {
				v.heads[h.Chain] = h
			}
		}
		if len(rows) < verifyPage {
			return nil
		}
	}
}

func (v *auditWalk) walk(ctx context.Context) error {
	var head countersign.ChainHead
	broken := "" // a chain is reported once
	for {
		var rows []entryRow
		err := v.store.read(ctx).Where("(chain, seq) > (?, ?)", head.Chain, head.Seq).
			Order("chain, seq").Limit(verifyPage).Find(&rows).Error
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.Chain != head.Chain {
				head = countersign.ChainHead{Chain: r.Chain}
				v.report.Chains++
			}
			if err := v.follow(head, r); err != nil && broken != r.Chain {
				broken = r.Chain
				v.problem("%v", err)
			}
			head = countersign.ChainHead{Chain: r.Chain, Seq: r.Seq, Hash: r.Hash}
		}
		if len(rows) < verifyPage {
			return nil
		}
	}
}

// follow checks that r is the entry behind head, unchanged, and what checkpoints and heads say of it.
func (v *auditWalk) follow(head countersign.ChainHead, r entryRow) error {
	v.report.Entries++
	if hash, ok := v.named[r.Chain][r.Seq]; ok {
		delete(v.named[r.Chain], r.Seq)
		if hash != r.Hash {
			v.problem("audit chain %s: entry %d is not the one that a checkpoint names", r.Chain, r.Seq)
		}
	}
	if h, ok := v.heads[r.Chain]; ok && h.Seq == r.Seq && h.Hash == r.Hash {
		delete(v.heads, r.Chain)
	}
	e, err := r.entry()
	if err != nil {
		return err
	}
	want, err := auditlog.Extend(head, e)
	if err != nil {
		return err
	}
	switch {
	case e.Seq != want.Seq || e.Prev != want.Prev:
		return fmt.Errorf("audit chain %s breaks at entry %d, after entry %d", e.Chain, e.Seq, head.Seq)
	case e.Hash != want.Hash:
		return fmt.Errorf("audit chain %s: entry %d was changed", e.Chain, e.Seq)
	}
	return nil
}
