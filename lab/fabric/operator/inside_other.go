//go:build !linux

package operator

import "errors"

func runInside() (int, error) {
	return 1, errors.New("starting the lab: it needs Linux")
}
