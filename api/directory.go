package api

import (
	"context"
	"sync"
	"time"

	"countersign"
	"countersign/internal/store"
)

// directoryTTL is how long a person may be remembered: an account that was disabled elsewhere ends within it.
const directoryTTL = 5 * time.Second

// directory remembers people for some seconds: every request needs its own, screens need many names at once.
type directory struct {
	store *store.Store

	mu     sync.Mutex
	people map[string]remembered
}

type remembered struct {
	person countersign.Person
	until  time.Time
}

// maxRemembered bounds the memory of the directory.
const maxRemembered = 4096

func newDirectory(s *store.Store) *directory {
	return &directory{store: s, people: map[string]remembered{}}
}

// person returns the person with that ID, or ErrNotFound.
func (d *directory) person(ctx context.Context, id string) (countersign.Person, error) {
	now := time.Now()
	d.mu.Lock()
	r, ok := d.people[id]
	d.mu.Unlock()
	if ok && now.Before(r.until) {
		return r.person, nil
	}
	p, err := d.store.Person(ctx, id)
	if err != nil {
		return p, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.people) >= maxRemembered {
		clear(d.people)
	}
	d.people[id] = remembered{person: p, until: now.Add(directoryTTL)}
	return p, nil
}

// names returns the names of the given people by ID, in one query at most.
func (d *directory) names(ctx context.Context, ids []string) (map[string]string, error) {
	now := time.Now()
	out := map[string]string{}
	var missing []string
	d.mu.Lock()
	for _, id := range ids {
		if r, ok := d.people[id]; ok && now.Before(r.until) {
			out[id] = r.person.Name
		} else if id != "" {
			missing = append(missing, id)
		}
	}
	d.mu.Unlock()
	if len(missing) == 0 {
		return out, nil
	}
	found, err := d.store.PersonNames(ctx, missing)
	for id, name := range found {
		out[id] = name
	}
	return out, err
}
