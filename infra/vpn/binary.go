package vpn

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"tripvpn/infra/config"
)

// Binary is the host binary, built for one architecture.
type Binary struct {
	Path   string
	SHA256 string // hexadecimal
}

// BuildBinary builds the host binary from the checkout in root. The same sources
// give the same bytes. The binary stays in root/.build, so that the Go tool skips
// the next build if nothing changed.
func BuildBinary(ctx context.Context, root string, a config.Architecture) (Binary, error) {
	path := filepath.Join(root, ".build", "tripvpn-bootstrap-linux-"+string(a))
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", path, "./bootstrap")
	build.Dir = root
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+string(a), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return Binary{}, fmt.Errorf("building the host binary for %s with %q in %q: %w\n%s", a, build.Args, root, err, output)
	}
	sum, err := sha256File(path)
	return Binary{path, sum}, err
}

func sha256File(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hashing the host binary: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("hashing the host binary %q: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
