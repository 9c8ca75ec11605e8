package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"countersign"
	"countersign/internal/auditlog"
)

// AppendAudit adds e to its chain (SystemChain when e.Chain is empty; a new chain begins with its first entry) in a
// transaction of its own and returns it as stored. It is for what changes no ticket: refusals, views, downloads.
func (s *Store) AppendAudit(ctx context.Context, e countersign.AuditEntry) (countersign.AuditEntry, error) {
	if e.Chain == "" {
		e.Chain = countersign.SystemChain
	}
	if e.Outcome == "" {
		e.Outcome = countersign.OutcomeOK
	}
	if e.At.IsZero() {
		e.At = s.now()
	}
	// A refused attempt is kept even when its words are what is wrong with it.
	for _, field := range []*string{&e.Chain, &e.Action, &e.Outcome, &e.Code, &e.Person, &e.OnBehalfOf, &e.Organisation} {
		*field = storable(*field)
	}
	err := s.tx(ctx, "append audit", func(tx *gorm.DB) error {
		head, err := s.lockHead(tx, e.Chain)
		if err != nil {
			return err
		}
		writes, last, err := chainWrites(head, []countersign.AuditEntry{e})
		e = last
		if err != nil {
			return err
		}
		return s.writeAll(tx, writes)
	})
	return e, err
}

// lockHead reads the head of a chain, made if missing, and keeps it from changing until tx ends.
func (s *Store) lockHead(tx *gorm.DB, chain string) (countersign.ChainHead, error) {
	head := countersign.ChainHead{Chain: chain}
	read := func() error {
		return scanRow(tx.Raw("SELECT seq, hash FROM audit_heads WHERE chain = ?"+s.lock(), chain), &head.Seq, &head.Hash)
	}
	err := read()
	if errors.Is(err, gorm.ErrRecordNotFound) {
		if err := tx.Exec("INSERT INTO audit_heads (chain) VALUES (?) ON CONFLICT DO NOTHING", chain).Error; err != nil {
			return head, err
		}
		err = read()
	}
	return head, err
}

// eventWrites adds the events of a transition to the chain behind head. Events without a time happened at at.
func eventWrites(head countersign.ChainHead, events []countersign.Event, at time.Time) ([]write, error) {
	entries := make([]countersign.AuditEntry, len(events))
	for i, e := range events {
		entries[i] = countersign.AuditEntry{
			At: e.At, Action: e.Action, Outcome: countersign.OutcomeOK, Person: e.Actor.Person, OnBehalfOf: e.Actor.OnBehalfOf,
			Party: e.Actor.Party, Organisation: e.Actor.Organisation, Detail: e.Detail,
		}
		if e.At.IsZero() {
			entries[i].At = at
		}
	}
	writes, _, err := chainWrites(head, entries)
	return writes, err
}

// chainWrites links entries behind head; the caller holds the head's lock. It also returns the last entry.
func chainWrites(head countersign.ChainHead, entries []countersign.AuditEntry) ([]write, countersign.AuditEntry, error) {
	var last countersign.AuditEntry
	if len(entries) == 0 {
		return nil, last, nil
	}
	rows := make([][]any, len(entries))
	for i, e := range entries {
		var err error
		if last, err = auditlog.Extend(head, e); err != nil {
			return nil, last, err
		}
		if rows[i], err = entryValues(last); err != nil {
			return nil, last, err
		}
		head = countersign.ChainHead{Chain: last.Chain, Seq: last.Seq, Hash: last.Hash}
	}
	return []write{
		insert("audit_entries", entryColumns, rows, ""),
		{
			sql: "UPDATE audit_heads SET seq = ?, hash = ? WHERE chain = ?", args: []any{head.Seq, head.Hash, head.Chain},
			want: 1, miss: "audit chain " + head.Chain + " has no head",
		},
	}, last, nil
}
