package api

import (
	"hash/fnv"
	"sync"
)

// stripes are locks by ticket number: a draft is not changed or given up while it is being frozen, so that the page that was rendered
// shows the form that is signed. Two tickets may share a lock, which costs a wait and no more.
type stripes [64]sync.Mutex

// lock waits for the lock of a ticket and returns what gives it back.
func (s *stripes) lock(ticket string) func() {
	h := fnv.New32a()
	_, _ = h.Write([]byte(ticket)) // never fails: hash.Hash
	m := &s[h.Sum32()%uint32(len(s))]
	m.Lock()
	return m.Unlock
}
