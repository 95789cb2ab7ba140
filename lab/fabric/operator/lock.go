package operator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const lockName = "lock"

func lockPath() string { return filepath.Join(RunFolder, lockName) }

// lock is held by one lab at a time. The file names its holder, first its
// process id, then its command.
type lock struct{ file *os.File }

// heldError is another lab's lock.
type heldError struct{ holder string }

func (e heldError) Error() string {
	return fmt.Sprintf("starting the lab: another one is running (process %s); end it with `lab down`", e.holder)
}

// acquire takes the lock. If another lab has it, acquire calls waiting and
// waits, or fails if waiting is nil.
func acquire(waiting func(holder string)) (*lock, error) {
	l, err := try(unix.LOCK_EX | unix.LOCK_NB)
	var held heldError
	if !errors.As(err, &held) || waiting == nil {
		return l, err
	}
	waiting(held.holder)
	return try(unix.LOCK_EX)
}

func try(how int) (*lock, error) {
	for {
		if err := os.MkdirAll(RunFolder, 0o755); err != nil {
			return nil, fmt.Errorf("making the lab's run folder: %w", err)
		}
		file, err := os.OpenFile(lockPath(), os.O_RDWR|os.O_CREATE, 0o644)
		if errors.Is(err, os.ErrNotExist) {
			continue // the last holder was just removing the folder
		}
		if err != nil {
			return nil, fmt.Errorf("opening the lab's lock: %w", err)
		}
		if err := flock(file, how); err != nil {
			defer file.Close()
			return nil, err
		}
		if l := (&lock{file}); l.current() {
			return l, l.sign()
		}
		file.Close()
	}
}

func flock(file *os.File, how int) error {
	for {
		err := unix.Flock(int(file.Fd()), how)
		switch {
		case errors.Is(err, unix.EWOULDBLOCK):
			text, _ := os.ReadFile(lockPath())
			return heldError{holder: strings.TrimSpace(string(text))}
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("locking the lab: %w", err)
		}
		return nil
	}
}

// current reports whether the locked file is still the one at the lock's path:
// a holder removes it when it ends.
func (l *lock) current() bool {
	locked, err := l.file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(lockPath())
	return err == nil && os.SameFile(locked, named)
}

func (l *lock) sign() error {
	text := fmt.Sprintf("%d %s\n", os.Getpid(), filepath.Base(os.Args[0]))
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("signing the lab's lock: %w", err)
	}
	if _, err := l.file.WriteAt([]byte(text), 0); err != nil {
		return fmt.Errorf("signing the lab's lock: %w", err)
	}
	return nil
}

// release removes the file and the run folder while the lock is still held.
func (l *lock) release() {
	os.Remove(lockPath())
	os.Remove(RunFolder)
	l.file.Close()
}
