package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"countersign"
	"countersign/forms"
	"countersign/internal/store"
	"countersign/workflows/signoff"
)

// errUnknown is the answer when nobody knows whether a command was carried out.
var errUnknown = &countersign.Error{
	Kind: countersign.KindUnavailable, Code: countersign.ErrUnavailable.Code,
	Message: "暂时无法确认您的操作是否已经记录。请稍后用同一请求编号（Idempotency-Key）重试，不会重复办理；也可刷新工单查看结果。",
}

// staged is a command with what must be stored before its workflow hears of it.
type staged struct {
	command    signoff.Command
	signature  *countersign.Signature
	record     *countersign.Record
	submission *store.Submission
}

// commandID names a command. With an Idempotency-Key a repeated request gets the same ID, and is carried out once.
func (s *Server) commandID(c *call, ticket string) string {
	key := c.key
	if key == "" {
		key = newToken()
	}
	sum := sha256.Sum256([]byte(c.person() + "\x00" + ticket + "\x00" + key))
	return "c-" + hex.EncodeToString(sum[:16])
}

// send stores a command with its parts in one transaction and hands it to the workflow.
func (s *Server) send(ctx context.Context, c *call, m *matter, st staged) (signoff.Ack, error) {
	payload, err := json.Marshal(st.command)
	if err != nil {
		return signoff.Ack{}, fmt.Errorf("command: %w", err)
	}
	_, err = s.store.Stage(ctx, store.Staged{
		Ticket: m.Number, Signature: st.signature, Record: st.record, Submission: st.submission,
		CommandID: st.command.ID, CommandName: st.command.Name, Payload: payload,
	})
	if err != nil {
		return signoff.Ack{}, err
	}
	c.sent = true
	return s.deliver(ctx, m.Number, st.command)
}

// deliver hands a stored command to the workflow. A refusal settles it; an unknown outcome leaves it staged, for a
// repeated request or the reconciler.
func (s *Server) deliver(ctx context.Context, ticket string, cmd signoff.Command) (signoff.Ack, error) {
	ack, err := s.config.Engine.Command(ctx, ticket, cmd)
	if err == nil {
		return ack, nil
	}
	var e *countersign.Error
	if !errors.As(err, &e) || e.Kind == countersign.KindUnavailable || e.Kind == countersign.KindInternal {
		return ack, errUnknown.Because(err)
	}
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if serr := s.store.RefuseCommand(settle, cmd.ID, e.Code); serr != nil {
		s.log.ErrorContext(ctx, "refused command could not be settled", slog.String("command", cmd.ID), slog.Any("cause", serr))
	}
	return ack, err
}

// repeated answers a request whose command was stored by an earlier, identical request: with its result when it was
// carried out, by delivering it again when its outcome is unknown. ok is false when there is no such command.
func (s *Server) repeated(ctx context.Context, c *call, m *matter, same func(signoff.Command) (bool, error)) (out *answerOutput, ok bool, err error) {
	found, err := s.store.Command(ctx, s.commandID(c, m.Number))
	if errors.Is(err, countersign.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	var cmd signoff.Command
	if err := json.Unmarshal(found.Payload, &cmd); err != nil {
		return nil, false, fmt.Errorf("command %s: %w", found.ID, err)
	}
	if is, err := same(cmd); err != nil || !is {
		return nil, false, errors.Join(countersign.ErrIdempotency, err)
	}
	return s.resume(ctx, found, cmd)
}

// sameDecision reports whether a stored command says what the request says.
func (s *Server) sameDecision(c *call, m *matter, b *decisionBody) func(signoff.Command) (bool, error) {
	return func(cmd signoff.Command) (bool, error) {
		if cmd.Name != string(b.Decision) || cmd.Actor.OnBehalfOf != c.actor.OnBehalfOf {
			return false, nil
		}
		for _, sig := range m.signatures {
			if sig.ID == cmd.Signature {
				return sig.Opinion == b.Opinion, nil
			}
		}
		return cmd.Signature == "", nil
	}
}

// sameAction is sameDecision for an action with values.
func (s *Server) sameAction(ctx context.Context, c *call, m *matter, name string, values forms.Values) func(signoff.Command) (bool, error) {
	return func(cmd signoff.Command) (bool, error) {
		if cmd.Name != name || cmd.Actor.OnBehalfOf != c.actor.OnBehalfOf {
			return false, nil
		}
		if cmd.Record == "" {
			return len(values) == 0, nil
		}
		record, err := s.store.Record(ctx, m.Number, cmd.Record)
		if err != nil {
			return false, err
		}
		action, _ := m.process.Action(name)
		env := forms.Env{Location: s.pack.Calendar().Location()}
		given, _ := m.process.Form.Section(action.Section).Validate(values, forms.Draft, env)
		was, err := forms.Canonical(recordValues(record))
		if err != nil {
			return false, err
		}
		is, err := forms.Canonical(given)
		return bytes.Equal(was, is), err
	}
}

func (s *Server) resume(ctx context.Context, found store.Command, cmd signoff.Command) (*answerOutput, bool, error) {
	out := &answerOutput{}
	switch found.Status {
	case store.CommandRefused:
		if e := countersign.ByCode(found.Refusal); e != nil {
			return nil, false, e
		}
		return nil, false, countersign.ErrNotWaiting
	case store.CommandApplied:
		t, err := s.store.Ticket(ctx, found.Ticket)
		if err != nil {
			return nil, false, err
		}
		out.Body = answerOfTicket(t)
	default:
		ack, err := s.deliver(ctx, found.Ticket, cmd)
		if err != nil {
			return nil, false, err
		}
		out.Body = answerOf(ack)
	}
	out.Body.Signature = cmd.Signature
	return out, true, nil
}
