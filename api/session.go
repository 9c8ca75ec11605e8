package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign"
	"countersign/internal/password"
	"countersign/internal/store"
)

func (s *Server) sessionRoutes() {
	register(s, huma.Operation{
		OperationID: "login", Method: http.MethodPost, Path: base + "/session", Tags: []string{"session"},
		Summary: "Open a session", DefaultStatus: http.StatusCreated,
	}, s.login)
	register(s, huma.Operation{
		OperationID: "logout", Method: http.MethodDelete, Path: base + "/session", Tags: []string{"session"},
		Summary: "End the session", DefaultStatus: http.StatusNoContent,
	}, s.logout)
	register(s, huma.Operation{
		OperationID: "me", Method: http.MethodGet, Path: base + "/me", Tags: []string{"session"}, Summary: "Who is logged in",
	}, s.me)
}

type loginInput struct {
	Body struct {
		Account  string `json:"account" maxLength:"64" doc:"account name"`
		Password string `json:"password" maxLength:"512"`
	}
}

type loginOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      sessionBody
}

// sessionBody is what a client needs to go on. Token is for scripts; browsers use the cookie and send CSRF back.
type sessionBody struct {
	Token     string     `json:"token" doc:"send as Authorization: Bearer"`
	CSRF      string     `json:"csrf_token" doc:"browsers send it as X-CSRF-Token with every change"`
	ExpiresAt time.Time  `json:"expires_at"`
	Person    PersonBody `json:"person"`
}

func (s *Server) login(ctx context.Context, c *call, in *loginInput) (*loginOutput, error) {
	account := strings.TrimSpace(in.Body.Account)
	c.action = "login"
	p, err := s.checkPassword(ctx, c, account, in.Body.Password)
	if err != nil {
		return nil, err
	}
	token, now := newToken(), s.clock()
	opened := store.Session{
		TokenSHA256: tokenDigest(token), Person: p.ID, CSRF: newToken(), UserAgent: shorten(c.agent, 200),
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(s.limits.SessionLife),
	}
	if err := s.store.CreateSession(ctx, opened); err != nil {
		return nil, err
	}
	c.session = &session{Session: opened, Person: p}
	if err := s.audit(ctx, c, "login"); err != nil {
		return nil, err
	}
	out := &loginOutput{SetCookie: s.cookie(token, opened.ExpiresAt)}
	out.Body = sessionBody{Token: token, CSRF: opened.CSRF, ExpiresAt: opened.ExpiresAt, Person: s.describe(p)}
	return out, nil
}

// checkPassword returns the person of an account and password. Unknown accounts, wrong passwords, disabled and locked
// accounts look the same to the caller. What was typed is recorded only when it is an account: it may be a password.
func (s *Server) checkPassword(ctx context.Context, c *call, account, given string) (countersign.Person, error) {
	var none countersign.Person
	key, now := strings.ToLower(account)+"|"+c.ip, s.clock()
	c.note("account_digest", tokenDigest(strings.ToLower(account))[:12])
	for _, t := range []struct {
		throttle *throttle
		key      string
	}{{s.addresses, c.ip}, {s.throttle, key}} {
		if ok, first := t.throttle.begin(t.key, now); !ok {
			c.quiet = !first
			return none, countersign.ErrTooMany
		}
	}
	login, err := s.store.Login(ctx, account)
	if err != nil && !errors.Is(err, countersign.ErrNotFound) && !errors.Is(err, countersign.ErrMalformed) {
		return none, err
	}
	if login.Person.ID != "" {
		delete(c.detail, "account_digest")
		c.note("account", login.Person.Account)
	}
	ok := password.Verify(login.Password, given) && err == nil && !login.Person.Disabled && !locked(login.LockedUntil, now)
	if ok {
		s.throttle.forget(key)
		s.addresses.giveBack(c.ip)
		return login.Person, s.store.LoginSucceeded(ctx, login.Person.ID)
	}
	if login.Person.ID != "" {
		c.note("person", login.Person.ID)
		if _, err := s.store.LoginFailed(ctx, login.Person.ID, accountTries, accountLock); err != nil {
			return none, err
		}
	}
	return none, countersign.ErrLogin
}

// addressTries is how many times the tries of one account an address has for all accounts: an office may share one.
const addressTries = 10

// An account waits this long after this many wrong passwords in a row, from whatever addresses they came.
const (
	accountTries = 20
	accountLock  = 15 * time.Minute
)

func locked(until *time.Time, now time.Time) bool { return until != nil && now.Before(*until) }

// cookie carries a session in a browser. An empty token removes it.
func (s *Server) cookie(token string, expires time.Time) http.Cookie {
	c := http.Cookie{Name: cookieName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.config.Secure}
	if s.config.Secure {
		c.Name = secureCookieName
	}
	if token == "" {
		c.MaxAge = -1
		return c
	}
	c.Expires = expires
	return c
}

type logoutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *Server) logout(ctx context.Context, c *call, _ *struct{}) (*logoutOutput, error) {
	if err := s.store.DeleteSession(ctx, c.session.TokenSHA256); err != nil {
		return nil, err
	}
	s.config.Keyring.Forget(c.session.Person.ID)
	return &logoutOutput{SetCookie: s.cookie("", time.Time{})}, s.audit(ctx, c, "logout")
}

// PersonBody is a person as others see them.
type PersonBody struct {
	ID               string `json:"id"`
	Account          string `json:"account,omitempty"`
	Name             string `json:"name"`
	Organisation     string `json:"organisation"`
	OrganisationName string `json:"organisation_name"`
}

func (s *Server) describe(p countersign.Person) PersonBody {
	return PersonBody{ID: p.ID, Account: p.Account, Name: p.Name, Organisation: p.Organisation, OrganisationName: s.organisationName(p.Organisation)}
}

func (s *Server) organisationName(key string) string {
	if o, ok := s.pack.Organisation(key); ok {
		return o.Name
	}
	return key
}

type roleBody struct {
	Role    string            `json:"role"`
	Name    string            `json:"name"`
	Party   countersign.Party `json:"party,omitempty"`
	Systems []string          `json:"systems" doc:"system keys; * means all"`
}

type meOutput struct {
	Body struct {
		Person      PersonBody       `json:"person"`
		Roles       []roleBody       `json:"roles"`
		Principals  []PersonBody     `json:"principals" doc:"for whom the person stands in now"`
		Certificate *certificateBody `json:"certificate,omitempty"`
		CSRF        string           `json:"csrf_token"`
		ExpiresAt   time.Time        `json:"expires_at"`
		Boxes       map[string]int   `json:"boxes" doc:"tickets in each box"`
	}
}

type certificateBody struct {
	Serial   string    `json:"serial"`
	NotAfter time.Time `json:"not_after"`
	Locked   bool      `json:"locked"`
}

func (s *Server) me(ctx context.Context, c *call, _ *struct{}) (*meOutput, error) {
	out := &meOutput{}
	p := c.session.Person
	out.Body.Person, out.Body.CSRF, out.Body.ExpiresAt = s.describe(p), c.session.CSRF, c.session.ExpiresAt
	out.Body.Roles = s.rolesOf(p.ID)
	principals, err := s.principals(ctx, c)
	if err != nil {
		return nil, err
	}
	out.Body.Principals = []PersonBody{}
	for _, id := range principals {
		principal, err := s.people.person(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("principal %s: %w", id, err)
		}
		out.Body.Principals = append(out.Body.Principals, s.describe(principal))
	}
	if out.Body.Certificate, err = s.certificateOf(ctx, p.ID); err != nil {
		return nil, err
	}
	counts, err := s.store.CountTickets(ctx, s.query(c, principals, s.readable(p), store.Query{}), store.Boxes...)
	if err != nil {
		return nil, err
	}
	out.Body.Boxes = map[string]int{}
	for box, n := range counts {
		out.Body.Boxes[string(box)] = n
	}
	return out, nil
}

// rolesOf groups a person's grants by role.
func (s *Server) rolesOf(person string) []roleBody {
	roles := []roleBody{}
	at := map[string]int{}
	for _, g := range s.rbac.Grants(person) {
		i, known := at[g.Role]
		if !known {
			role, _ := s.pack.Role(g.Role)
			i = len(roles)
			at[g.Role] = i
			roles = append(roles, roleBody{Role: g.Role, Name: role.Name, Party: role.Party, Systems: []string{}})
		}
		roles[i].Systems = append(roles[i].Systems, g.System)
	}
	return roles
}

// shorten cuts s to at most n characters.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
