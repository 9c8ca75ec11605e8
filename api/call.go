package api

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"countersign"
	"countersign/rbac"
)

// call is one request: who asks, about what, and what its audit entry must say. Middleware makes it, handlers fill it in.
type call struct {
	id      string // of the request, also in the answer
	ip      string
	method  string
	route   string // method and path as in rbac.Routes, "" until the route is known
	agent   string
	key     string // Idempotency-Key, "" for none
	at      time.Time
	session *session // nil without a valid session
	noAuth  error    // why a token that was sent was not accepted

	ticket  string            // audit chain of the request, "" for the system's
	action  string            // what was attempted, "" for the route
	actor   countersign.Actor // stand-in and party, once known; Person comes from the session
	detail  map[string]string
	decided bool // a permission was asked for
	sent    bool // a command of this very request was stored
	quiet   bool // a refusal like many before, which are recorded once

	standsFor *[]string // principals of the person, once read
}

type callKey struct{}

func callFrom(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// note adds a fact to the audit entry that the call may cause.
func (c *call) note(key, value string) {
	if c.detail == nil {
		c.detail = map[string]string{}
	}
	c.detail[key] = printable(value)
}

// person returns the ID of the person who asks, "" without a session.
func (c *call) person() string {
	if c.session == nil {
		return ""
	}
	return c.session.Person.ID
}

func (c *call) changes() bool { return unsafeMethod(c.method) }

func unsafeMethod(m string) bool {
	return m != fiber.MethodGet && m != fiber.MethodHead && m != fiber.MethodOptions
}

// entry is the audit entry of the call with the given outcome.
func (c *call) entry(outcome, code string) countersign.AuditEntry {
	e := countersign.AuditEntry{
		Chain: c.ticket, Action: printable(c.action), Outcome: outcome, Code: code, Person: c.actor.Person, OnBehalfOf: c.actor.OnBehalfOf,
		Party: c.actor.Party, Organisation: c.actor.Organisation, Detail: maps.Clone(c.detail), At: c.at,
	}
	if e.Chain == "" {
		e.Chain = countersign.SystemChain
	}
	if e.Action == "" {
		e.Action = c.route
	}
	if e.Person == "" {
		e.Person = c.person()
	}
	if e.Organisation == "" && c.session != nil {
		e.Organisation = c.session.Person.Organisation
	}
	if e.Detail == nil {
		e.Detail = map[string]string{}
	}
	e.Detail["ip"], e.Detail["request"] = c.ip, c.id
	return e
}

// register serves one operation under its permission. The handler runs only after admit let the call in, and every
// refusal is in the audit chain before it is answered.
func register[I, O any](s *Server, op huma.Operation, handle func(context.Context, *call, *I) (*O, error)) {
	route := op.Method + " " + op.Path
	permission, known := rbac.Routes[route]
	if !known {
		s.unruled = append(s.unruled, route)
		return
	}
	op.BodyReadTimeout = -1 // Fiber has read the body already; huma would put a deadline on the kept-alive connection
	op.Errors = []int{400, 401, 403, 404, 409, 413, 422, 429, 503}
	if permission.Access != rbac.Public {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	}
	op.Middlewares = append(op.Middlewares, s.gate(route, permission))
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		c := callFrom(ctx)
		out, err := handle(ctx, c, in)
		if err == nil && permission.Access == rbac.OnTicket && !c.decided {
			err = countersign.ErrInternal.Because(errUndecided)
		}
		if err != nil {
			return nil, s.refuse(ctx, c, err)
		}
		return out, nil
	})
}

// gate applies the route's permission before anything of the request is parsed.
func (s *Server) gate(route string, p rbac.Permission) func(huma.Context, func(huma.Context)) {
	return func(h huma.Context, next func(huma.Context)) {
		c := callFrom(h.Context())
		c.route = route
		if err := s.admit(h.Context(), c, p); err != nil {
			if werr := writeProblem(humafiber.Unwrap(h), s.refuse(h.Context(), c, err)); werr != nil {
				s.log.Error("problem not written", slog.String("request", c.id), slog.Any("cause", werr))
			}
			return
		}
		next(h)
	}
}

// admit applies the route's permission.
func (s *Server) admit(ctx context.Context, c *call, p rbac.Permission) error {
	if p.Access == rbac.Public {
		return nil
	}
	if c.session == nil {
		if c.noAuth != nil {
			return c.noAuth
		}
		return countersign.ErrNoSession
	}
	if p.Access != rbac.Installed {
		return nil
	}
	return s.decide(ctx, c, rbac.Request{System: rbac.Installation, Object: p.Object, Action: p.Action})
}

// decide asks Casbin for the person of the call.
func (s *Server) decide(ctx context.Context, c *call, q rbac.Request) error {
	c.decided = true
	q.Person, q.Organisation = c.session.Person.ID, c.session.Person.Organisation
	if q.OnBehalfOf == "" {
		q.OnBehalfOf = c.actor.OnBehalfOf
	}
	return s.rbac.Decide(ctx, q)
}

// refuse records and logs a failed call and returns what may be answered.
func (s *Server) refuse(ctx context.Context, c *call, err error) *Problem {
	e := safe(err)
	if c.refusal(e) {
		s.metrics.refusals.WithLabelValues(e.Code).Inc()
	}
	if c.refusal(e) && !c.quiet {
		if errors.Is(e.Cause, errRules) {
			c.note("rules", ruleCodes(e.Fields))
		}
		// The entry must be kept even when the caller hung up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if _, err := s.store.AppendAudit(ctx, c.entry(countersign.OutcomeRefused, e.Code)); err != nil {
			e = countersign.ErrInternal.Because(err)
		}
	}
	s.logFailure(ctx, c, e)
	return problemOf(e, c.id)
}

// ruleCodes names the rules that refused a submission.
func ruleCodes(fields []countersign.FieldError) string {
	var codes []string
	for _, f := range fields {
		if !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	return strings.Join(codes, " ")
}

// refusal reports whether the error refuses an attempt, rather than asking for better input or a later try.
func (c *call) refusal(e *countersign.Error) bool {
	switch e.Code {
	case countersign.ErrNoSession.Code, countersign.ErrIdempotency.Code, countersign.ErrInProgress.Code, countersign.ErrMalformed.Code:
		return false
	case countersign.ErrLogin.Code, countersign.ErrOpinion.Code, countersign.ErrWaiver.Code, countersign.ErrNoWaiver.Code, countersign.ErrBadFacts.Code:
		return true
	}
	if errors.Is(e.Cause, errRules) {
		return true
	}
	switch e.Kind {
	case countersign.KindForbidden:
		return true
	case countersign.KindConflict, countersign.KindTooMany:
		return c.changes()
	}
	return false
}

func (s *Server) logFailure(ctx context.Context, c *call, e *countersign.Error) {
	level := slog.LevelInfo
	if e.Kind == countersign.KindInternal || e.Kind == countersign.KindUnavailable {
		level = slog.LevelError
	}
	attributes := []slog.Attr{slog.String("request", c.id), slog.String("route", c.route), slog.String("code", e.Code), slog.String("person", c.person())}
	if e.Cause != nil {
		attributes = append(attributes, slog.String("cause", e.Cause.Error()))
	}
	s.log.LogAttrs(ctx, level, "request failed", attributes...)
}

// audit records something that was done, in the chain of the call's ticket.
func (s *Server) audit(ctx context.Context, c *call, action string) error {
	c.action = action
	_, err := s.store.AppendAudit(ctx, c.entry(countersign.OutcomeOK, ""))
	return err
}
