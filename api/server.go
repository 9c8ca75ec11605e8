package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"countersign"
	"countersign/internal/blob"
	"countersign/internal/contract"
	"countersign/internal/store"
	"countersign/internal/templates"
	"countersign/rbac"
	"countersign/workflows/signoff"
)

// base is the path below which the REST API stands.
const base = "/api/v1"

// bodySlack is how many bytes over the limit are still read.
const bodySlack = 4 << 20

// errUndecided is the fault of a handler that answered without asking for permission.
var errUndecided = errors.New("the route answered without asking for a permission")

// Server is the HTTP side of one installation.
type Server struct {
	config    Config
	limits    Limits
	store     *store.Store
	blobs     *blob.Store
	pack      *contract.Pack
	processes []*signoff.Process // enabled, in the pack's order
	templates *templates.Library
	rbac      *rbac.Enforcer
	clock     func() time.Time
	log       *slog.Logger

	app       *fiber.App
	huma      huma.API
	metrics   *metrics
	people    *directory
	cache     *frozenCache
	proxies   []netip.Prefix
	throttle  *throttle // by account and address
	addresses *throttle
	editing   stripes
	unruled   []string // routes without a line in rbac.Routes
	stop      context.CancelFunc

	grantsMu sync.Mutex
	grants   []countersign.Grant // in force
}

// New builds a Server with its routes, loads the grants and begins its upkeep, which ends with Shutdown. It fails, naming
// every problem, when the configuration is incomplete, a policy is wrong, or a route has no permission.
func New(ctx context.Context, c Config) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Server{
		config: c, limits: c.Limits.withDefaults(), store: c.Store, blobs: c.Blobs, pack: c.Pack, templates: c.Templates,
		clock: c.Clock, log: c.Log, metrics: newMetrics(), cache: newFrozenCache(),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.proxies = prefixes(c.Proxies)
	s.throttle = newThrottle(s.limits.LoginTries, s.limits.LoginWindow)
	s.addresses = newThrottle(addressTries*s.limits.LoginTries, s.limits.LoginWindow)
	s.people = newDirectory(c.Store)
	for _, p := range c.Pack.Processes() {
		i := slices.IndexFunc(c.Processes, func(x *signoff.Process) bool { return x.Key == p.Key })
		if p.Enabled && i >= 0 {
			s.processes = append(s.processes, c.Processes[i])
		}
	}
	if err := s.keepForms(ctx); err != nil {
		return nil, err
	}
	if err := s.openPolicy(ctx); err != nil {
		return nil, err
	}
	s.build()
	if len(s.unruled) > 0 {
		return nil, fmt.Errorf("api: routes without a permission: %s", strings.Join(s.unruled, ", "))
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	go s.upkeep(ctx)
	return s, nil
}

// keepForms stores the form definitions under their versions: the evidence pack of a ticket holds the one it was filled in by.
func (s *Server) keepForms(ctx context.Context) error {
	for _, p := range s.processes {
		definition, err := canonical(p.Form)
		if err != nil {
			return err
		}
		digest, _, err := s.blobs.Put(ctx, bytes.NewReader(definition), int64(len(definition)))
		if err != nil {
			return fmt.Errorf("api: form of %s: %w", p.Key, err)
		}
		if digest != p.Form.Version() {
			return fmt.Errorf("api: form of %s: version %s is not the digest %s of its definition", p.Key, p.Form.Version(), digest)
		}
	}
	return nil
}

// openPolicy builds the enforcer from the pack and the processes' policies.
func (s *Server) openPolicy(ctx context.Context) error {
	c := rbac.Config{Contract: s.pack.Info.Key, Plays: s.pack.PartyOrganisation}
	for _, r := range s.pack.Roles() {
		c.Roles = append(c.Roles, rbac.Role{Key: r.Key, Party: r.Party})
	}
	for _, system := range s.pack.Systems() {
		c.Systems = append(c.Systems, system.Key)
	}
	for _, p := range s.processes {
		c.Policies = append(c.Policies, p.Policy)
	}
	var err error
	if s.rbac, err = rbac.New(c); err != nil {
		return err
	}
	return s.ReloadGrants(ctx)
}

// App returns the Fiber application, for tests and for listening on it.
func (s *Server) App() *fiber.App { return s.app }

func (s *Server) build() {
	s.app = fiber.New(fiber.Config{
		AppName: "Countersign", DisableStartupMessage: true, Immutable: true, BodyLimit: s.limits.Upload + bodySlack,
		ReadTimeout: s.limits.Request, WriteTimeout: s.limits.Request, IdleTimeout: 2 * time.Minute, ReadBufferSize: 16 << 10,
		EnableTrustedProxyCheck: true, TrustedProxies: s.config.Proxies,
		ErrorHandler: func(f *fiber.Ctx, err error) error { return s.answer(f, transportStatus(err)) },
	})
	// The size of a body is limited before it is read, and strangers cannot make us read uploads. A little more than the
	// limit is read and then refused with a problem; beyond that the connection ends, and the answer may be lost with it.
	s.app.Server().HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
		token := len(h.Peek(fiber.HeaderAuthorization)) > 0 || len(h.Cookie(cookieName)) > 0 || len(h.Cookie(secureCookieName)) > 0
		path, _, _ := strings.Cut(string(h.RequestURI()), "?")
		return fasthttp.RequestConfig{MaxRequestBodySize: s.bodyLimit(path, token) + bodySlack}
	}
	s.app.Use(s.observe, s.headers, s.plain)
	s.app.Use(base, s.authenticate, s.repeatable)
	s.huma = humafiber.New(s.app, s.description())
	s.routes()
	s.serveUI()
}

// routes registers every operation, by resource.
func (s *Server) routes() {
	s.sessionRoutes()
	s.processRoutes()
	s.templateRoutes()
	s.peopleRoutes()
	s.standInRoutes()
	s.noticeRoutes()
	s.ticketRoutes()
	s.formRoutes()
	s.attachmentRoutes()
	s.decisionRoutes()
	s.actionRoutes()
	s.documentRoutes()
	s.auditRoutes()
	s.healthRoutes()
	s.docsRoutes()
}

// description is the head of the OpenAPI document.
func (s *Server) description() huma.Config {
	version := s.config.Version
	if version == "" {
		version = "0"
	}
	c := huma.DefaultConfig("Countersign 三方会签", version)
	c.DocsPath, c.OpenAPIPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.Info.Description = "REST API. Errors are RFC 9457 problems with a stable `code`. POSTs take an `Idempotency-Key`: " +
		"the same key with the same content is carried out once and answered again. Scripts send `Authorization: Bearer`; " +
		"browsers use the session cookie and send `X-CSRF-Token` with every change."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer"},
		"cookie": {Type: "apiKey", In: "cookie", Name: cookieName},
	}
	return c
}

// process returns the enabled process with that key.
func (s *Server) process(key string) (*signoff.Process, error) {
	for _, p := range s.processes {
		if p.Key == key {
			return p, nil
		}
	}
	return nil, countersign.ErrUnknownProc
}

// Shutdown stops accepting requests, waits for those under way until ctx ends, and forgets unlocked keys.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	defer s.config.Keyring.ForgetAll()
	return s.app.ShutdownWithContext(ctx)
}
