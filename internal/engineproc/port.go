package engineproc

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

const (
	loopbackAny = "127.0.0.1:0"
	portFile    = "engine.port"
)

// choosePort returns a free loopback address: the one remembered in dir when it is free, so that clients and bookmarks
// of an earlier run find the engine again, otherwise any.
func choosePort(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, portFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("engine: %w", err)
	}
	if port := strings.TrimSpace(string(text)); port != "" {
		if address, err := probe(net.JoinHostPort("127.0.0.1", port)); err == nil {
			return address, nil
		}
	}
	return probe(loopbackAny)
}

func probe(address string) (string, error) {
	l, err := net.Listen("tcp4", address)
	if err != nil {
		return "", fmt.Errorf("engine: %w", err)
	}
	return l.Addr().String(), l.Close()
}

func rememberPort(dir, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, portFile), []byte(port+"\n"), 0o600)
	}
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}
