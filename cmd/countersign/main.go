package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // isolated machines may have no zone files

	"github.com/spf13/cobra"

	"countersign/internal/config"
)

// version is set by the build.
var version = "dev"

// exit is an error that carries the exit code of a command which has already said what is wrong.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Memory against time: the heap of this program is small, and at the default a tenth of its work is collecting garbage. The
// limit gives back what single argon2id runs take (64 MiB each). GOGC and GOMEMLIMIT override them.
const (
	gcPercent   = 400
	memoryLimit = 160 << 20
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root(os.Stdin, os.Stdout, os.Stderr).ExecuteContext(ctx)
	var code exit
	switch {
	case errors.As(err, &code):
		os.Exit(int(code))
	case err != nil:
		fmt.Fprintln(os.Stderr, "countersign:", err)
		os.Exit(1)
	}
}

// env is what every command shares.
type env struct {
	in       io.Reader
	out, err io.Writer
	file     string // configuration file
}

func root(in io.Reader, out, errOut io.Writer) *cobra.Command {
	e := &env{in: in, out: out, err: errOut}
	cmd := &cobra.Command{
		Use: "countersign", Short: "Countersign (三方会签): tri-party sign-off for operation and maintenance contracts",
		SilenceUsage: true, SilenceErrors: true,
	}
	cmd.SetIn(in)
	cmd.SetOut(out)
	cmd.SetErr(errOut)
	cmd.PersistentFlags().StringVar(&e.file, "config", "", "configuration `file` (YAML)")
	cmd.AddCommand(serveCommand(e), apiCommand(e), workerCommand(e), migrateCommand(e), demoCommand(e), verifyCommand(e),
		contractCommand(e), userCommand(e), rootCommand(e), healthCommand(e), versionCommand(e))
	return cmd
}

// load reads the configuration and lets the command's flags override it.
func (e *env) load(override func(*config.Config)) (config.Config, error) {
	c, err := config.Load(e.file, os.Getenv)
	if err != nil {
		return c, err
	}
	override(&c)
	return c, c.Validate()
}

// logger writes to standard error.
func (e *env) logger(level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: l}))
}

func versionCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(e.out, "countersign", version)
			return err
		},
	}
}
