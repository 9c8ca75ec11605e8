package demo

import (
	"context"
	"fmt"

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
