package forms

import (
	"fmt"
	"regexp"
	"strings"
)

// ticketPattern is the shape of every ticket number, e.g. REQ-2026-000012.
var ticketPattern = regexp.MustCompile(`^[A-Z]{2,8}-\d{4}-\d{6}$`)

// ticketRefKind is the number of another ticket.
type ticketRefKind struct{ scalarKind }

func (ticketRefKind) name() string      { return "ticket_ref" }
func (ticketRefKind) options() []string { return []string{"process"} }

func (ticketRefKind) define(f *Field) []string {
	if f.Process == "" {
		return []string{"process is missing: which kind of ticket may be named"}
	}
	return nil
}

func (ticketRefKind) accept(c *checker, f *Field, at spot, v any) any {
	s, ok := v.(string)
	if !ok {
		c.report(at.path, "wrong_type", at.label+"应为工单编号。")
		return nil
	}
	s = strings.TrimSpace(s)
	if !ticketPattern.MatchString(s) {
		c.report(at.path, "bad_number", at.label+"不是有效的工单编号，例如 REQ-2026-000012。")
		return nil
	}
	if c.mode == Submit && c.env.TicketExists != nil && !c.env.TicketExists(f.Process, s) {
		c.report(at.path, "unknown_ticket", fmt.Sprintf("%s中的工单 %s 不存在，请检查编号。", at.label, s))
		return nil
	}
	return s
}

func (ticketRefKind) schema(*Field) map[string]any {
	return map[string]any{"type": "string", "pattern": ticketPattern.String()}
}

func (ticketRefKind) print(p *printer, _ *Field, tag string, v any) { p.text(tag, v) }

func (ticketRefKind) read(r *reader, _ *Field, tag string, _ spot) any {
	return emptyAsNil(strings.TrimSpace(r.text(tag)))
}
