package engineproc

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	binaryName = "countersign-engine"
	binaryEnv  = "COUNTERSIGN_ENGINE"
)

// FindBinary returns the absolute path of the engine: the given path, else $COUNTERSIGN_ENGINE, else countersign-engine
// beside the running executable, else ./bin/countersign-engine. A path that was given but does not run is an error, not
// a reason to look on.
func FindBinary(given string) (string, error) {
	if given == "" {
		given = os.Getenv(binaryEnv)
	}
	if given != "" {
		path, err := exec.LookPath(given)
		if err != nil {
			return "", fmt.Errorf("engine binary: %w", err)
		}
		return filepath.Abs(path)
	}
	var places []string
	if self, err := os.Executable(); err == nil {
		places = append(places, filepath.Join(filepath.Dir(self), binaryName))
	}
	places = append(places, filepath.Join(".", "bin", binaryName))
	for _, place := range places {
		if absolute, err := filepath.Abs(place); err == nil {
			if path, err := exec.LookPath(absolute); err == nil {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("engine binary not found (looked for %s): build it with `make engine` or set %s",
		strings.Join(places, ", "), binaryEnv)
}
