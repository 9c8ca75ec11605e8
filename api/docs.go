package api

import (
	"embed"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"countersign"
	"countersign/rbac"
)

//go:embed static
var static embed.FS

func (s *Server) docsRoutes() {
	document := sync.OnceValues(func() ([]byte, error) { return json.Marshal(s.huma.OpenAPI()) })
	s.plainRoute("/openapi.json", func(f *fiber.Ctx) error {
		raw, err := document()
		if err != nil {
			return err
		}
		f.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
		return f.Send(raw)
	})
	s.plainRoute("/docs", func(f *fiber.Ctx) error { return sendStatic(f, static, "static/docs.html") })
	s.plainRoute("/docs/{file}", func(f *fiber.Ctx) error { return sendStatic(f, static, "static/"+path.Base(f.Params("file"))) })
}

// publicOnly notes routes that are served without a permission although rbac.Routes does not say that they are public.
func (s *Server) publicOnly(route string) {
	if p, known := rbac.Routes[route]; !known || p.Access != rbac.Public {
		s.unruled = append(s.unruled, route)
	}
}

// fiberPath turns {name} into :name.
func fiberPath(p string) string {
	return strings.ReplaceAll(strings.ReplaceAll(p, "{", ":"), "}", "")
}

// sendStatic sends a file of fsys, which cannot be left by any name.
func sendStatic(f *fiber.Ctx, fsys fs.FS, name string) error {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fiber.NewError(http.StatusNotFound)
	}
	media := mime.TypeByExtension(path.Ext(name))
	if media == "" {
		media = fiber.MIMEOctetStream
	}
	f.Set(fiber.HeaderContentType, media)
	return f.Send(content)
}

// sendPacked sends a file, packed when the build left name.gz beside it and the browser takes that.
func sendPacked(f *fiber.Ctx, fsys fs.FS, name string) error {
	f.Vary(fiber.HeaderAcceptEncoding)
	packed, err := fs.ReadFile(fsys, name+".gz")
	if err != nil || f.Get(fiber.HeaderAcceptEncoding) == "" || f.AcceptsEncodings("gzip") == "" {
		return sendStatic(f, fsys, name)
	}
	f.Set(fiber.HeaderContentType, mime.TypeByExtension(path.Ext(name)))
	f.Set(fiber.HeaderContentEncoding, "gzip")
	return f.Send(packed)
}

// serveUI serves the web UI, or a page that says that there is none, for every path that is no route of the API.
func (s *Server) serveUI() {
	s.app.Use(func(f *fiber.Ctx) error {
		p := f.Path()
		if f.Method() != fiber.MethodGet && f.Method() != fiber.MethodHead || strings.HasPrefix(p, "/api/") {
			return f.Next()
		}
		if s.config.UI == nil {
			if p != "/" {
				return f.Next()
			}
			return sendStatic(f, static, "static/index.html")
		}
		name := strings.TrimPrefix(path.Clean(p), "/")
		if info, err := fs.Stat(s.config.UI, name); name != "" && fs.ValidPath(name) && err == nil && !info.IsDir() {
			if strings.HasPrefix(name, "assets/") { // built files carry their digest in their names
				f.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
			}
			return sendPacked(f, s.config.UI, name)
		}
		if path.Ext(name) != "" {
			return s.answer(f, countersign.ErrNotFound)
		}
		f.Set(fiber.HeaderCacheControl, "no-cache")
		return sendPacked(f, s.config.UI, "index.html") // a path of the UI's own router
	})
}
