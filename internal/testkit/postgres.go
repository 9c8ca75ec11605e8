package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgresOption changes how Postgres runs its server.
type PostgresOption func(*postgresServer)

// Durable keeps full synchronisation on (fsync, synchronous_commit), for tests and benchmarks that measure or prove
// durability. Without it the server trades safety for speed, which a throw-away database can afford.
func Durable() PostgresOption { return func(s *postgresServer) { s.durable = true } }

// Postgres returns the URL of a new, empty database (UTF-8, C.UTF-8 collation, owner and superuser "postgres", no
// password, loopback TCP). The first call of a test process starts one throw-away server, later calls reuse it. The
// database is dropped when t ends; server and files vanish with the test process, however that ends. Without
// PostgreSQL on the machine t fails and names the package.
func Postgres(t testing.TB, opts ...PostgresOption) string {
	t.Helper()
	s := new(postgresServer)
	for _, opt := range opts {
		opt(s)
	}
	shared := &servers[0]
	if s.durable {
		shared = &servers[1]
	}
	shared.once.Do(func() { shared.server, shared.err = s, s.start() })
	if shared.err != nil {
		t.Fatalf("testkit: PostgreSQL: %v", shared.err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := shared.server.exec("CREATE DATABASE " + name); err != nil {
		t.Fatalf("testkit: create database: %v", err)
	}
	t.Cleanup(func() {
		if err := shared.server.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("testkit: drop database: %v", err)
		}
	})
	return shared.server.url(name)
}

// servers holds the process's two servers: fast and durable.
var servers [2]struct {
	once   sync.Once
	server *postgresServer
	err    error
}

var databases atomic.Int64

type postgresServer struct {
	durable bool
	bin     string              // folder of initdb and postgres
	dir     string              // data folder
	cred    *syscall.Credential // PostgreSQL refuses to run as root
	port    int
	life    io.Closer // closing it (our death does) makes the keeper stop the server and remove dir
}

func (s *postgresServer) url(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

func (s *postgresServer) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

func (s *postgresServer) start() (err error) {
	if s.bin, err = postgresBin(); err != nil {
		return err
	}
	// A free port can be taken by another process before the server binds it: begin again.
	for range 3 {
		if err = s.initdb(); err == nil {
			err = s.launch()
		}
		if err == nil {
			return nil
		}
	}
	return err
}

// postgresBin finds the newest installed server; Debian keeps it off PATH.
func postgresBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if onPath, err := exec.LookPath("initdb"); err == nil {
		found = append(found, onPath)
	}
	if len(found) == 0 {
		return "", errors.New("server not found: install the Debian package postgresql-15 (apt-get install postgresql-15)")
	}
	major := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // not a number: PATH, last choice
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return major(a) - major(b) })
	return filepath.Dir(newest), nil
}

// initdb makes a fresh data folder, owned by user postgres when we are root.
func (s *postgresServer) initdb() (err error) {
	if s.dir, err = os.MkdirTemp("", "testkit-pg-"); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return fmt.Errorf("running as root needs the user of the Debian package postgresql-15: %w", err)
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(errUID, errGID, os.Chown(s.dir, int(uid), int(gid))); err != nil {
			return err
		}
		s.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	cmd := exec.Command(filepath.Join(s.bin, "initdb"), "-D", s.dir, "-A", "trust", "-U", "postgres",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// keeper ($0 is the data folder, the rest the server's command) runs the server until its standard input ends, which
// the kernel makes happen however the test process ends: exit, panic, time limit, kill -9. The immediate stop (QUIT)
// is right for data nobody wants.
const keeper = `"$@" </dev/null >>"$0/server.log" 2>&1 &
cat >/dev/null
kill -QUIT $! 2>/dev/null; wait; rm -rf "$0"`

func (s *postgresServer) launch() (err error) {
	if s.port, err = freePort(); err != nil {
		return err
	}
	args := []string{"-c", keeper, s.dir, filepath.Join(s.bin, "postgres"), "-D", s.dir, "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"}
	if !s.durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir = s.dir
	// Its own process group: Ctrl-C in the terminal is for the tests, the keeper must live to clean up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred, Setpgid: true}
	if s.life, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err = cmd.Start(); err != nil {
		return err
	}
	if err = s.awaitReady(); err != nil {
		log, _ := os.ReadFile(filepath.Join(s.dir, "server.log")) // best effort: it explains err
		return errors.Join(fmt.Errorf("%w\n%s", err, log), s.life.Close(), cmd.Wait())
	}
	return nil
}

// awaitReady waits for the server's own pid file rather than for the port: on that port another server may answer.
func (s *postgresServer) awaitReady() error {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		pidFile, err := os.ReadFile(filepath.Join(s.dir, "postmaster.pid"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if bytes.Contains(pidFile, []byte("\nready")) {
			return nil
		}
	}
	return errors.New("server not ready within 20 s")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
