// Package host is the only code of the host binary that touches an operating
// system: files under a root directory, commands, sockets and a lock. It
// decides nothing about what a host should be.
//
// Whoever holds a Reader cannot change the host: it has no method that
// writes, and it refuses every command that it does not know to be a query.
package host

import (
	"context"
	"io/fs"
)

// Reader looks at a host. Paths are absolute and stand below the root.
type Reader interface {
	// ReadFile returns a file's content, or an error that is fs.ErrNotExist.
	ReadFile(path string) ([]byte, error)
	// Stat describes what stands at path, and does not follow a link.
	Stat(path string) (Info, error)
	// ReadDir returns the names in a directory, sorted.
	ReadDir(path string) ([]string, error)
	// Query runs a command that changes nothing, and returns what it prints.
	Query(ctx context.Context, args ...string) (string, error)
	// Ask puts a question that changes nothing to a management socket, and
	// returns the answer, as Runner.Talk does.
	Ask(ctx context.Context, socket, question string) (string, error)
}

// Writer looks at a host and changes it.
type Writer interface {
	Reader
	// WriteFile puts a file in place at once and for good: whoever reads path,
	// also after a crash, sees the old content or the new one, never a part.
	WriteFile(path string, content []byte, mode fs.FileMode) error
	// MakeDir makes a directory and those above it, and sets its mode.
	MakeDir(path string, mode fs.FileMode) error
	// Remove removes a file, or an empty directory. Nothing there is no error.
	Remove(path string) error
	// Run runs a command that changes the host.
	Run(ctx context.Context, args ...string) (string, error)
	// Tell gives an order to a management socket, and returns the answer, as
	// Runner.Talk does.
	Tell(ctx context.Context, socket, order string) (string, error)
}

// Info is what is known of a path.
type Info struct {
	Mode fs.FileMode // type and permissions
	Ours bool        // owned by whoever runs this program, root on a real host
}

// Runner reaches the programs of a host.
type Runner interface {
	// Run runs a command and returns its standard output. Arguments never hold
	// a secret, because every user of the host sees them.
	Run(ctx context.Context, args ...string) (string, error)
	// Talk sends one line to a Unix socket that speaks OpenVPN's management
	// protocol, and returns the answer: the lines before END, or the one line
	// that begins with SUCCESS. One that begins with ERROR is a Refusal. Nobody
	// there is fs.ErrNotExist or syscall.ECONNREFUSED.
	Talk(ctx context.Context, socket, line string) (string, error)
}

// NewReader returns a Reader of the tree below root.
func NewReader(root string, runner Runner) Reader { return reader{root, runner} }

// NewWriter returns a Writer of the tree below root.
func NewWriter(root string, runner Runner) Writer { return writer{reader{root, runner}} }
