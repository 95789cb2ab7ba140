//go:build !linux && !darwin && !windows

package doctor

import (
	"context"
	"errors"
	"syscall"
)

// undivided would forbid everybody to divide a socket's packets.
func undivided(context.Context, string, string, syscall.RawConn) error {
	return errors.ErrUnsupported
}

var tooLarge []error
