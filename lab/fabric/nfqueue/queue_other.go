//go:build !linux

package nfqueue

import "errors"

// Queue needs Linux.
type Queue struct{}

// Open needs Linux.
func Open(string, uint16, uint32) (*Queue, error) {
	return nil, errors.New("queues of packets need Linux")
}

// Receive is never called without Linux, and so are the others.
func (*Queue) Receive() ([]Packet, error) { return nil, nil }

// Pass does nothing.
func (*Queue) Pass(Packet) error { return nil }

// Drop does nothing.
func (*Queue) Drop(Packet) error { return nil }

// Close does nothing.
func (*Queue) Close() {}
