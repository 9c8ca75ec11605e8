package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"countersign"
	"countersign/internal/store"
)

// keyHeader carries the name that a client gives to one request, so that it can be repeated safely.
const keyHeader = "Idempotency-Key"

// maxKey is the longest such name.
const maxKey = 200

// repeatable carries a POST with an Idempotency-Key out once: a repeated one is answered with the stored answer. Only what
// succeeded is stored, since a refusal changed nothing and may be tried again.
func (s *Server) repeatable(f *fiber.Ctx) error {
	c := callFrom(f.UserContext())
	key := f.Get(keyHeader)
	if key == "" || f.Method() != fiber.MethodPost || c.session == nil || f.Path() == base+"/session" {
		return f.Next()
	}
	if len(key) > maxKey || !utf8.ValidString(key) || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' }) {
		return s.answer(f, countersign.ErrMalformed.With(countersign.FieldError{Field: keyHeader, Code: "bad_key", Message: "请求编号过长或含有不允许的字符"}))
	}
	c.key = key
	if repeatsItself(f.Path()) {
		return f.Next()
	}
	digest, err := requestDigest(f)
	if err != nil {
		return s.answer(f, countersign.ErrMalformed.Because(err))
	}
	ctx := f.UserContext()
	stored, err := s.store.BeginRequest(ctx, c.person(), key, digest)
	if err != nil {
		return s.answer(f, safe(err))
	}
	if stored != nil {
		f.Set("Idempotent-Replayed", "true")
		f.Set(fiber.HeaderContentType, stored.MediaType)
		return f.Status(stored.Status).Send(stored.Body)
	}
	settled := false
	defer func() {
		if !settled { // also after a panic: the key must not stay busy
			s.abandon(c)
		}
	}()
	if err := f.Next(); err != nil {
		return err
	}
	status := f.Response().StatusCode()
	if status < http.StatusOK || status >= http.StatusMultipleChoices {
		return nil
	}
	settled = true
	answer := store.Response{Status: status, MediaType: string(f.Response().Header.ContentType()), Body: bytes.Clone(f.Response().Body())}
	if err := s.store.FinishRequest(ctx, c.person(), key, answer); err != nil {
		// The request was carried out; its own identifiers keep a repetition from doing it twice.
		s.log.Error("answer not stored", slog.String("request", c.id), slog.Any("cause", err))
		s.abandon(c)
	}
	return nil
}

// repeatsItself reports whether a route is safe to repeat without a stored answer: decisions and actions become commands
// whose ID comes from the key, and a command is carried out once. Two writes less on the way of every signature.
func repeatsItself(path string) bool {
	rest, ok := strings.CutPrefix(path, base+"/tickets/")
	_, what, _ := strings.Cut(rest, "/")
	action, isAction := strings.CutPrefix(what, "actions/")
	return ok && (what == "decisions" || isAction && action != "remind" && action != "cc")
}

// abandon gives the key of a request back, also when its client has gone.
func (s *Server) abandon(c *call) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.store.AbandonRequest(ctx, c.person(), c.key); err != nil {
		s.log.Error("request key not given back", slog.String("request", c.id), slog.Any("cause", err))
	}
}

// requestDigest names the content of a request. Secrets are left out: the digest is stored, and a PIN could be guessed
// from it.
func requestDigest(f *fiber.Ctx) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", f.Method(), f.Path())
	media := string(f.Request().Header.ContentType())
	switch {
	case strings.HasPrefix(media, fiber.MIMEMultipartForm):
		form, err := f.MultipartForm()
		if err != nil {
			return "", err
		}
		if err := digestForm(h, form); err != nil {
			return "", err
		}
	case len(f.Body()) > 0:
		var body map[string]json.RawMessage
		if err := json.Unmarshal(f.Body(), &body); err != nil {
			h.Write(f.Body()) // the handler will refuse it
			break
		}
		for _, secret := range []string{"pin", "password", "assertion"} {
			delete(body, secret)
		}
		clean, err := json.Marshal(body)
		if err != nil {
			return "", err
		}
		h.Write(clean)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// digestForm adds the fields and files of a form; its boundary differs from one sending to the next.
func digestForm(h io.Writer, form *multipart.Form) (err error) {
	for _, name := range sortedKeys(form.Value) {
		fmt.Fprintf(h, "%q=%q\n", name, form.Value[name])
	}
	for _, name := range sortedKeys(form.File) {
		for _, part := range form.File[name] {
			fmt.Fprintf(h, "%q %q %d\n", name, part.Filename, part.Size)
			file, err := part.Open()
			if err != nil {
				return err
			}
			_, err = io.Copy(h, file)
			if err = errors.Join(err, file.Close()); err != nil {
				return err
			}
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
