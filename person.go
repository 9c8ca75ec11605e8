package countersign

import "time"

// Person is a human with one account. ID is opaque (P001) and is the only form in which a person appears
// in workflow history; names stay in the database.
type Person struct {
	ID           string `json:"id"`
	Account      string `json:"account"`
	Name         string `json:"name"`
	Organisation string `json:"organisation"`
	Disabled     bool   `json:"disabled,omitempty"`
}

// Grant is one role of one person in one domain. System "*" means every system of the contract.
type Grant struct {
	Person string `json:"person"`
	Role   string `json:"role"`
	System string `json:"system"`
}

// StandIn lets Person act for Principal between From and To (both inclusive instants).
// In every separation check the stand-in counts as both people.
type StandIn struct {
	ID        int64     `json:"id"`
	Principal string    `json:"principal"`
	Person    string    `json:"person"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
}

// Covers reports whether the stand-in is in force at t.
func (s StandIn) Covers(t time.Time) bool { return !t.Before(s.From) && !t.After(s.To) }

// Actor is who does something on a ticket: the person, whom they stand in for (empty for nobody), and the
// party and organisation they act for.
type Actor struct {
	Person       string `json:"person"`
	OnBehalfOf   string `json:"on_behalf_of,omitempty"`
	Party        Party  `json:"party"`
	Organisation string `json:"organisation"`
}

// Identities returns every person that a counts as in separation checks.
func (a Actor) Identities() []string {
	if a.OnBehalfOf == "" || a.OnBehalfOf == a.Person {
		return []string{a.Person}
	}
	return []string{a.Person, a.OnBehalfOf}
}

// Overlaps reports whether a counts as any of the given people.
func (a Actor) Overlaps(people []string) bool {
	for _, id := range a.Identities() {
		for _, p := range people {
			if id == p {
				return true
			}
		}
	}
	return false
}
