package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"countersign"
)

// Response is the stored answer of a request.
type Response struct {
	Status    int // HTTP
	MediaType string
	Body      []byte
}

const (
	requestStale = 2 * time.Minute    // a request that takes longer has died with its process
	requestKept  = 7 * 24 * time.Hour // how long answers are kept
)

// BeginRequest claims a request key of a person. nil, nil: go on and end with FinishRequest or AbandonRequest. A stored
// answer: give that one. ErrIdempotency: the key belongs to another request (digest differs). ErrInProgress: the same
// request is being worked on; after two minutes it counts as dead and the next caller takes it over.
func (s *Store) BeginRequest(ctx context.Context, person, key, digest string) (*Response, error) {
	if err := text(key); err != nil {
		return nil, err
	}
	var answer *Response
	err := s.tx(ctx, "begin request", func(tx *gorm.DB) error {
		now := s.now()
		result := tx.Exec("INSERT INTO requests (person, key, digest, started_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
			person, key, digest, ms(now))
		if result.Error != nil || result.RowsAffected == 1 {
			return result.Error
		}
		var (
			was     string
			started int64
			stored  Response
		)
		query := "SELECT digest, status, media_type, body, started_at FROM requests WHERE person = ? AND key = ?" + s.lock()
		err := scanRow(tx.Raw(query, person, key),
			&was, &stored.Status, &stored.MediaType, &stored.Body, &started)
		switch {
		case err != nil:
			return err
		case was != digest:
			return countersign.ErrIdempotency
		case stored.Status != 0:
			answer = &stored
			return nil
		case now.Sub(timeOf(started)) < requestStale:
			return countersign.ErrInProgress
		}
		return tx.Exec("UPDATE requests SET started_at = ? WHERE person = ? AND key = ?", ms(now), person, key).Error
	})
	return answer, err
}

// FinishRequest stores the answer of a request that BeginRequest let through.
func (s *Store) FinishRequest(ctx context.Context, person, key string, r Response) error {
	return s.execOne(ctx, "finish request", "UPDATE requests SET status = ?, media_type = ?, body = ? WHERE person = ? AND key = ?",
		r.Status, r.MediaType, nonNil(r.Body), person, key)
}

// AbandonRequest gives a claimed key back, for a request that failed and may be tried again.
func (s *Store) AbandonRequest(ctx context.Context, person, key string) error {
	_, err := s.exec(ctx, "abandon request", "DELETE FROM requests WHERE person = ? AND key = ? AND status = 0", person, key)
	return err
}

// PurgeIdempotency removes request keys older than seven days and returns how many.
func (s *Store) PurgeIdempotency(ctx context.Context) (int64, error) {
	return s.exec(ctx, "purge requests", "DELETE FROM requests WHERE started_at < ?", ms(s.now().Add(-requestKept)))
}
