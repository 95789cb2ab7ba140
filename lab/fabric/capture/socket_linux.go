package capture

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tripvpn/lab/fabric/netns"
)

// socket receives all frames of one device (packet(7)).
type socket struct {
	file *os.File
	raw  syscall.RawConn
}

const (
	everyProtocol = unix.ETH_P_ALL<<8&0xff00 | unix.ETH_P_ALL>>8 // in network byte order
	queue         = 16 << 20                                     // of frames not read yet, bytes
	largest       = 128 << 10                                    // of a frame, bytes: what a device would split has up to 64 KiB
)

func open(namespace, device string) (*socket, error) {
	var fd int
	err := netns.Do(namespace, func() error {
		found, err := net.InterfaceByName(device)
		if err != nil {
			return err
		}
		// Without a protocol it receives nothing until it is bound to the device.
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return os.NewSyscallError("socket", err)
		}
		err = errors.Join(
			unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, queue),
			unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: everyProtocol, Ifindex: found.Index}),
		)
		if err != nil {
			unix.Close(fd)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "packets of "+device)
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &socket{file, raw}, nil
}

// read gives each frame to take, until interrupt, and closes the socket. The data is
// valid during the call. It fails if a frame was lost.
func (s *socket) read(take func(data []byte, sent bool)) error {
	defer s.file.Close()
	var failed error
	buffer := make([]byte, largest)
	queued := func(fd uintptr) (done bool) {
		done, failed = receive(int(fd), buffer, take)
		return done
	}
	err := s.raw.Read(queued)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = s.raw.Control(func(fd uintptr) { queued(fd) }) // what arrived before the interruption
	}
	var lost error
	return errors.Join(err, failed, s.raw.Control(func(fd uintptr) { lost = losses(int(fd)) }), lost)
}

// receive takes all frames in the queue. It is done if the socket failed.
func receive(fd int, buffer []byte, take func([]byte, bool)) (done bool, err error) {
	for {
		n, from, err := unix.Recvfrom(fd, buffer, unix.MSG_TRUNC)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return false, nil
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return true, os.NewSyscallError("recvfrom", err)
		case n > len(buffer):
			return true, fmt.Errorf("a frame has %d bytes", n)
		}
		// What the router does not send comes from the host.
		link, ok := from.(*unix.SockaddrLinklayer)
		take(buffer[:n], ok && link.Pkttype != unix.PACKET_OUTGOING)
	}
}

func losses(fd int) error {
	statistics, err := unix.GetsockoptTpacketStats(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil && statistics.Drops > 0 {
		err = fmt.Errorf("%d frames were lost", statistics.Drops)
	}
	return err
}

// interrupt ends read.
func (s *socket) interrupt() { s.file.SetReadDeadline(time.Now()) }
