// Package cli provides the Pulumi CLI, and the language host with which it runs Go
// programs. It uses the operator's own CLI if that is recent enough. Otherwise it builds
// the version in lab/go.mod, once.
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

// Version is the CLI version in lab/go.mod, and the oldest one accepted.
const Version = "v3.259.0"

const module = "github.com/pulumi/pulumi"

// Provide returns the path of a usable CLI. It keeps its build in the lab's
// cache. Building takes several minutes, so Provide calls progress first.
func Provide(ctx context.Context, progress func(string)) (string, error) {
	if path, ok := installed(ctx); ok {
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
	progress("building the Pulumi CLI " + Version + ", once: about seven minutes on two cores")
	// The Automation API refuses a CLI without a version.
	return path, build(ctx, root, path, "-ldflags", "-X "+module+"/sdk/v3/go/common/version.Version="+Version, module+"/pkg/v3/cmd/pulumi")
}

// languageHost is the program that the CLI looks for on PATH, then next to itself
// (pulumi/sdk, go/common/workspace/plugins.go, GetPluginPath).
const languageHost = "pulumi-language-go"

// Path returns what PATH must begin with so that `pulumi` is the CLI of Provide, and can
// run Go programs. A release of the CLI has its language host. Otherwise Path builds the
// stand-in, command language, in the checkout, which takes seconds.
func Path(ctx context.Context, progress func(string)) (string, error) {
	command, err := Provide(ctx, progress)
	if err != nil || hasLanguageHost(command) {
		return filepath.Dir(command), err
	}
	root, err := repo.Root()
	if err != nil {
		return "", err
	}
	host := filepath.Join(root, ".build", languageHost)
	list := string(filepath.ListSeparator)
	return filepath.Dir(command) + list + filepath.Dir(host), build(ctx, root, host, "./cmd/language")
}

// Missing returns an error if the CLI that is installed is too old or cannot run Go
// programs, or if there is none.
func Missing(ctx context.Context) error {
	path, ok := installed(ctx)
	switch {
	case !ok:
		return fmt.Errorf("the Pulumi CLI %s or newer is not installed: see https://www.pulumi.com/docs/install", Version)
	case !hasLanguageHost(path):
		return fmt.Errorf("the Pulumi CLI %q cannot run Go programs: %s is neither on PATH nor next to it", path, languageHost)
	}
	return nil
}

// installed returns the path of the CLI on PATH, if that is recent enough.
func installed(ctx context.Context) (path string, ok bool) {
	path, err := exec.LookPath("pulumi")
	return path, err == nil && recent(ctx, path)
}

// Compile compiles the program of the checkout, so that its modules are in the module
// cache: a language host in the lab cannot reach a module proxy.
func Compile(ctx context.Context, root string) error {
	command := exec.CommandContext(ctx, "go", "build", "-o", os.DevNull, "./infra")
	command.Dir = root
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("compiling the program with %q: %w\n%s", command.Args, err, output)
	}
	return nil
}

func hasLanguageHost(command string) bool {
	if _, err := exec.LookPath(languageHost); err == nil {
		return true
	}
	resolved, err := filepath.EvalSymlinks(command)
	if err != nil {
		return false
	}
	_, err = exec.LookPath(filepath.Join(filepath.Dir(resolved), languageHost))
	return err == nil
}

// build makes a program of the lab's module next to path, and moves it there when it is
// complete.
func build(ctx context.Context, root, path string, arguments ...string) error {
	partial := path + ".partial"
	command := exec.CommandContext(ctx, "go", append([]string{"build", "-o", partial}, arguments...)...)
	command.Dir = filepath.Join(root, "lab")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building %q with %q: %w\n%s", filepath.Base(path), command.Args, err, output)
	}
	return os.Rename(partial, path)
}

func recent(ctx context.Context, path string) bool {
	output, err := exec.CommandContext(ctx, path, "version").Output()
	return err == nil && atLeast(strings.TrimSpace(string(output)), Version)
}

var semver = regexp.MustCompile(`^v(\d+)\.(\d+)\.(\d+)$`)

// atLeast compares releases. It rejects anything else, such as a development
// build.
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
