package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"countersign"
	"countersign/internal/store"
)

// Cookies of browser sessions. Over https the name binds the cookie to this host.
const (
	cookieName       = "countersign_session"
	secureCookieName = "__Host-countersign_session"
	csrfHeader       = "X-CSRF-Token"
)

// seenEvery is how often the last use of a session is written down.
const seenEvery = time.Minute

// session is a valid login.
type session struct {
	store.Session
	Person countersign.Person
}

// newToken returns 256 random bits, URL-safe.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

func tokenDigest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// authenticate finds the session of a request. Whether one is needed is decided by the route; a change that a browser
// sends with its cookie must also prove that our own page sent it.
func (s *Server) authenticate(f *fiber.Ctx) error {
	c := callFrom(f.UserContext())
	if c.changes() && f.Get("Sec-Fetch-Site") == "cross-site" {
		return s.refused(f, c, countersign.ErrCSRF)
	}
	token, cookie := requestToken(f)
	if token == "" {
		return f.Next()
	}
	found, err := s.findSession(f.UserContext(), token)
	if err != nil {
		if !errors.Is(err, countersign.ErrNoSession) {
			return s.refused(f, c, err)
		}
		c.noAuth = err
		return f.Next()
	}
	login := f.Method() == fiber.MethodPost && f.Path() == base+"/session"
	if cookie && c.changes() && !login && subtle.ConstantTimeCompare([]byte(f.Get(csrfHeader)), []byte(found.CSRF)) != 1 {
		c.session = found
		return s.refused(f, c, countersign.ErrCSRF)
	}
	c.session = found
	return f.Next()
}

// requestToken returns the session token of a request and whether a cookie brought it.
func requestToken(f *fiber.Ctx) (token string, cookie bool) {
	if header := f.Get(fiber.HeaderAuthorization); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			return "invalid", false
		}
		return strings.TrimSpace(token), false
	}
	for _, name := range []string{secureCookieName, cookieName} {
		if token := f.Cookies(name); token != "" {
			return token, true
		}
	}
	return "", false
}

// findSession returns the session of a token, or ErrNoSession when there is none, it has ended, or its person is disabled.
func (s *Server) findSession(ctx context.Context, token string) (*session, error) {
	digest := tokenDigest(token)
	found, err := s.store.Session(ctx, digest)
	if errors.Is(err, countersign.ErrNotFound) {
		return nil, countersign.ErrNoSession
	}
	if err != nil {
		return nil, err
	}
	now := s.clock()
	if !now.Before(found.ExpiresAt) || now.Sub(found.SeenAt) > s.limits.SessionIdle {
		return nil, countersign.ErrNoSession
	}
	p, err := s.people.person(ctx, found.Person)
	if err != nil {
		return nil, err
	}
	if p.Disabled {
		return nil, countersign.ErrNoSession
	}
	if now.Sub(found.SeenAt) >= seenEvery {
		if err := s.store.TouchSession(ctx, digest, now); err != nil {
			return nil, err
		}
	}
	return &session{Session: found, Person: p}, nil
}

// actFor lets the call act on behalf of a principal, if the person stands in for them now. "" is the person alone.
func (s *Server) actFor(ctx context.Context, c *call, principal string) error {
	c.actor.Person, c.actor.Organisation = c.session.Person.ID, c.session.Person.Organisation
	if principal == "" || principal == c.session.Person.ID {
		return nil
	}
	c.actor.OnBehalfOf = principal
	principals, err := s.principals(ctx, c)
	if err != nil {
		return err
	}
	if !slices.Contains(principals, principal) {
		return countersign.ErrForbidden
	}
	p, err := s.people.person(ctx, principal)
	if err != nil {
		return err
	}
	if p.Organisation != c.session.Person.Organisation || p.Disabled {
		return countersign.ErrStandIn
	}
	return nil
}

// principals returns whom the caller stands in for now, read once in a call.
func (s *Server) principals(ctx context.Context, c *call) ([]string, error) {
	if c.standsFor == nil {
		people, err := s.store.Principals(ctx, c.person(), s.clock())
		if err != nil {
			return nil, err
		}
		c.standsFor = &people
	}
	return *c.standsFor, nil
}

// drafts reports whether the caller, or somebody whom they stand in for, drafted the ticket.
func (s *Server) drafts(ctx context.Context, c *call, m *matter) (bool, error) {
	principals, err := s.principals(ctx, c)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(append([]string{c.person()}, principals...), func(id string) bool { return slices.Contains(m.drafters, id) }), nil
}
