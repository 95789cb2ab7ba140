package operator

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a running lab may take to end.
const patience = 20 * time.Second

// Down ends a running lab, if there is one, and removes everything of it. It
// asks first, and kills a lab that has not ended after twenty seconds.
func Down(ctx context.Context) error {
	err := Clean(ctx)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		var held heldError
		if !errors.As(err, &held) {
			return err
		}
		if err := signalHolder(held.holder, signal); err != nil {
			return err
		}
		err = cleanWhenFree(ctx)
	}
	return err
}

// signalHolder signals the process that holds the lock. It lives, because a
// lock ends with its process.
func signalHolder(holder string, signal syscall.Signal) error {
	id, _, _ := strings.Cut(holder, " ")
	pid, err := strconv.Atoi(id)
	if err != nil || pid <= 1 {
		return fmt.Errorf("ending the running lab: its lock does not name its holder: %q", holder)
	}
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("ending the running lab: signalling process %d: %w", pid, err)
	}
	return nil
}

func cleanWhenFree(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := Clean(context.WithoutCancel(ctx))
		var held heldError
		if !errors.As(err, &held) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
