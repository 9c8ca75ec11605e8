package countersign

// Party is the side of the contract that a person or organisation acts for on one ticket.
type Party string

// The three parties, in the order in which the contract's forms print their sign-off rows (clause 附6-二-16.1.1.1).
const (
	Implementer Party = "implementer" // 实施单位
	Supervisor  Party = "supervisor"  // 监理单位
	Client      Party = "client"      // 综合事务中心
)

// Parties lists the three parties in signing order.
var Parties = []Party{Implementer, Supervisor, Client}

// Valid reports whether p is one of the three parties.
func (p Party) Valid() bool { return p == Implementer || p == Supervisor || p == Client }

// Label returns the Chinese label that the contract's forms print for p.
func (p Party) Label() string {
	switch p {
	case Implementer:
		return "实施单位"
	case Supervisor:
		return "监理单位"
	case Client:
		return "综合事务中心"
	}
	return string(p)
}
