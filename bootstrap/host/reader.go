package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

type reader struct {
	root   string
	runner Runner
}

func (r reader) path(path string) string { return filepath.Join(r.root, path) }

func (r reader) ReadFile(path string) ([]byte, error) { return os.ReadFile(r.path(path)) }

func (r reader) Stat(path string) (Info, error) {
	info, err := os.Lstat(r.path(path))
	if err != nil {
		return Info{}, err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	return Info{Mode: info.Mode(), Ours: ok && int(owner.Uid) == os.Geteuid(), Modified: info.ModTime()}, nil
}

func (r reader) ReadDir(path string) ([]string, error) {
	entries, err := os.ReadDir(r.path(path))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, nil
}

// queries are prefixes of commands that change nothing.
var queries = [][]string{
	{"systemctl", "show"},
	{"iptables-save"},
	{"ip6tables-save"},
	{"sshd", "-T"},
	{"apt-get", "--simulate"},
	{"dpkg-query", "--show"},
}

func (r reader) Query(ctx context.Context, args ...string) (string, error) {
	for _, query := range queries {
		if len(args) >= len(query) && slices.Equal(args[:len(query)], query) {
			return r.runner.Run(ctx, args...)
		}
	}
	return "", fmt.Errorf("querying with %q: it is not on the list of queries", args)
}

// questions are prefixes of commands to a management socket that change nothing
// (doc/management-notes.txt).
var questions = []string{"status "}

func (r reader) Ask(ctx context.Context, socket, question string) (string, error) {
	for _, known := range questions {
		if strings.HasPrefix(question, known) {
			return r.runner.Talk(ctx, socket, question)
		}
	}
	return "", fmt.Errorf("asking %q: it is not on the list of questions", question)
}

// Exists reports whether path exists. It does not follow a link.
func Exists(r Reader, path string) (bool, error) {
	_, err := r.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
