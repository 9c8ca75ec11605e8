package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
	"go.uber.org/zap"
)

// Exit codes. A supervisor restarts after exitFailed; after the others a restart cannot help.
const (
	exitFailed = 1
	exitUsage  = 2
	exitInUse  = 3
)

const (
	startLimit = 2 * time.Minute // the schema of PostgreSQL takes seconds, a slow disk longer
	stopLimit  = 10 * time.Second
)

func main() {
	o, err := parseOptions(os.Args[1:], os.Getenv, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitUsage)
	case o.showVersion:
		fmt.Println(version())
		return
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, errInUse) {
			os.Exit(exitInUse)
		}
		os.Exit(exitFailed)
	}
}

func version() string {
	revision := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	return fmt.Sprintf("countersign-engine %s (Temporal server %s)", revision, headers.ServerVersion)
}

// run serves until SIGTERM, SIGINT or, if asked for, the end of standard input.
func run(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if o.stopOnEOF {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin) // an error ends it like EOF
			stop()
		}()
	}
	if err := prepareData(o.data); err != nil {
		return err
	}
	lock, err := lockData(o.data)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // the process ends anyway
	addrs, err := chooseAddresses(o)
	if err != nil {
		return err
	}
	logger, level := newLogger()
	if o.postgres == "" {
		s, err := sqliteStore(filepath.Clean(o.data), o.sync)
		if err != nil {
			return err
		}
		return serve(ctx, o, addrs, s, logger, level)
	}
	s, held, err := postgresStore(ctx, o.postgres, logger)
	if err != nil {
		return err
	}
	return errors.Join(serve(ctx, o, addrs, s, logger, level), held.Close(context.WithoutCancel(ctx)))
}

func serve(ctx context.Context, o options, addrs addresses, s store, logger log.Logger, level zap.AtomicLevel) error {
	if err := ensureNamespace(s); err != nil {
		return err
	}
	server, err := temporal.NewServer(
		temporal.WithConfig(serverConfig(addrs, s)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(addrs.staticHosts()),
		temporal.WithDynamicConfigClient(dynamicSettings()),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()), // loopback is the only guard; see checkAddress
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }),
	)
	if err != nil {
		return fmt.Errorf("configure server: %w", err)
	}
	if err := server.Start(); err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	var ui *uiserver.Server
	uiFailed := make(chan error, 1)
	ready := readiness{Address: addrs.frontend, PID: os.Getpid()}
	if addrs.ui != "" {
		ui, ready.UI = newUI(addrs.ui, addrs.frontend), "http://"+addrs.ui
		go func() { uiFailed <- ui.Start() }()
	}
	err = announce(ctx, o, ready)
	if err == nil {
		level.SetLevel(zap.WarnLevel)
		select {
		case <-ctx.Done():
		case err = <-uiFailed:
		}
	}
	if ctx.Err() != nil {
		err = nil // told to stop, even if that was before it was ready
	}
	level.SetLevel(zap.FatalLevel)
	return errors.Join(err, stopAll(server, ui))
}

// announce waits until the server takes work and says so.
func announce(ctx context.Context, o options, ready readiness) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := awaitReady(ctx, ready.Address); err != nil {
		return err
	}
	if o.readyFile == "" {
		return nil
	}
	return writeReadyFile(o.readyFile, ready)
}

// stopAll stops gracefully, but not for ever: what is acknowledged is stored, so that leaving hard loses nothing.
func stopAll(server temporal.Server, ui *uiserver.Server) error {
	hard := time.AfterFunc(stopLimit, func() { os.Exit(0) })
	defer hard.Stop()
	if ui != nil {
		ui.Stop()
	}
	return server.Stop()
}
