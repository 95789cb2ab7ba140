package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
)

// sizes are those of common paths, in bytes with the IP header: the Internet's, PPPoE's,
// tunnels', and IPv6's minimum.
var sizes = []int{fullSize, 1492, 1460, 1400, 1280}

const (
	pathAttempts = 2
	pathPatience = time.Second // of each attempt
)

var errNoUDP = errors.New("not measured: no server answers over UDP")

// lookAtPath measures the path to the first server that answers over UDP, with padded
// first packets of a handshake that no router may divide.
func (f Facts) lookAtPath(ctx context.Context) MTU {
	at := slices.IndexFunc(f.Servers, func(s Server) bool { return s.Remote.Protocol == spec.UDP && s.Contact.Answers() })
	if at < 0 {
		return MTU{Err: errNoUDP}
	}
	arrived, told := make([]bool, len(sizes)), make([]bool, len(sizes))
	errs := make([]error, len(sizes))
	var running sync.WaitGroup
	for i, size := range sizes {
		running.Go(func() { arrived[i], told[i], errs[i] = arrives(ctx, f.Servers[at], f.Profile.Client, size) })
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return MTU{Err: errors.New("not measured: this system does not let a program forbid that packets are divided")}
	}
	largest := slices.Index(arrived, true)
	if largest < 0 {
		return MTU{Err: errors.New("not measured: the server does not answer large packets")}
	}
	return MTU{Bytes: sizes[largest], Told: largest == 0 || told[largest-1]}
}

// arrives reports whether the server answers a packet of that size, or else whether the
// network or this machine reports that it is too large.
func arrives(ctx context.Context, s Server, client controlchannel.Client, size int) (arrived, told bool, err error) {
	dialer := net.Dialer{ControlContext: undivided}
	conn, err := dialer.DialContext(ctx, "udp", s.Address.String())
	if err != nil {
		return false, false, err
	}
	defer conn.Close()
	session, err := client.Start(rand.Reader)
	if err != nil {
		return false, false, err
	}
	headers := 20 + 8 // of IPv4 and UDP
	if s.Address.Addr().Is6() {
		headers += 20
	}
	padding := size - headers - len(session.Reset(0))
	for range pathAttempts {
		if _, err := conn.Write(session.Reset(padding)); err != nil {
			return false, is(err, tooLarge), nil
		}
		if err := conn.SetReadDeadline(time.Now().Add(pathPatience)); err != nil {
			return false, false, err
		}
		answer := make([]byte, 1<<11)
		n, err := conn.Read(answer)
		if is(err, tooLarge) {
			return false, true, nil
		}
		if _, err := session.Open(answer[:n]); err == nil {
			return true, false, nil
		}
	}
	return false, false, nil
}
