//go:build !linux

package netns

import "errors"

// Do needs Linux.
func Do(string, func() error) error {
	return errors.New("network namespaces need Linux")
}

// Inside is never true without Linux.
func Inside(string) bool { return false }

// ForgetConnections needs Linux.
func ForgetConnections(string) error {
	return errors.New("tracked connections need Linux")
}
