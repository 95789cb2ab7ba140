// Package gateway serves the objects of S3 buckets with versitygw, an S3 server that checks
// signatures and their ends as S3 does. It has one user, and no bucket is public.
package gateway

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tripvpn/lab/fabric/command"
	"tripvpn/lab/poll"
	"tripvpn/lab/repo"
)

const program = "github.com/versity/versitygw/cmd/versitygw"

// Provide returns the path of the server, and builds it if it is not in the cache. The
// module tools has its version.
func Provide(ctx context.Context) (string, error) {
	root, err := repo.Root()
	if err != nil {
		return "", err
	}
	cache, err := repo.Cache()
	if err != nil {
		return "", err
	}
	list := exec.CommandContext(ctx, "go", "list", "-C", filepath.Join(root, "tools"), "-f", "{{.Module.Version}}", program)
	version, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("running %q: %w", list.Args, err)
	}
	folder := filepath.Join(cache, "versitygw-"+strings.TrimSpace(string(version)))
	unlock, err := repo.Lock(folder)
	if err != nil {
		return "", err
	}
	defer func() { _ = unlock() }() // it ends with the process in any case
	path := filepath.Join(folder, "versitygw")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	build := exec.CommandContext(ctx, "go", "build", "-C", filepath.Join(root, "tools"), "-o", path, program)
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the S3 server with %q: %w\n%s", build.Args, err, output)
	}
	return path, nil
}

// Gateway is a running server.
type Gateway struct {
	Address string // "127.0.0.1:7070"

	key, secret string
	cancel      func()
	ended       chan error
	log         command.Log
}

// Start serves a folder, in which each folder is a bucket, to clients that sign for a
// region.
func Start(ctx context.Context, folder, region string) (*Gateway, error) {
	path, err := Provide(ctx)
	if err != nil {
		return nil, err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("finding a port for the S3 server: %w", err)
	}
	g := &Gateway{Address: free.Addr().String(), key: rand.Text()[:20], secret: rand.Text(), ended: make(chan error, 1)}
	if err := free.Close(); err != nil {
		return nil, err
	}
	ctx, g.cancel = context.WithCancel(ctx)
	server := exec.CommandContext(ctx, path, "--port", g.Address, "--region", region, "posix", folder)
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+g.key, "ROOT_SECRET_KEY="+g.secret)
	server.Stdout, server.Stderr = &g.log, &g.log
	if err := server.Start(); err != nil {
		g.cancel()
		return nil, fmt.Errorf("starting the S3 server: %w", err)
	}
	go func() { g.ended <- server.Wait() }()
	waiting, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	if err := poll.Until(waiting, 50*time.Millisecond, g.answers); err != nil {
		g.Close()
		return nil, fmt.Errorf("waiting for the S3 server: %w\n%s", err, g.Log())
	}
	return g, nil
}

func (g *Gateway) answers() (bool, error) {
	connection, err := net.Dial("tcp", g.Address)
	if err != nil {
		return false, nil // not yet
	}
	return true, connection.Close()
}

// Environment makes the AWS SDK use the server, with its user's credentials.
func (g *Gateway) Environment() []string {
	return []string{
		"AWS_ENDPOINT_URL_S3=http://" + g.Address,
		"AWS_ACCESS_KEY_ID=" + g.key, "AWS_SECRET_ACCESS_KEY=" + g.secret, "AWS_SESSION_TOKEN=",
	}
}

// Log returns what the server has printed, with a line for each request.
func (g *Gateway) Log() string { return g.log.String() }

// Close ends the server.
func (g *Gateway) Close() {
	g.cancel()
	<-g.ended
}
