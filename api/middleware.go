package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/gofiber/fiber/v2"

	"countersign"
)

// observe is the outermost handler: it makes the call, turns panics and transport errors into problems, and logs and
// counts every request.
func (s *Server) observe(f *fiber.Ctx) (err error) {
	start := s.clock()
	c := &call{id: newRequestID(), ip: s.clientIP(f), method: f.Method(), agent: f.Get(fiber.HeaderUserAgent), at: start}
	ctx, cancel := context.WithTimeout(context.WithValue(f.UserContext(), callKey{}, c), s.limits.Request)
	defer cancel()
	f.SetUserContext(ctx)
	f.Set("X-Request-ID", c.id)
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("panic", slog.String("request", c.id), slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
			err = s.answer(f, countersign.ErrInternal.Because(fmt.Errorf("panic: %v", r)))
		}
		s.metrics.observe(c, f.Response().StatusCode(), s.clock().Sub(start))
	}()
	if err := f.Next(); err != nil {
		return s.answer(f, transportStatus(err))
	}
	return nil
}

// answer writes a problem for requests that failed outside of a registered operation.
func (s *Server) answer(f *fiber.Ctx, e *countersign.Error) error {
	c := callFrom(f.UserContext())
	if c == nil { // the request was refused before any handler ran
		c = &call{id: newRequestID(), ip: s.clientIP(f), method: f.Method(), at: s.clock()}
		secure(f, s.hsts(f))
	}
	s.logFailure(f.UserContext(), c, e)
	return writeProblem(f, problemOf(e, c.id))
}

// refused records an attempt that middleware refuses, and answers it.
func (s *Server) refused(f *fiber.Ctx, c *call, err error) error {
	c.action = f.Method() + " " + shorten(f.Path(), 100)
	return writeProblem(f, s.refuse(f.UserContext(), c, err))
}

func writeProblem(f *fiber.Ctx, p *Problem) error {
	for name, values := range p.GetHeaders() {
		f.Set(name, values[0])
	}
	if err := f.Status(p.Status).JSON(p); err != nil {
		return err
	}
	f.Set(fiber.HeaderContentType, p.ContentType(""))
	return nil
}

func newRequestID() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails: crypto/rand
	return hex.EncodeToString(b)
}

// policy lets a page load only what this server serves; blob: and data: are for previews of pictures that the page makes.
const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; frame-src 'none'; " +
	"img-src 'self' data: blob:; object-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'"

// headers sets the security headers of every answer.
func (s *Server) headers(f *fiber.Ctx) error {
	secure(f, s.hsts(f))
	return f.Next()
}

func secure(f *fiber.Ctx, hsts bool) {
	f.Set("Content-Security-Policy", policy)
	f.Set("X-Content-Type-Options", "nosniff")
	f.Set("X-Frame-Options", "DENY")
	f.Set("Referrer-Policy", "no-referrer")
	f.Set("Cross-Origin-Opener-Policy", "same-origin")
	f.Set("Cross-Origin-Resource-Policy", "same-origin")
	f.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	if strings.HasPrefix(f.Path(), "/api/") {
		f.Set(fiber.HeaderCacheControl, "no-store")
	}
	if hsts {
		f.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

func (s *Server) hsts(f *fiber.Ctx) bool { return s.config.Secure || f.Secure() }

// plain refuses bodies that would have to be unpacked, since Fiber would do it without any limit, and JSON that the decoder
// would silently read as something else.
func (s *Server) plain(f *fiber.Ctx) error {
	if enc := f.Get(fiber.HeaderContentEncoding); enc != "" && !strings.EqualFold(enc, "identity") {
		return s.answer(f, errEncoding)
	}
	if strings.HasPrefix(f.Path(), "/api/") && f.Method() != fiber.MethodGet && len(f.Request().Body()) > s.bodyLimit(f.Path(), true) {
		return s.answer(f, countersign.ErrTooLarge)
	}
	if media := strings.ToLower(f.Get(fiber.HeaderContentType)); media == "" || strings.Contains(media, "json") {
		if !unambiguous(f.Request().Body()) {
			return s.answer(f, countersign.ErrMalformed)
		}
	}
	return f.Next()
}

// bodyLimit returns how many bytes a request to a path may carry. Uploads get more, and only with a session token.
func (s *Server) bodyLimit(path string, token bool) int {
	upload := strings.HasSuffix(path, "/attachments") || strings.HasSuffix(path, "/form/word") || strings.HasSuffix(path, "/template")
	if upload && token {
		return s.limits.Upload
	}
	return s.limits.Body
}
