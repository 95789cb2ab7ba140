// Package host is the only package of the host binary that accesses the operating
// system: files under a root directory, commands, sockets and a lock. It does not
// know how a host should be set up.
//
// A Reader cannot change the host: it has no method that writes, and it refuses
// every command that is not on its list of queries.
package host

import (
	"context"
	"io/fs"
	"time"
)

// Reader reads a host's state. Paths are absolute, below the root.
type Reader interface {
	// ReadFile returns a file's content. The error is fs.ErrNotExist if there is none.
	ReadFile(path string) ([]byte, error)
	// Stat describes the entry at path, and does not follow a link.
	Stat(path string) (Info, error)
	// ReadDir returns the names in a directory, sorted.
	ReadDir(path string) ([]string, error)
	// Query runs a command that changes nothing, and returns its standard output.
	Query(ctx context.Context, args ...string) (string, error)
	// Ask sends a command that changes nothing to a management socket, and returns
	// the answer, as Runner.Talk does.
	Ask(ctx context.Context, socket, question string) (string, error)
}

// Writer reads and changes a host's state.
type Writer interface {
	Reader
	// WriteFile writes a file atomically and durably: path always holds the whole
	// old content or the whole new one, also after a crash.
	WriteFile(path string, content []byte, mode fs.FileMode) error
	// MakeDir makes a directory and its parents, and sets its mode and owner.
	MakeDir(path string, mode fs.FileMode) error
	// Remove removes a file or an empty directory. A missing path is not an error.
	Remove(path string) error
	// Run runs a command that changes the host, and returns its standard output.
	Run(ctx context.Context, args ...string) (string, error)
	// Tell sends a command that changes something to a management socket, and
	// returns the answer, as Runner.Talk does.
	Tell(ctx context.Context, socket, order string) (string, error)
}

// Info describes the entry at a path.
type Info struct {
	Mode     fs.FileMode // type and permissions
	Ours     bool        // owned by this program's user, root on a real host
	Modified time.Time   // when the content was last changed
}

// Runner runs the programs of a host.
type Runner interface {
	// Run runs a command and returns its standard output. Arguments never contain
	// a secret, because every user of the host can see them.
	Run(ctx context.Context, args ...string) (string, error)
	// Talk sends one line to a Unix socket that speaks OpenVPN's management
	// protocol, and returns the answer: the lines before END, or the one line that
	// begins with SUCCESS. An answer that begins with ERROR is a Refusal. If no
	// server listens, the error is fs.ErrNotExist or syscall.ECONNREFUSED.
	Talk(ctx context.Context, socket, line string) (string, error)
}

// NewReader returns a Reader of the tree below root.
func NewReader(root string, runner Runner) Reader { return reader{root, runner} }

// NewWriter returns a Writer of the tree below root.
func NewWriter(root string, runner Runner) Writer { return writer{reader{root, runner}} }
