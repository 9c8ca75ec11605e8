package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/engineproc"
)

// Rhythms of the background work.
const (
	renderPause     = 2 * time.Second // a sitting's steps in quick succession cost one page
	reconcileEvery  = 5 * time.Minute
	checkpointEvery = 10 * time.Minute
	commandGrace    = time.Minute // how long the API may take to deliver a command before the reconciler does
)

// commonFlags binds the flags of every long-running command and returns what applies them.
func commonFlags(cmd *cobra.Command) func(*config.Config) {
	data := cmd.Flags().String("data", "", "`folder` for database, files and keys (default data)")
	listen := cmd.Flags().String("listen", "", "`address` to listen on (default 127.0.0.1:8080)")
	return func(c *config.Config) {
		if *data != "" {
			c.Data = *data
		}
		if *listen != "" {
			c.HTTP.Listen = *listen
		}
	}
}

func serveCommand(e *env) *cobra.Command {
	var demo bool
	cmd := &cobra.Command{Use: "serve", Short: "run everything on this machine: Temporal, database, API, worker", Args: cobra.NoArgs}
	apply := commonFlags(cmd)
	cmd.Flags().BoolVar(&demo, "demo", false, "load the demo people of the contract pack and play one example ticket")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := e.load(apply)
		if err != nil {
			return err
		}
		return e.serve(cmd.Context(), c, demo)
	}
	return cmd
}

// serve runs until ctx ends or a part dies.
func (e *env) serve(ctx context.Context, c config.Config, demo bool) (err error) {
	p, err := open(ctx, c, e.logger(c.LogLevel), true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	dead, err := p.startEngine(ctx)
	if err != nil {
		return err
	}
	if demo {
		if err := p.enrolDemo(ctx); err != nil {
			return err
		}
	}
	if err := p.work(ctx); err != nil {
		return err
	}
	base, failed, err := p.listen(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "Countersign (三方会签) %s is ready: %s\n", version, base)
	e.sayRoot(p.authority.Root())
	if demo {
		if err := e.greet(ctx, p, base); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-dead:
		return fmt.Errorf("the Temporal server is gone: %w", err)
	case err := <-failed:
		return err
	}
}

// startEngine starts the embedded Temporal server unless the configuration names another, and connects to it.
func (p *parts) startEngine(ctx context.Context) (<-chan error, error) {
	c := p.config.Engine
	if c.Address != "" {
		return nil, p.dial(ctx, c.Address)
	}
	proc, err := engineproc.Start(ctx, engineproc.Config{
		Dir: filepath.Join(p.config.Data, "engine"), Binary: c.Binary, Sync: c.Sync, Postgres: c.Postgres, UI: c.UI, Log: p.log,
	})
	if err != nil {
		return nil, err
	}
	p.onClose(func() error {
		stop, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		return proc.Stop(stop)
	})
	return proc.Done(), p.dial(ctx, proc.Address())
}

// listen serves the API. It returns the base URL and a channel for a failure of the listener.
func (p *parts) listen(ctx context.Context) (string, <-chan error, error) {
	s, err := p.server(ctx)
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", p.config.HTTP.Listen)
	if err != nil {
		return "", nil, fmt.Errorf("listen on %s: %w (choose another address with --listen)", p.config.HTTP.Listen, err)
	}
	failed := make(chan error, 1)
	go func() { failed <- s.App().Listener(l) }()
	p.onClose(func() error {
		stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return s.Shutdown(stop)
	})
	return "http://" + l.Addr().String(), failed, nil
}

func apiCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "api", Short: "run the API alone (DATABASE_URL, TEMPORAL_ADDRESS)", Args: cobra.NoArgs}
	apply := commonFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		p, err := e.openApart(cmd.Context(), apply)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.close()) }()
		base, failed, err := p.listen(cmd.Context())
		if err != nil {
			return err
		}
		fmt.Fprintf(e.out, "API is ready: %s\n", base)
		e.sayRoot(p.authority.Root())
		select {
		case <-cmd.Context().Done():
			return nil
		case err := <-failed:
			return err
		}
	}
	return cmd
}

func workerCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "worker", Short: "run the worker alone (DATABASE_URL, TEMPORAL_ADDRESS); --listen serves /readyz", Args: cobra.NoArgs}
	apply := commonFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		p, err := e.openApart(cmd.Context(), apply)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.close()) }()
		if err := p.work(cmd.Context()); err != nil {
			return err
		}
		failed := p.health()
		fmt.Fprintln(e.out, "worker is ready")
		select {
		case <-cmd.Context().Done():
			return nil
		case err := <-failed:
			return err
		}
	}
	return cmd
}

// openApart opens the parts for a process that relies on a database and a Temporal server elsewhere.
func (e *env) openApart(ctx context.Context, apply func(*config.Config)) (*parts, error) {
	c, err := e.load(apply)
	if err != nil {
		return nil, err
	}
	if c.Engine.Address == "" {
		return nil, errors.New("TEMPORAL_ADDRESS (engine.address) is needed: `serve` alone starts a Temporal server of its own")
	}
	p, err := open(ctx, c, e.logger(c.LogLevel), false)
	if err != nil {
		return nil, err
	}
	if err := p.dial(ctx, c.Engine.Address); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// health serves /readyz of a worker: the database answers.
func (p *parts) health() <-chan error {
	failed := make(chan error, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := p.store.Ping(r.Context()); err != nil {
			http.Error(w, "database", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
	srv := &http.Server{Addr: p.config.HTTP.Listen, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { failed <- srv.ListenAndServe() }()
	p.onClose(srv.Close)
	return failed
}

func migrateCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "bring the application database up to date, or say where it stands"}
	run := func(use, short string, do func(context.Context, *parts) error) *cobra.Command {
		sub := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs}
		apply := commonFlags(sub)
		sub.RunE = func(cmd *cobra.Command, _ []string) (err error) {
			c, err := e.load(apply)
			if err != nil {
				return err
			}
			p := &parts{config: c, log: e.logger(c.LogLevel)}
			if err := p.openStore(cmd.Context(), false); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, p.close()) }()
			return do(cmd.Context(), p)
		}
		return sub
	}
	status := func(ctx context.Context, p *parts) error {
		list, err := p.store.MigrationStatus(ctx)
		for _, m := range list {
			state := "pending"
			if m.AppliedAt != nil {
				state = m.AppliedAt.Format(time.DateTime)
			}
			fmt.Fprintf(e.out, "%5d  %-19s  %s\n", m.Version, state, m.Name)
		}
		return err
	}
	cmd.AddCommand(
		run("up", "apply every pending migration", func(ctx context.Context, p *parts) error {
			if err := p.store.Migrate(ctx); err != nil {
				return err
			}
			return status(ctx, p)
		}),
		run("status", "list migrations and whether they are applied", status),
	)
	return cmd
}
