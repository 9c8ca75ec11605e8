package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// errInUse says that another engine owns the data; restarting cannot help.
var errInUse = errors.New("data already in use")

// lockPatience covers the moment in which a killed engine's memory is torn down and its lock let go.
const lockPatience = 3 * time.Second

// lockData makes this process the only engine on dir until it ends (the kernel lets go of the lock) or closes the file.
// It fails with errInUse, naming the owner.
func lockData(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "engine.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	for end := time.Now().Add(lockPatience); ; time.Sleep(50 * time.Millisecond) {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(end) {
			owner, _ := os.ReadFile(f.Name()) // only to name it
			err = fmt.Errorf("%w: %s is held by process %s", errInUse, dir, strings.TrimSpace(string(owner)))
			return nil, errors.Join(err, f.Close())
		}
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(fmt.Sprintln(os.Getpid())), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock: %w", err), f.Close())
	}
	return f, nil
}
