package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"countersign"
)

// Client speaks the REST API as one person.
type Client struct {
	Base  string // e.g. http://127.0.0.1:8080
	Token string
	PIN   string
	HTTP  *http.Client
}

// Problem is an RFC 9457 answer of the API.
type Problem struct {
	Status int                      `json:"status"`
	Code   string                   `json:"code"`
	Detail string                   `json:"detail"`
	Errors []countersign.FieldError `json:"errors"`
}

// Error implements error.
func (p *Problem) Error() string {
	return fmt.Sprintf("%d %s: %s %v", p.Status, p.Code, p.Detail, p.Errors)
}

// Answer is what creating and moving a ticket answers.
type Answer struct {
	Number   string `json:"number"`
	State    string `json:"state"`
	Step     string `json:"step"`
	Revision int    `json:"revision"`
}

// Login opens a session and returns a client for it.
func Login(ctx context.Context, base, account, password, pin string) (*Client, error) {
	c := &Client{Base: base, PIN: pin, HTTP: http.DefaultClient}
	var out struct {
		Token string `json:"token"`
	}
	err := c.Do(ctx, http.MethodPost, "/session", map[string]string{"account": account, "password": password}, &out)
	c.Token = out.Token
	return c, err
}

// Create drafts a ticket.
func (c *Client) Create(ctx context.Context, process, system string, form map[string]any, draft bool) (Answer, error) {
	var out Answer
	body := map[string]any{"process": process, "system": system, "form": form, "draft": draft}
	return out, c.Do(ctx, http.MethodPost, "/tickets", body, &out)
}

// SaveForm writes the draft of the current or next revision.
func (c *Client) SaveForm(ctx context.Context, number string, form map[string]any) (Answer, error) {
	var out Answer
	return out, c.Do(ctx, http.MethodPut, "/tickets/"+number+"/form", map[string]any{"form": form}, &out)
}

// Decide signs a decision on the waiting step.
func (c *Client) Decide(ctx context.Context, number string, d countersign.Decision, opinion string, waivers ...string) (Answer, error) {
	var out Answer
	body := map[string]any{"decision": d, "opinion": opinion, "pin": c.PIN}
	if len(waivers) > 0 {
		body["waivers"] = waivers
	}
	return out, c.Do(ctx, http.MethodPost, "/tickets/"+number+"/decisions", body, &out)
}

// Act reports an execution step; values may be nil.
func (c *Client) Act(ctx context.Context, number, action string, values map[string]any) (Answer, error) {
	var out Answer
	body := map[string]any{}
	if values != nil {
		body["values"] = values
	}
	return out, c.Do(ctx, http.MethodPost, "/tickets/"+number+"/actions/"+action, body, &out)
}

// Attach uploads a file to a field of the ticket's draft.
func (c *Client) Attach(ctx context.Context, number, field, name string, content []byte) error {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	if err := w.WriteField("field", field); err != nil {
		return err
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		return err
	}
	if _, err := part.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, err = c.send(ctx, http.MethodPost, "/tickets/"+number+"/attachments", w.FormDataContentType(), &buf)
	return err
}

// Ticket reads a ticket.
func (c *Client) Ticket(ctx context.Context, number string) (countersign.Ticket, error) {
	var out countersign.Ticket
	return out, c.Do(ctx, http.MethodGet, "/tickets/"+number, nil, &out)
}

// Documents lists a ticket's documents.
func (c *Client) Documents(ctx context.Context, number string) ([]countersign.Document, error) {
	var out struct {
		Items []countersign.Document `json:"items"`
	}
	return out.Items, c.Do(ctx, http.MethodGet, "/tickets/"+number+"/documents", nil, &out)
}

// Download fetches a file below a ticket, e.g. "documents/x.docx" or "evidence".
func (c *Client) Download(ctx context.Context, number, what string) ([]byte, error) {
	return c.send(ctx, http.MethodGet, "/tickets/"+number+"/"+(&url.URL{Path: what}).EscapedPath(), "", nil)
}

// Do sends one JSON request below /api/v1 and decodes the answer into out.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	raw, err := c.send(ctx, method, path, "application/json", body)
	if err != nil || out == nil || len(raw) == 0 {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path, contentType string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Base+"/api/v1"+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if method == http.MethodPost && path != "/session" {
		req.Header.Set("Idempotency-Key", uuid.NewString())
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= 400 {
		p := &Problem{Status: resp.StatusCode}
		if err := json.Unmarshal(raw, p); err != nil {
			p.Detail = string(raw)
		}
		return nil, fmt.Errorf("%s %s: %w", method, path, p)
	}
	return raw, nil
}
