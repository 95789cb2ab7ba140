package image

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"tripvpn/lab/fabric/command"
	"tripvpn/lab/repo"
)

// Builder makes images and keeps them. It is safe for use by several
// goroutines and processes: the second waits.
type Builder struct {
	// Required
	Folder   string // the cache
	Debian   Debian
	Resolver netip.Addr // where travellers look names up

	// Optional
	Progress func(string)      // is told what takes long
	WayIn    map[string]string // files, by path, by which the lab enters a virtual machine
}

// Host is the image of that name, "debian-13", as layers of an overlay, the
// topmost first. It builds the layers that are not in the cache.
func (b *Builder) Host(ctx context.Context, name string) (layers []string, err error) {
	return b.host(ctx, name, runtime.GOARCH)
}

// host is the same for an architecture.
func (b *Builder) host(ctx context.Context, name, architecture string) (layers []string, err error) {
	suite, known := suites[name]
	if !known {
		names := slices.Sorted(maps.Keys(suites))
		return nil, fmt.Errorf("building image %q: it is none of %s", name, strings.Join(names, ", "))
	}
	label := name
	if architecture != runtime.GOARCH {
		label += "-" + architecture
	}
	tree, err := b.base(ctx, label, hostRecipe(suite, architecture, b.Debian))
	if err != nil {
		return nil, fmt.Errorf("building image %q: %w", label, err)
	}
	return []string{tree}, nil
}

// Traveller is a host's image with an OpenVPN client and curl, and without
// SSH and cloud-init. It has a resolver.
func (b *Builder) Traveller(ctx context.Context) (layers []string, err error) {
	below, err := b.Host(ctx, "debian-13")
	if err != nil {
		return nil, err
	}
	return b.onTop(ctx, "traveller", runtime.GOARCH, below, layer{Script: travellerScript(b.Resolver)})
}

// onTop is an image made from a recipe on other layers.
func (b *Builder) onTop(ctx context.Context, name, architecture string, below []string, recipe layer) (layers []string, err error) {
	recipe.Base = filepath.Base(below[0])
	tree, err := b.cached(ctx, name, recipe, func(ctx context.Context, partial string) error {
		return emulating(ctx, architecture, func() error {
			if err := writeFiles(partial, recipe.Files); err != nil {
				return err
			}
			return b.runInOverlay(ctx, below, partial, recipe.Script)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("building image %q: %w", name, err)
	}
	return append([]string{tree}, below...), nil
}

func (b *Builder) base(ctx context.Context, name string, recipe base) (string, error) {
	return b.cached(ctx, name, recipe, func(ctx context.Context, partial string) error {
		return emulating(ctx, recipe.Arch, func() error {
			if err := debootstrap(ctx, recipe, partial); err != nil {
				return err
			}
			if err := writeFiles(partial, recipe.Files); err != nil {
				return err
			}
			return runInTree(ctx, partial, recipe.Script)
		})
	})
}

// cached returns the folder that a recipe's result is in. If there is none,
// build makes it under another name, so that a half-made one is never used.
func (b *Builder) cached(ctx context.Context, name string, recipe any, build func(ctx context.Context, partial string) error) (string, error) {
	hash, err := key(recipe)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(b.Folder, "images")
	result := filepath.Join(folder, name+"_"+hash)
	unlock, err := repo.Lock(folder)
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(result); err == nil {
		return result, nil
	}
	if err := discard(folder, name); err != nil {
		return "", err
	}
	began := time.Now()
	b.say("building image %q, once; this takes some minutes", name)
	partial := result + partialSuffix
	if err := build(ctx, partial); err != nil {
		return "", err
	}
	if err := os.Rename(partial, result); err != nil {
		return "", fmt.Errorf("keeping the image: %w", err)
	}
	b.say("built image %q in %.0f s", name, time.Since(began).Seconds())
	return result, nil
}

const partialSuffix = ".partial"

// discard removes the images that an older recipe of that name led to, and
// the remains of a killed builder.
func discard(folder, name string) error {
	old, err := filepath.Glob(filepath.Join(folder, name+"_*"))
	if err != nil {
		return fmt.Errorf("looking for old images: %w", err)
	}
	var errs []error
	for _, tree := range old {
		errs = append(errs, os.RemoveAll(tree))
	}
	return errors.Join(errs...)
}

func (b *Builder) say(format string, args ...any) {
	if b.Progress != nil {
		b.Progress(fmt.Sprintf(format, args...))
	}
}

func writeFiles(tree string, files []file) error {
	for _, f := range files {
		path := filepath.Join(tree, f.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("writing %q: %w", path, err)
		}
		if err := os.WriteFile(path, []byte(f.Text), os.FileMode(f.Mode)); err != nil {
			return fmt.Errorf("writing %q: %w", path, err)
		}
	}
	return nil
}

// isolated runs a shell script with mounts and processes of its own: when it
// ends, or is killed, or this process is, none of them is left.
func isolated(ctx context.Context, script string, args ...string) error {
	argv := []string{
		"unshare", "--mount", "--pid", "--fork", "--kill-child",
		"env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "HOME=/root",
		"sh", "-euc", script, "sh",
	}
	_, err := command.Run(ctx, nil, append(argv, args...)...)
	return err
}

func debootstrap(ctx context.Context, r base, tree string) error {
	return isolated(ctx, `http_proxy=$1 exec debootstrap --variant=minbase --arch="$2" --include="$3" "$4" "$5" "$6"`,
		r.Proxy, r.Arch, strings.Join(r.Packages, ","), r.Suite, tree, r.Mirror)
}

func runInTree(ctx context.Context, tree, script string) error {
	return isolated(ctx, `mount -t proc proc "$1/proc"; exec chroot "$1" sh -c "$2"`, tree, script)
}

// runInOverlay runs a script in a tree that is made of layers and an empty
// one, which gets everything that the script writes.
func (b *Builder) runInOverlay(ctx context.Context, below []string, partial, script string) error {
	work := partial + ".work" + partialSuffix
	defer os.RemoveAll(work)
	const mount = `
mkdir -p "$2" "$3/work" "$3/root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3/work" "$3/root"
mount -t proc proc "$3/root/proc"
exec chroot "$3/root" sh -c "$4"`
	return isolated(ctx, mount, strings.Join(below, ":"), partial, work, script)
}
