//go:build bench

package chains

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// load is one kind of chain: chain runs the n-th chain of a client and reports the time of each decision.
type load struct {
	name    string
	pids    []int                                                // whose CPU time counts
	prepare func(ctx context.Context, clients, chains int) error // untimed, may be nil
	chain   func(ctx context.Context, client, n int, decided func(time.Duration)) error
}

// figures is one measured round.
type figures struct {
	perSecond float64
	cpuMillis float64 // of all processes named in the load, per chain
	decisions []time.Duration
}

// measure runs chains chains on clients clients and times them.
func measure(ctx context.Context, l load, clients, chains int) (figures, error) {
	if l.prepare != nil {
		if err := l.prepare(ctx, clients, chains); err != nil {
			return figures{}, err
		}
	}
	var f figures
	var mu sync.Mutex
	var wg sync.WaitGroup
	errs := make(chan error, clients)
	began, cpu := time.Now(), cpuTime(l.pids)
	for c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := range chains / clients {
				err := l.chain(ctx, c, n, func(d time.Duration) {
					mu.Lock()
					f.decisions = append(f.decisions, d)
					mu.Unlock()
				})
				if err != nil {
					errs <- fmt.Errorf("%s, client %d, chain %d: %w", l.name, c, n, err)
					return
				}
			}
		}()
	}
	wg.Wait()
	close(errs)
	f.cpuMillis = float64((cpuTime(l.pids) - cpu).Milliseconds()) / float64(chains/clients*clients)
	f.perSecond = float64(chains/clients*clients) / time.Since(began).Seconds()
	return f, <-errs
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

func quantile(v []time.Duration, q float64) time.Duration {
	s := slices.Sorted(slices.Values(v))
	return s[min(len(s)-1, int(float64(len(s))*q))].Round(100 * time.Microsecond)
}

// compare runs the loads in turn for some rounds and prints medians and ratios to the first load.
func compare(t *testing.T, title string, loads []load, clients, chains, rounds int) {
	t.Helper()
	ctx := t.Context()
	rates, cpu, decisions := map[string][]float64{}, map[string][]float64{}, map[string][]time.Duration{}
	for round := -1; round < rounds; round++ { // round -1 warms up
		for _, l := range loads {
			n := chains
			if round < 0 {
				n = max(clients, chains/4)
			}
			f, err := measure(ctx, l, clients, n)
			if err != nil {
				t.Fatal(err)
			}
			if round < 0 {
				continue
			}
			rates[l.name] = append(rates[l.name], f.perSecond)
			cpu[l.name] = append(cpu[l.name], f.cpuMillis)
			decisions[l.name] = append(decisions[l.name], f.decisions...)
		}
	}
	base := median(rates[loads[0].name])
	for _, l := range loads {
		m := median(rates[l.name])
		fmt.Printf("%-10s %2d clients  %-12s %6.1f chains/s (%s)  ratio %.2f  CPU %.1f ms/chain  decision p50 %v p99 %v\n", title, clients, l.name, m,
			spread(rates[l.name]), m/base, median(cpu[l.name]), quantile(decisions[l.name], 0.5), quantile(decisions[l.name], 0.99))
	}
}

func spread(v []float64) string {
	return fmt.Sprintf("%.1f to %.1f", slices.Min(v), slices.Max(v))
}

// cpuTime adds up user and system time of processes, from /proc. A process that is gone counts nothing.
func cpuTime(pids []int) time.Duration {
	var ticks int64
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
		for _, i := range []int{11, 12} { // utime and stime, counted behind the name
			n, err := strconv.ParseInt(fields[i], 10, 64)
			if err == nil {
				ticks += n
			}
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
