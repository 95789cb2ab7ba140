package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"tripvpn/internal/spec"
)

// version tells what this binary is. The program builds it without a version
// and without the commit, so that a commit that leaves its sources as they are
// leaves the binary and the hosts as they are. Its sum tells builds apart.
func (p program) version(context.Context, options) (int, error) {
	sum, err := ownSum()
	if err != nil {
		return exitError, err
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return exitError, fmt.Errorf("this binary has no build information: build it with Go modules")
	}
	fmt.Fprintf(p.stdout, "sha256: %s\nspec:   %d\n%s", sum, spec.Version, describe(info))
	return exitConverged, nil
}

// ownSum is the SHA-256 of the running executable, in hexadecimal.
func ownSum() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this binary: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hashing this binary: %w", err)
	}
	defer file.Close() // read only
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("hashing this binary: %w", err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}

// describe tells the Go version, the platform and, where "go build" recorded
// it, the commit: a line each.
func describe(info *debug.BuildInfo) string {
	setting := map[string]string{}
	for _, s := range info.Settings {
		setting[s.Key] = s.Value
	}
	text := fmt.Sprintf("go:     %s %s/%s\n", info.GoVersion, setting["GOOS"], setting["GOARCH"])
	if setting["vcs.revision"] != "" {
		commit := []string{"commit:", setting["vcs.revision"], setting["vcs.time"]}
		if setting["vcs.modified"] == "true" {
			commit = append(commit, "and changes")
		}
		text += strings.Join(commit, " ") + "\n"
	}
	return text
}
