//go:build bench

package chains

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestIdle prints how long `serve` takes until it is ready, first and later starts apart, and what it and its engine hold in
// memory when nobody asks anything of them.
func TestIdle(t *testing.T) {
	data := t.TempDir()
	for _, name := range []string{"first start, demo people", "later start"} {
		binary, err := filepath.Abs("../../bin/countersign")
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary, "serve", "--demo", "--data", data, "--listen", freeAddress(t))
		out := &ready{want: []byte("is ready"), seen: make(chan struct{})}
		cmd.Stdout = out
		began := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-out.seen:
		case <-time.After(2 * time.Minute):
			t.Fatal("not ready")
		}
		took := time.Since(began)
		time.Sleep(30 * time.Second)
		pids := append(children(cmd.Process.Pid), cmd.Process.Pid)
		fmt.Printf("serve, %-24s ready after %.1f s, idle %d MB resident in %d processes\n", name, took.Seconds(), resident(pids), len(pids))
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// children lists the processes whose parent is pid.
func children(pid int) []int {
	var out []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		raw, err := os.ReadFile(stat)
		if err != nil {
			continue
		}
		text := string(raw)
		fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		if parent, err := strconv.Atoi(fields[1]); err == nil && parent == pid {
			if child, err := strconv.Atoi(filepath.Base(filepath.Dir(stat))); err == nil {
				out = append(out, child)
			}
		}
	}
	return out
}

// resident adds up the resident memory of processes in MB.
func resident(pids []int) int {
	pages := 0
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			continue
		}
		if n, err := strconv.Atoi(strings.Fields(string(raw))[1]); err == nil {
			pages += n
		}
	}
	return pages * os.Getpagesize() >> 20
}
