package temporalx

import (
	"bytes"
	"errors"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"countersign"
)

func newCodec(t *testing.T, seed byte) interface {
	Encode([]*commonpb.Payload) ([]*commonpb.Payload, error)
	Decode([]*commonpb.Payload) ([]*commonpb.Payload, error)
} {
	t.Helper()
	c, err := NewCodec(bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCodecHidesAndRestores(t *testing.T) {
	c := newCodec(t, 1)
	plain := &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`{"person":"P004"}`)}
	sealed, err := c.Encode([]*commonpb.Payload{plain, plain})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range sealed {
		if bytes.Contains(p.Data, []byte("P004")) || bytes.Contains(p.Data, []byte("json/plain")) {
			t.Error("the payload can be read")
		}
	}
	if bytes.Equal(sealed[0].Data, sealed[1].Data) {
		t.Error("equal payloads look equal")
	}
	back, err := c.Decode(sealed)
	if err != nil || !proto.Equal(back[0], plain) || !proto.Equal(back[1], plain) {
		t.Errorf("restored %v, %v", back, err)
	}
	if through, err := c.Decode([]*commonpb.Payload{plain}); err != nil || !proto.Equal(through[0], plain) {
		t.Errorf("a payload of somebody else: %v, %v", through, err)
	}
}

func TestCodecRefusesWhatIsNotItsOwn(t *testing.T) {
	c := newCodec(t, 1)
	seal := func() *commonpb.Payload {
		out, err := c.Encode([]*commonpb.Payload{{Data: []byte("x")}})
		if err != nil {
			t.Fatal(err)
		}
		return out[0]
	}
	changed, short, renamed := seal(), seal(), seal()
	changed.Data[len(changed.Data)-1] ^= 1
	short.Data = short.Data[:5]
	renamed.Metadata[metadataKeyID] = []byte("00000000")
	for name, p := range map[string]*commonpb.Payload{"changed": changed, "short": short, "another key's name": renamed} {
		if _, err := c.Decode([]*commonpb.Payload{p}); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
	if _, err := newCodec(t, 2).Decode([]*commonpb.Payload{seal()}); err == nil {
		t.Error("another installation's payload was taken")
	}
	if _, err := NewCodec([]byte("short")); err == nil {
		t.Error("a short master key was taken")
	}
}

func TestTranslate(t *testing.T) {
	tests := []struct {
		name string
		err  error
		code string
	}{
		{"a refusal", temporal.NewNonRetryableApplicationError("x", "own_draft", nil), "own_draft"},
		{"an unknown refusal", temporal.NewNonRetryableApplicationError("x", "surprise", nil), "unavailable"},
		{"the workflow has ended", serviceerror.NewNotFound("gone"), "ticket_closed"},
		{"nobody answers", errors.New("connection refused"), "unavailable"},
	}
	for _, tt := range tests {
		if got := countersign.CodeOf(translate("UPG-1", tt.err)); got != tt.code {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.code)
		}
	}
	if translate("UPG-1", nil) != nil {
		t.Error("no error became one")
	}
}
