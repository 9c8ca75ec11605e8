package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign"
)

func TestRequestKeys(t *testing.T) {
	timed(t, func(t *testing.T, s *Store, c *clock) {
		begin := func(person, digest string) (*Response, error) {
			return s.BeginRequest(t.Context(), person, "k", digest)
		}
		if r, err := begin("P001", "d"); r != nil || err != nil {
			t.Fatal(r, err)
		}
		_, err := begin("P001", "d")
		wantCode(t, err, countersign.ErrInProgress)
		_, err = begin("P001", "other")
		wantCode(t, err, countersign.ErrIdempotency)
		if r, err := begin("P002", "other"); r != nil || err != nil {
			t.Errorf("another person's key: %v, %v", r, err)
		}
		c.move(2 * time.Minute)
		if r, err := begin("P001", "d"); r != nil || err != nil { // its process has died
			t.Errorf("%v, %v", r, err)
		}
		_, err = begin("P001", "d")
		wantCode(t, err, countersign.ErrInProgress)
		must(t, s.FinishRequest(t.Context(), "P001", "k", Response{Status: 201, MediaType: "application/json", Body: []byte(`{"a":1}`)}))
		must(t, s.AbandonRequest(t.Context(), "P001", "k")) // too late: the answer stays
		for range 2 {
			r, err := begin("P001", "d")
			if err != nil || r == nil || r.Status != 201 || r.MediaType != "application/json" || string(r.Body) != `{"a":1}` {
				t.Errorf("%+v, %v", r, err)
			}
		}
		_, err = begin("P001", "other")
		wantCode(t, err, countersign.ErrIdempotency)
		must(t, s.AbandonRequest(t.Context(), "P002", "k"))
		if r, err := begin("P002", "new"); r != nil || err != nil {
			t.Errorf("abandoned: %v, %v", r, err)
		}
		c.move(7*24*time.Hour - time.Minute)
		if n := got(s.PurgeIdempotency(t.Context()))(t); n != 0 {
			t.Errorf("purged %d", n)
		}
		c.move(2 * time.Minute)
		if n := got(s.PurgeIdempotency(t.Context()))(t); n != 2 {
			t.Errorf("purged %d", n)
		}
		if r, err := begin("P001", "fresh"); r != nil || err != nil {
			t.Errorf("%v, %v", r, err)
		}
		wantCode(t, s.FinishRequest(t.Context(), "P009", "k", Response{Status: 200}), countersign.ErrNotFound)
		_, err = s.BeginRequest(t.Context(), "P001", "\x00", "d")
		wantCode(t, err, countersign.ErrMalformed)
	})
}

func TestOneOfManyEqualRequestsGoesOn(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		for round := range 2 { // fresh, and taken over from a dead process
			c := &clock{t: day.Add(time.Duration(round) * time.Hour)}
			s.now = c.now
			var wg sync.WaitGroup
			results := make(chan error, 16)
			for range 16 {
				wg.Go(func() {
					_, err := s.BeginRequest(t.Context(), "P001", "k", "d")
					results <- err
				})
			}
			wg.Wait()
			close(results)
			won := 0
			for err := range results {
				if err == nil {
					won++
				} else {
					wantCode(t, err, countersign.ErrInProgress)
				}
			}
			if won != 1 {
				t.Errorf("round %d: %d go on", round, won)
			}
		}
	})
}

func TestSettingsKeepTheirVersions(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		for i := range 3 {
			v := got(s.PutSetting(t.Context(), Setting{Name: "template/upgrade", Value: []byte(fmt.Sprintf(`{"sha256": "%d"}`, i)), SetBy: "P001", SetAt: day}))(t)
			if v.Version != i+1 || !v.SetAt.Equal(day) {
				t.Errorf("%+v", v)
			}
		}
		got(s.PutSetting(t.Context(), Setting{Name: "template/a", Value: []byte("null"), SetAt: day}))(t)
		got(s.PutSetting(t.Context(), Setting{Name: "templates", Value: []byte("1"), SetAt: day}))(t)
		if v := got(s.Setting(t.Context(), "template/upgrade"))(t); string(v.Value) != `{"sha256": "2"}` || v.SetBy != "P001" {
			t.Errorf("%+v", v)
		}
		_, err := s.Setting(t.Context(), "none")
		wantCode(t, err, countersign.ErrNotFound)
		var is []string
		for _, v := range got(s.Settings(t.Context(), "template/"))(t) {
			is = append(is, fmt.Sprint(v.Name, v.Version))
		}
		if strings.Join(is, " ") != "template/a1 template/upgrade3" {
			t.Errorf("%v", is)
		}
		first, next, err := s.SettingVersions(t.Context(), "template/upgrade", Page{Limit: 2})
		must(t, err)
		rest, end, err := s.SettingVersions(t.Context(), "template/upgrade", Page{Limit: 2, Cursor: next})
		if err != nil || len(first) != 2 || first[0].Version != 3 || len(rest) != 1 || rest[0].Version != 1 || end != "" {
			t.Errorf("%+v, %+v, %q, %v", first, rest, end, err)
		}
		if _, err := s.PutSetting(t.Context(), Setting{Name: "x", Value: []byte("{")}); err == nil {
			t.Error("stored what is not JSON")
		}
	})
}
