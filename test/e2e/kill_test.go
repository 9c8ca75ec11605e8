package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"countersign"
	"countersign/internal/demo"
)

// order is who signs, in the order of the chain.
var order = []string{"P006", "P010", "P012"}

// journal is what the program acknowledged: how many signatures each ticket has for certain.
type journal struct {
	mu    sync.Mutex
	acked map[string]int
}

func (j *journal) note(number string, signatures int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.acked[number] = max(j.acked[number], signatures)
}

// TestKillNine kills everything with -9 while people sign, several times, and starts it again: every acknowledged decision
// is there, and every ticket goes on to its last signature.
func TestKillNine(t *testing.T) {
	data, listen := t.TempDir(), freeAddress(t)
	args := []string{"serve", "--demo", "--data", data, "--listen", listen}
	env := []string{"COUNTERSIGN_LOG_LEVEL=error"}
	j := &journal{acked: map[string]int{}}
	p := start(t, env, args...)
	p.await("API docs")
	for round := range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		var people sync.WaitGroup
		for range 4 {
			people.Add(1)
			go func() {
				defer people.Done()
				signUntilDead(ctx, t, "http://"+listen, j)
			}()
		}
		time.Sleep(2*time.Second + time.Duration(rand.IntN(1500))*time.Millisecond)
		p.kill()
		cancel()
		people.Wait()
		p = start(t, env, args...)
		p.await("API docs")
		compare(t, "http://"+listen, j, round)
	}
	if len(j.acked) < 10 {
		t.Fatalf("only %d tickets were under way: the test proves little", len(j.acked))
	}
	finish(t, "http://"+listen, j)
	if code := p.stop(); code != 0 {
		t.Errorf("SIGTERM: exit %d\n%s", code, p.out)
	}
}

// signUntilDead submits upgrades and signs them until the program is gone.
func signUntilDead(ctx context.Context, t *testing.T, base string, j *journal) {
	cast := demo.NewCast(base, pack(t))
	for ctx.Err() == nil {
		number, _, err := demo.Submitted(ctx, cast, "公文流转系统")
		if err != nil {
			return
		}
		j.note(number, 0)
		for n, person := range order {
			c, err := cast.As(ctx, person)
			if err == nil {
				_, err = c.Decide(ctx, number, countersign.Approve, "同意。")
			}
			if err != nil {
				return
			}
			j.note(number, n+1)
		}
	}
}

// signatures counts the signatures of a ticket that the program knows.
func signatures(ctx context.Context, c *demo.Client, number string) (int, countersign.Ticket, error) {
	var body struct {
		countersign.Ticket
		Signatures []countersign.Signature `json:"signatures"`
	}
	err := c.Do(ctx, "GET", "/tickets/"+number, nil, &body)
	return len(body.Signatures), body.Ticket, err
}

func compare(t *testing.T, base string, j *journal, round int) {
	t.Helper()
	c := as(t, demo.NewCast(base, pack(t)), order[2])
	for number, acked := range j.acked {
		got, ticket, err := signatures(t.Context(), c, number)
		if err != nil {
			t.Fatalf("round %d, %s: %v", round, number, err)
		}
		if got < acked {
			t.Errorf("round %d: %s has %d signatures, %d were acknowledged (state %s)", round, number, got, acked, ticket.State)
		}
	}
}

// finish signs every ticket to its end: nothing is stuck, nobody signs twice.
func finish(t *testing.T, base string, j *journal) {
	t.Helper()
	cast := demo.NewCast(base, pack(t))
	for number := range j.acked {
		eventually(t, number+" approved", func(ctx context.Context) bool {
			n, ticket, err := signatures(ctx, as(t, cast, order[2]), number)
			if err != nil {
				return false
			}
			if ticket.State == countersign.StateApproved {
				return n == len(order)
			}
			if n >= len(order) {
				return false
			}
			_, err = as(t, cast, order[n]).Decide(ctx, number, countersign.Approve, "同意。")
			var problem *demo.Problem
			if errors.As(err, &problem) && problem.Status < 500 && problem.Code != "wrong_step" {
				t.Fatal(fmt.Errorf("%s after %d signatures: %w", number, n, err))
			}
			return false
		})
	}
}
