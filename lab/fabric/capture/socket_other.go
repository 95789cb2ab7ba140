//go:build !linux

package capture

import "errors"

type socket struct{}

func open(string, string) (*socket, error) { return nil, errors.New("recording frames needs Linux") }

func (*socket) read(func([]byte, bool)) error { return nil }

func (*socket) interrupt() {}
