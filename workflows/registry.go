package workflows

import (
	"countersign/workflows/requirement"
	"countersign/workflows/signoff"
	"countersign/workflows/upgrade"
)

// All lists every process, in the order in which people choose from it.
func All() []*signoff.Process {
	return []*signoff.Process{upgrade.Process, requirement.Process}
}

// ByKey returns the process with that key.
func ByKey(key string) (*signoff.Process, bool) {
	for _, p := range All() {
		if p.Key == key {
			return p, true
		}
	}
	return nil, false
}
