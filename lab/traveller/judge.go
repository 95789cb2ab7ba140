package traveller

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// judge makes an answer of how a connection went.
func judge(err error) (Answer, error) {
	switch {
	case err == nil:
		return Open, nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused, nil
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return Silent, nil
	}
	return "", err
}
