package netns

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Do runs f on a thread that is in the namespace. Sockets that f opens stay
// in the namespace wherever they are used later; goroutines that f starts run
// outside.
func Do(name string, f func() error) error {
	result := make(chan error, 1)
	go func() {
		// The thread is never unlocked, so that it ends with the
		// goroutine and no other goroutine ever runs in the namespace.
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread cannot end. It is held here, so that the
			// next goroutine gets another one, and given back.
			defer runtime.UnlockOSThread()
			result <- Do(name, f)
			return
		}
		result <- enterAnd(name, f)
	}()
	return <-result
}

func enterAnd(name string, f func() error) error {
	file, err := os.Open(Path(name))
	if err != nil {
		return fmt.Errorf("opening namespace: %w", err)
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("entering namespace %q: %w", name, err)
	}
	return f()
}

// Inside reports whether this process is in the namespace.
func Inside(name string) bool {
	var own, named unix.Stat_t
	if unix.Stat("/proc/self/ns/net", &own) != nil || unix.Stat(Path(name), &named) != nil {
		return false
	}
	return own.Dev == named.Dev && own.Ino == named.Ino
}
