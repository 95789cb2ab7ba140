package serve

import (
	"net"
	"sync"
)

// onlyConn is a connection and the listener that yields it, and nothing else,
// so that a gRPC server ends with the one connection it serves.
type onlyConn struct {
	net.Conn
	first  sync.Once
	once   sync.Once
	closed chan struct{}
}

// only wraps a connection in a listener that yields it once.
func only(conn net.Conn) *onlyConn {
	return &onlyConn{Conn: conn, closed: make(chan struct{})}
}

// Accept returns the connection, and from then on waits for its end.
func (c *onlyConn) Accept() (net.Conn, error) {
	var conn net.Conn
	c.first.Do(func() { conn = c })
	if conn != nil {
		return conn, nil
	}
	<-c.closed
	return nil, net.ErrClosed
}

// Close closes the connection, and with it the listener.
func (c *onlyConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// Addr is the address the connection was accepted on.
func (c *onlyConn) Addr() net.Addr { return c.LocalAddr() }
