package engineproc

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

const keptLines = 5

// relay passes the child's standard error on to our log, line by line, and keeps the last lines: they explain a death.
type relay struct {
	log *slog.Logger

	mu   sync.Mutex
	part []byte // a line that has not ended yet
	last []string
}

// Write takes output of the child. It never fails.
func (r *relay) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.part = append(r.part, p...)
	for {
		line, rest, found := bytes.Cut(r.part, []byte("\n"))
		if !found {
			return len(p), nil
		}
		r.line(string(line))
		r.part = rest
	}
}

// flush passes on a last line without end.
func (r *relay) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.part) > 0 {
		r.line(string(r.part))
		r.part = nil
	}
}

func (r *relay) lastWords() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.last, "; ")
}

// line logs one line: JSON of the engine's logger with its level and fields, anything else (a panic, the reason of a
// failed start) as it stands.
func (r *relay) line(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	level, message, attrs := slog.LevelWarn, text, []slog.Attr(nil)
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) == nil {
		message, _ = fields["msg"].(string)
		if name, _ := fields["level"].(string); name != "warn" {
			level = slog.LevelError
		}
		for _, used := range []string{"msg", "level", "ts", "logging-call-at"} {
			delete(fields, used)
		}
		for name, value := range fields {
			attrs = append(attrs, slog.Any(name, value))
		}
		slices.SortFunc(attrs, func(a, b slog.Attr) int { return strings.Compare(a.Key, b.Key) })
	}
	r.last = append(r.last, message)
	r.last = r.last[max(0, len(r.last)-keptLines):]
	r.log.LogAttrs(context.Background(), level, "engine: "+message, attrs...)
}
