package traveller

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJudge(t *testing.T) {
	wrap := func(err error) error { return fmt.Errorf("x: %w", &net.OpError{Op: "dial", Err: err}) }
	for want, errs := range map[Answer][]error{
		Open:    {nil},
		Refused: {wrap(os.NewSyscallError("connect", syscall.ECONNREFUSED))},
		Silent:  {wrap(os.ErrDeadlineExceeded), wrap(context.DeadlineExceeded), wrap(syscall.ETIMEDOUT)},
	} {
		for _, err := range errs {
			got, err := judge(err)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
	for _, err := range []error{errors.New("bad address"), wrap(syscall.ENETUNREACH), context.Canceled} {
		_, got := judge(err)
		require.ErrorIs(t, got, err, "no sign of the port's state")
	}
}
