//go:build bench

package chains

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"countersign/internal/engineproc"
	"countersign/internal/testkit"
)

// TestChains prints the comparison on SQLite and on PostgreSQL, each with its Temporal server on the same kind of database.
func TestChains(t *testing.T) {
	for _, db := range []string{"SQLite", "PostgreSQL"} {
		t.Run(db, func(t *testing.T) {
			var engineDB, appDB string
			if db == "PostgreSQL" {
				engineDB, appDB = testkit.Postgres(t, testkit.Durable()), testkit.Postgres(t, testkit.Durable())
			}
			engine, err := engineproc.Start(t.Context(), engineproc.Config{Dir: t.TempDir(), Binary: "../../bin/countersign-engine", Postgres: engineDB})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := engine.Stop(context.WithoutCancel(t.Context())); err != nil {
					t.Log(err)
				}
			})
			base, pid := start(t, engine.Address(), appDB)
			loads := []load{bareChains(t, engine.Address()), ourChains(t, base)}
			for i := range loads {
				loads[i].pids = []int{os.Getpid(), engine.PID(), pid}
			}
			compare(t, db, loads, 1, 40, 3)
			compare(t, db, loads, 16, 320, 3)
			time.Sleep(30 * time.Second)
			fmt.Printf("%-10s idle again after the load: %d MB resident in Countersign and its Temporal server\n", db, resident([]int{pid, engine.PID()}))
		})
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
