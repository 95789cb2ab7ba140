// Package cli provides the Pulumi CLI: the operator's own if it is recent
// enough, and otherwise one that it builds from the module that lab/go.mod
// names, once.
package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"tripvpn/lab/repo"
)

// Version is the CLI that lab/go.mod names, and the oldest that will do.
const Version = "v3.259.0"

const module = "github.com/pulumi/pulumi"

// Provide returns the path of a usable CLI. It keeps what it builds in the
// lab's cache. Building takes several minutes, so progress is told when it
// starts.
func Provide(ctx context.Context, progress func(string)) (string, error) {
	if path, err := exec.LookPath("pulumi"); err == nil && recent(ctx, path) {
		return path, nil
	}
	root, err := repo.Root()
	if err != nil {
		return "", err
	}
	cache, err := repo.Cache()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, "pulumi-"+Version, "pulumi")
	unlock, err := repo.Lock(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	progress("building the Pulumi CLI " + Version + ": about seven minutes on two cores, once")
	return path, build(ctx, root, path)
}

// build makes the CLI next to where it belongs, and moves it there when it is
// whole. The Automation API refuses a CLI that has no version, hence the flag.
func build(ctx context.Context, root, path string) error {
	partial := path + ".partial"
	command := exec.CommandContext(ctx, "go", "build", "-o", partial,
		"-ldflags", "-X "+module+"/sdk/v3/go/common/version.Version="+Version,
		module+"/pkg/v3/cmd/pulumi")
	command.Dir = filepath.Join(root, "lab")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building the Pulumi CLI with %q: %w\n%s", command.Args, err, output)
	}
	return os.Rename(partial, path)
}

func recent(ctx context.Context, path string) bool {
	output, err := exec.CommandContext(ctx, path, "version").Output()
	return err == nil && atLeast(strings.TrimSpace(string(output)), Version)
}

var semver = regexp.MustCompile(`^v(\d+)\.(\d+)\.(\d+)$`)

// atLeast compares releases. Anything else, such as a development build, is
// not recent enough.
func atLeast(version, wanted string) bool {
	have, want := semver.FindStringSubmatch(version), semver.FindStringSubmatch(wanted)
	if have == nil || want == nil {
		return false
	}
	for i := 1; i < len(have); i++ {
		h, _ := strconv.Atoi(have[i]) // the pattern admits only digits
		w, _ := strconv.Atoi(want[i])
		if h != w {
			return h > w
		}
	}
	return true
}
