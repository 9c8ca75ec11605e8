package testkit_test

import (
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/internal/testkit"
)

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	var got string
	if err := conn.QueryRow(context.Background(), sql).Scan(&got); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func TestEachCallGivesAnEmptyDatabaseOfOneServer(t *testing.T) {
	first, second := testkit.Postgres(t), testkit.Postgres(t)
	if got := query(t, first, "SELECT datcollate FROM pg_database WHERE datname = current_database()"); got != "C.UTF-8" {
		t.Errorf("collation %q", got)
	}
	query(t, first, "SELECT lo_from_bytea(4711, 'x')::text") // a large object: data of this database alone
	if got := query(t, second, "SELECT count(*)::text FROM pg_largeobject_metadata"); got != "0" {
		t.Errorf("second database holds %s objects of the first", got)
	}
	server := func(dsn string) string { u, _ := url.Parse(dsn); return u.Host }
	if server(first) != server(second) {
		t.Errorf("two servers: %s, %s", first, second)
	}
	if got := query(t, first, "SHOW fsync"); got != "off" {
		t.Errorf("fsync %s", got)
	}
}

func TestDatabaseIsDroppedWithItsTest(t *testing.T) {
	var dsn string
	t.Run("inner", func(t *testing.T) { dsn = testkit.Postgres(t) })
	if conn, err := pgx.Connect(context.Background(), dsn); err == nil {
		t.Errorf("still there: %v", conn.Close(context.Background()))
	}
}

func TestDurableServerSynchronises(t *testing.T) {
	dsn := testkit.Postgres(t, testkit.Durable())
	if got := query(t, dsn, "SELECT current_setting('fsync') || current_setting('synchronous_commit')"); got != "onon" {
		t.Errorf("fsync and synchronous_commit are %s", got)
	}
}

// TestServerDiesWithItsProcess runs this test binary again, has that process killed without warning while it holds a
// server, and expects neither server nor files to remain.
func TestServerDiesWithItsProcess(t *testing.T) {
	const mark = "TESTKIT_HOLD_SERVER"
	if os.Getenv(mark) != "" {
		dsn := testkit.Postgres(t)
		dir := query(t, dsn, "SHOW data_directory")
		if _, err := os.Stdout.WriteString("\nholding " + dsn + " " + dir + "\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestServerDiesWithItsProcess$")
	cmd.Env = append(os.Environ(), mark+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for buf := make([]byte, 256); !strings.HasSuffix(text.String(), "\n") || !strings.Contains(text.String(), "holding "); {
		n, err := out.Read(buf)
		text.Write(buf[:n])
		if err != nil {
			t.Fatalf("child ended early: %v\n%s", err, text.String())
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, held, _ := strings.Cut(text.String(), "holding ")
	dsn, dir, _ := strings.Cut(strings.TrimSpace(held), " ")
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, errDir := os.Stat(dir)
		conn, errDial := net.Dial("tcp", u.Host)
		if errDial == nil {
			errDial = conn.Close()
			if time.Now().After(end) {
				t.Fatalf("server %s still answers (%v)", u.Host, errDial)
			}
			continue
		}
		if os.IsNotExist(errDir) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s still there: %v", dir, errDir)
		}
	}
}
