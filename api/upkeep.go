package api

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// Rhythms of the upkeep.
const (
	reloadEvery = 15 * time.Second // a role that was taken away elsewhere ends within it
	purgeEvery  = time.Hour
)

// ReloadGrants reads the grants anew and puts them in force if they changed. Call it after changing grants in this process;
// changes made elsewhere are found by the upkeep.
func (s *Server) ReloadGrants(ctx context.Context) error {
	grants, err := s.store.Grants(ctx)
	if err != nil {
		return fmt.Errorf("api: %w", err)
	}
	s.grantsMu.Lock()
	defer s.grantsMu.Unlock()
	if s.grants != nil && slices.Equal(grants, s.grants) {
		return nil
	}
	if err := s.rbac.Load(grants); err != nil {
		return err
	}
	s.grants = grants
	return nil
}

// upkeep follows changes of grants and removes what has expired, until ctx ends.
func (s *Server) upkeep(ctx context.Context) {
	reload, purge := time.NewTicker(reloadEvery), time.NewTicker(purgeEvery)
	defer reload.Stop()
	defer purge.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-reload.C:
			err = s.ReloadGrants(ctx)
		case <-purge.C:
			if _, err = s.store.PurgeSessions(ctx, s.clock()); err == nil {
				_, err = s.store.PurgeIdempotency(ctx)
			}
		}
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "upkeep", slog.Any("cause", err))
		}
	}
}
