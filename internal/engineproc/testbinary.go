package engineproc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// TB is the part of testing.TB that Binary uses; the real one would bring package testing into the product.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Binary is for tests only: it returns an engine that is as new as its sources. It is $COUNTERSIGN_ENGINE if set, else
// bin/countersign-engine of the repository, which is built first when it is missing or old (minutes on an empty build
// cache; `make engine` does the same beforehand). Failures end the test.
func Binary(t TB) string {
	t.Helper()
	if os.Getenv(binaryEnv) != "" {
		path, err := FindBinary("")
		if err != nil {
			t.Fatalf("%v", err)
		}
		return path
	}
	path, err := buildOnce()
	if err != nil {
		t.Fatalf("engine for tests: %v (try `make engine`)", err)
	}
	return path
}

var buildOnce = sync.OnceValues(func() (string, error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	target := filepath.Join(root, "bin", binaryName)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return "", err
	}
	// The tests of several packages run at once: one builds, the others wait and find its work done.
	lock, err := os.OpenFile(target+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", errors.Join(err, lock.Close())
	}
	err = buildIfOld(filepath.Join(root, "engine"), target)
	return target, errors.Join(err, lock.Close())
})

func buildIfOld(sources, target string) error {
	newest, err := newestSource(sources)
	if err != nil {
		return err
	}
	if built, err := os.Stat(target); err == nil && built.ModTime().After(newest) {
		return nil
	}
	draft := target + ".new"
	cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", draft, ".")
	cmd.Dir = sources
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build in %s: %w\n%s", sources, err, out)
	}
	return os.Rename(draft, target)
}

func newestSource(dir string) (time.Time, error) {
	var newest time.Time
	entries, err := os.ReadDir(dir)
	if err != nil {
		return newest, err
	}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasSuffix(name, "_test.go") || !strings.HasSuffix(name, ".go") && !strings.HasPrefix(name, "go.") {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			return newest, err
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest, nil
}

// repository finds the folder of the main module from the folder of the running test.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		_, err := os.Stat(filepath.Join(dir, "engine", "go.mod"))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("not inside the repository")
		}
		dir = parent
	}
}
