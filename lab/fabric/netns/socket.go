package netns

import (
	"context"
	"net"
)

// Listen opens a listening socket in a namespace. The address is numeric,
// because names would be looked up outside.
func Listen(ctx context.Context, name, network, address string) (net.Listener, error) {
	var listener net.Listener
	err := Do(name, func() (err error) {
		listener, err = new(net.ListenConfig).Listen(ctx, network, address)
		return err
	})
	return listener, err
}

// ListenPacket opens a socket for datagrams in a namespace. The address is
// numeric.
func ListenPacket(ctx context.Context, name, network, address string) (net.PacketConn, error) {
	var conn net.PacketConn
	err := Do(name, func() (err error) {
		conn, err = new(net.ListenConfig).ListenPacket(ctx, network, address)
		return err
	})
	return conn, err
}

// Dial connects from inside a namespace. The address is numeric.
func Dial(ctx context.Context, name, network, address string) (net.Conn, error) {
	var conn net.Conn
	err := Do(name, func() (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}
