package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"countersign/activities"
	"countersign/api"
	"countersign/contracts"
	"countersign/internal/blob"
	"countersign/internal/config"
	"countersign/internal/contract"
	"countersign/internal/filing"
	"countersign/internal/pki"
	"countersign/internal/reconcile"
	"countersign/internal/store"
	"countersign/internal/templates"
	"countersign/internal/temporalx"
	"countersign/web"
	"countersign/worker"
	"countersign/workflows"
	"countersign/workflows/signoff"
)

// parts are the opened pieces that every long-running command shares.
type parts struct {
	config    config.Config
	log       *slog.Logger
	pack      *contract.Pack
	store     *store.Store
	blobs     *blob.Store
	master    pki.Master
	authority *pki.Authority
	keyring   *pki.Keyring
	templates *templates.Library
	filer     *filing.Filer
	engine    *temporalx.Engine
	closers   []func() error
}

// open opens contract pack, database, files and keys, in that order. close closes what was opened, also after an error.
func open(ctx context.Context, c config.Config, log *slog.Logger, migrate bool) (*parts, error) {
	p := &parts{config: c, log: log}
	for _, step := range []func(context.Context) error{
		p.openPack,
		func(ctx context.Context) error { return p.openStore(ctx, migrate) },
		p.openKeys, p.openFiles,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	return p, nil
}

func (p *parts) onClose(f func() error) { p.closers = append(p.closers, f) }

// close closes in reverse order.
func (p *parts) close() error {
	var errs []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		errs = append(errs, p.closers[i]())
	}
	p.closers = nil
	return errors.Join(errs...)
}

func (p *parts) openPack(context.Context) error {
	var fsys fs.FS = contracts.FS
	dir := contracts.Default
	if p.config.Contract.Pack != "" {
		fsys, dir = os.DirFS(p.config.Contract.Pack), "."
	}
	pack, problems, err := contract.Load(fsys, dir, contract.WithProcesses(processKeys()...))
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("the contract pack has %d problems, the first: %v (run `countersign contract check`)", len(problems), problems[0])
	}
	p.pack = pack
	return nil
}

func (p *parts) openStore(ctx context.Context, migrate bool) error {
	if err := os.MkdirAll(p.config.Data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	s, err := store.Open(ctx, store.Config{
		URL: p.config.Database.URL, Path: filepath.Join(p.config.Data, "countersign.db"), Sync: p.config.Database.Sync, Log: p.log,
	})
	if err != nil {
		return err
	}
	p.store = s
	p.onClose(s.Close)
	if migrate {
		return s.Migrate(ctx)
	}
	return nil
}

func (p *parts) openKeys(ctx context.Context) error {
	master, err := pki.EnsureMaster(p.config.MasterFile())
	if err != nil {
		return err
	}
	p.master = master
	if p.authority, err = pki.Open(ctx, secrets{p.store}, master, pki.Options{}); err != nil {
		return err
	}
	p.keyring, err = pki.NewKeyring(master, pki.KeyringOptions{WarmFor: p.config.Signing.WarmFor})
	return err
}

func (p *parts) openFiles(context.Context) error {
	var err error
	if p.blobs, err = blob.Open(filepath.Join(p.config.Data, "files")); err != nil {
		return err
	}
	var override fs.FS
	if p.config.Contract.Templates != "" {
		override = os.DirFS(p.config.Contract.Templates)
	}
	if p.templates, err = templates.New(p.store, p.blobs, workflows.All(), override); err != nil {
		return err
	}
	p.filer = &filing.Filer{Store: p.store, Blobs: p.blobs, Pack: p.pack, Authority: p.authority, Templates: p.templates, Log: p.log}
	return nil
}

// dial connects to Temporal at address.
func (p *parts) dial(ctx context.Context, address string) error {
	e, err := temporalx.Dial(ctx, temporalx.Config{
		Address: address, Namespace: p.config.Engine.Namespace, Master: p.master.Derive("payload codec"), Log: p.log,
	})
	if err != nil {
		return err
	}
	p.engine = e
	p.onClose(func() error { e.Client.Close(); return nil })
	return nil
}

// server builds the API on the opened parts.
func (p *parts) server(ctx context.Context) (*api.Server, error) {
	c := p.config.HTTP
	return api.New(ctx, api.Config{
		Store: p.store, Blobs: p.blobs, Pack: p.pack, Processes: workflows.All(), Authority: p.authority, Keyring: p.keyring,
		Engine: p.engine, Documents: p.filer, Calendar: p.pack.Calendar(), Templates: p.templates, Log: p.log, Secure: c.Secure, Proxies: c.Proxies,
		Version: version, UI: web.FS(), Limits: api.Limits{Upload: int(c.MaxAttachment), SessionIdle: c.SessionIdle, SessionLife: c.SessionMax},
	})
}

// work starts the worker, the renderer, the reconciler and the audit checkpoints; they stop when ctx ends or on close.
func (p *parts) work(ctx context.Context) error {
	w := worker.New(p.engine.Client, temporalx.TaskQueue, &activities.Activities{
		Store: p.store, Filer: p.filer, Calendar: p.pack.Calendar(), Log: p.log,
	})
	if err := w.Start(); err != nil {
		return err
	}
	p.onClose(func() error { w.Stop(); return nil })
	r := &reconcile.Reconciler{Store: p.store, Engine: p.engine, Grace: commandGrace, Log: p.log, Input: func(ctx context.Context, number string) (signoff.Input, error) {
		return api.WorkflowInput(ctx, p.store, p.pack, number)
	}}
	p.background(ctx, func(ctx context.Context) { p.filer.Run(ctx, renderPause) })
	p.background(ctx, func(ctx context.Context) { r.Run(ctx, reconcileEvery) })
	p.background(ctx, p.checkpoints)
	return nil
}

// background runs f until ctx ends or the parts are closed, and close waits for it.
func (p *parts) background(ctx context.Context, f func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	p.onClose(func() error {
		cancel()
		<-done
		return nil
	})
}
