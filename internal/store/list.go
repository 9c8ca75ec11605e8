package store

import (
	"context"
	"slices"
	"strings"

	"countersign"
)

// Box is one of the lists that a person sees tickets in.
type Box string

// The boxes.
const (
	BoxTodo Box = "todo" // 待办: something waits for the person or for whom they stand in for
	BoxMine Box = "mine" // 我起草的
	BoxDone Box = "done" // 已办: the person acted on it
	BoxCC   Box = "cc"   // 抄送
	BoxAll  Box = "all"  // everything the person may see
)

// Boxes lists all boxes.
var Boxes = []Box{BoxTodo, BoxMine, BoxDone, BoxCC, BoxAll}

// Query asks for tickets, newest change first.
type Query struct {
	Box        Box
	Person     string
	Principals []string          // whom Person stands in for now
	Visible    []string          // systems whose tickets Person may read in BoxAll; "*" = all. Drafts of others stay hidden
	State      countersign.State // filters, "" for any
	System     string
	Process    string
	Q          string // words of number and title, all of them must occur
	Page
}

// ListTickets returns one page of a box and the cursor of the next page ("" = it was the last).
func (s *Store) ListTickets(ctx context.Context, q Query) ([]countersign.Ticket, string, error) {
	where, err := q.where()
	if err != nil {
		return nil, "", err
	}
	if q.Cursor != "" {
		at, number, err := cursorKey(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		where.and("(t.updated_at, t.number) < (?, ?)", at, number)
	}
	var rows []ticketRow
	limit := pageSize(q.Limit)
	err = s.read(ctx).Raw("SELECT "+ticketColumns+" FROM tickets t WHERE "+where.sql()+" ORDER BY t.updated_at DESC, t.number DESC LIMIT ?",
		append(where.args, limit+1)...).Find(&rows).Error
	if err != nil {
		return nil, "", fail("list tickets", err)
	}
	rows, next := cut(rows, limit, func(r ticketRow) (int64, string) { return r.UpdatedAt, r.Number })
	tickets, err := tryRows(rows, ticketRow.ticket)
	return tickets, next, err
}

// CountTickets returns how many tickets each of the boxes holds under q's filters; q's own box and page are ignored.
func (s *Store) CountTickets(ctx context.Context, q Query, boxes ...Box) (map[Box]int, error) {
	if len(boxes) == 0 {
		boxes = Boxes
	}
	var selects []string
	var args []any
	counts := make([]int, len(boxes))
	targets := make([]any, len(boxes))
	for i, box := range boxes {
		q.Box = box
		where, err := q.where()
		if err != nil {
			return nil, err
		}
		selects = append(selects, "(SELECT COUNT(*) FROM tickets t WHERE "+where.sql()+")")
		args = append(args, where.args...)
		targets[i] = &counts[i]
	}
	err := scanRow(s.read(ctx).Raw("SELECT "+strings.Join(selects, ", "), args...), targets...)
	out := make(map[Box]int, len(boxes))
	for i, box := range boxes {
		out[box] = counts[i]
	}
	return out, fail("count tickets", err)
}

// filter is a growing AND of conditions.
type filter struct {
	parts []string
	args  []any
}

func (f *filter) and(condition string, args ...any) {
	f.parts = append(f.parts, condition)
	f.args = append(f.args, args...)
}

func (f *filter) sql() string { return strings.Join(f.parts, " AND ") }

// todoTickets finds open tasks by person and by role, each from the side that an index serves. Whoever matches must be
// of the task's organisation when it names one; nobody signs what they drafted, as themselves or standing in.
const todoTickets = `t.number IN (
	SELECT k.ticket FROM persons p JOIN tasks k ON k.person = p.id AND k.person <> ''
	WHERE p.id IN ? AND k.organisation IN ('', p.organisation) AND NOT ` + ownDraft + `
	UNION
	SELECT k.ticket FROM persons p JOIN grants g ON g.person = p.id
	JOIN tasks k ON k.role = g.role AND k.person = '' AND k.organisation IN ('', p.organisation) AND g.system IN ('*', k.system)
	WHERE p.id IN ? AND NOT ` + ownDraft + `)`

const ownDraft = `(k.kind = 'sign' AND EXISTS (SELECT 1 FROM ticket_people d
	WHERE d.ticket = k.ticket AND d.relation = 'drafter' AND d.person IN (?, p.id)))`

const related = "t.number IN (SELECT ticket FROM ticket_people WHERE person = ? AND relation = ?)"

// where is the condition of q without its cursor.
func (q Query) where() (*filter, error) {
	f := new(filter)
	if err := text(q.Person, string(q.State), q.System, q.Process, q.Q); err != nil {
		return nil, err
	}
	switch q.Box {
	case BoxTodo:
		people := append([]string{q.Person}, q.Principals...)
		f.and(todoTickets, people, q.Person, people, q.Person)
	case BoxMine:
		f.and(related, q.Person, relationDrafter)
	case BoxDone:
		f.and(related, q.Person, relationDone)
	case BoxCC:
		f.and(related, q.Person, relationCC)
	case BoxAll:
		q.whereVisible(f)
	default:
		return nil, countersign.ErrMalformed.With(countersign.FieldError{Field: "box", Code: "unknown", Message: "没有这个列表。"})
	}
	for _, c := range []struct{ column, value string }{{"state", string(q.State)}, {"system", q.System}, {"process", q.Process}} {
		if c.value != "" { // in a fixed order, so that statements stay prepared
			f.and("t."+c.column+" = ?", c.value)
		}
	}
	for _, word := range strings.Fields(strings.ToLower(q.Q)) {
		f.and(`t.search LIKE ? ESCAPE '\'`, "%"+likeEscaper.Replace(word)+"%")
	}
	return f, nil
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// whereVisible lets through submitted tickets of visible systems and whatever the person has to do with.
func (q Query) whereVisible(f *filter) {
	const own = `t.number IN (SELECT ticket FROM ticket_people WHERE person = ?
		UNION SELECT ticket FROM tasks WHERE person = ? AND person <> '')`
	switch {
	case slices.Contains(q.Visible, "*"):
		f.and("(t.state <> 'draft' OR "+own+")", q.Person, q.Person)
	case len(q.Visible) > 0:
		f.and("(t.state <> 'draft' AND t.system IN ? OR "+own+")", q.Visible, q.Person, q.Person)
	default:
		f.and(own, q.Person, q.Person)
	}
}
