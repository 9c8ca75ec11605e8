package demo

import (
	"context"
	"fmt"
	"time"

	"countersign"
	"countersign/internal/contract"
)

// Cast opens sessions for the demo people of a pack, each once.
type Cast struct {
	base    string
	pack    *contract.Pack
	clients map[string]*Client
}

// NewCast prepares sessions against base for the people of pack.
func NewCast(base string, pack *contract.Pack) *Cast {
	return &Cast{base: base, pack: pack, clients: map[string]*Client{}}
}

// As returns the client of a person by ID.
func (c *Cast) As(ctx context.Context, person string) (*Client, error) {
	if cl, ok := c.clients[person]; ok {
		return cl, nil
	}
	p, ok := c.pack.Person(person)
	if !ok {
		return nil, fmt.Errorf("the pack has no person %s", person)
	}
	cl, err := Login(ctx, c.base, p.Account, c.pack.Demo.Password, c.pack.Demo.PINs[person])
	if err != nil {
		return nil, fmt.Errorf("log in %s: %w", p.Account, err)
	}
	c.clients[person] = cl
	return cl, nil
}

// Filed waits until the final documents of a closed ticket are there and returns their contents by name.
func (c *Cast) Filed(ctx context.Context, number string) (map[string][]byte, error) {
	cl, err := c.As(ctx, client)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		docs, err := cl.Documents(ctx, number)
		if err != nil {
			return nil, err
		}
		if complete(docs) {
			return download(ctx, cl, number, docs)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s was not filed in time: %w", number, ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func complete(docs []countersign.Document) bool {
	evidence := false
	for _, d := range docs {
		if d.Pending {
			return false
		}
		evidence = evidence || d.Name == "evidence.zip"
	}
	return evidence
}

func download(ctx context.Context, cl *Client, number string, docs []countersign.Document) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, d := range docs {
		content, err := cl.Download(ctx, number, "documents/"+d.Name)
		if err != nil {
			return nil, err
		}
		out[d.Name] = content
	}
	return out, nil
}
