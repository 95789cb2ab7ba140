package handshake

import (
	"net"
	"time"

	"tripvpn/internal/controlchannel"
)

// link sends and receives packets whole.
type link interface {
	send(packet []byte) error
	// receive fails with os.ErrDeadlineExceeded if no packet arrives in time.
	receive() ([]byte, error)
}

// linkOver returns the link over a connection of UDP or TCP.
func linkOver(conn net.Conn) link {
	if _, stream := conn.LocalAddr().(*net.TCPAddr); stream {
		return framed{conn}
	}
	return datagrams{conn}
}

// datagrams is a link over UDP.
type datagrams struct{ net.Conn }

func (d datagrams) send(packet []byte) error {
	_, err := d.Write(packet)
	return err
}

func (d datagrams) receive() ([]byte, error) {
	if err := d.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	packet := make([]byte, 1<<16)
	n, err := d.Read(packet)
	return packet[:n], err
}

// framed is a link over TCP, which loses nothing.
type framed struct{ net.Conn }

func (f framed) send(packet []byte) error {
	_, err := f.Write(controlchannel.Frame(packet))
	return err
}

func (f framed) receive() ([]byte, error) { return controlchannel.ReadFrame(f.Conn) }
