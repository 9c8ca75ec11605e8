package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
)

// postgresEnv carries the database URL past the process list, where every local user could read its password.
const postgresEnv = "COUNTERSIGN_ENGINE_POSTGRES"

// options are the command line, checked.
type options struct {
	data        string // folder of the databases and the lock
	listen      string // gRPC frontend, host:port; port 0 = choose
	ui          string // web UI, host:port; empty = off
	metrics     string // Prometheus, host:port; empty = off
	sync        string // "full" or "normal": SQLite synchronisation
	postgres    string // URL; empty = SQLite
	readyFile   string // written when the server can take work
	stopOnEOF   bool   // end when standard input ends, so as not to outlive a killed parent
	allowRemote bool   // listen where other machines can reach it: for a container network of its own
	showVersion bool
}

// parseOptions reads flags and environment. All problems are reported together.
func parseOptions(args []string, getenv func(string) string, usage io.Writer) (options, error) {
	var o options
	set := flag.NewFlagSet("countersign-engine", flag.ContinueOnError)
	set.SetOutput(usage)
	set.StringVar(&o.data, "data", "", "`folder` for databases and lock file (required)")
	set.StringVar(&o.listen, "listen", "127.0.0.1:0", "loopback `address` of the gRPC frontend; port 0 chooses one")
	set.StringVar(&o.ui, "ui", "", "loopback `address` of the web UI; empty = off")
	set.StringVar(&o.metrics, "metrics", "", "loopback `address` of Prometheus metrics; empty = off")
	set.StringVar(&o.sync, "sync", "full", "SQLite synchronisation: full survives power loss, normal is faster")
	set.StringVar(&o.postgres, "postgres", getenv(postgresEnv), "PostgreSQL `URL` instead of SQLite (or "+postgresEnv+")")
	set.StringVar(&o.readyFile, "ready-file", "", "`file` to write as soon as the server takes work")
	set.BoolVar(&o.stopOnEOF, "stop-on-stdin-eof", false, "stop when standard input ends")
	set.BoolVar(&o.allowRemote, "allow-remote", false, "also listen outside loopback; nobody but the network guards it then")
	set.BoolVar(&o.showVersion, "version", false, "print the version and exit")
	if err := set.Parse(args); err != nil {
		return options{}, err
	}
	if o.showVersion {
		return o, nil
	}
	problems := []error{o.checkAddress("listen", o.listen)}
	if set.NArg() > 0 {
		problems = append(problems, fmt.Errorf("unexpected argument %q", set.Arg(0)))
	}
	if o.data == "" {
		problems = append(problems, errors.New("-data is required"))
	}
	if o.ui != "" {
		problems = append(problems, o.checkAddress("ui", o.ui))
	}
	if o.metrics != "" {
		problems = append(problems, o.checkAddress("metrics", o.metrics))
	}
	if o.sync != "full" && o.sync != "normal" {
		problems = append(problems, fmt.Errorf("-sync must be full or normal, not %q", o.sync))
	}
	if o.postgres != "" {
		_, err := parsePostgresURL(o.postgres)
		problems = append(problems, err)
	}
	return o, errors.Join(problems...)
}

// checkAddress refuses addresses that other machines could reach unless they are asked for: the server has no login of its own.
func (o options) checkAddress(name, address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("-%s: want an address like 127.0.0.1:7233, not %q", name, address)
	}
	if !ap.Addr().Is4() || !ap.Addr().IsLoopback() && !o.allowRemote {
		return fmt.Errorf("-%s: %s can be reached from outside; only 127.0.0.0/8 is allowed without -allow-remote", name, address)
	}
	return nil
}

// prepareData makes the data folder, readable by this account only.
func prepareData(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// choosePorts returns addresses on host with ports that are free now, one for each asked address. An address with a
// port other than 0 is only tested. All are held until the last one is chosen, so that none comes twice.
func choosePorts(asked ...string) (chosen []string, err error) {
	for _, address := range asked {
		l, errListen := net.Listen("tcp4", address)
		if errListen != nil {
			return nil, errors.Join(errListen, err)
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		chosen = append(chosen, l.Addr().String())
	}
	return chosen, nil
}
