package traveller

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"tripvpn/lab/fabric/netns"
)

// Beacon sends a datagram to each of some addresses every 5 ms. Its sockets
// are bound to no address, so each datagram leaves by the route that holds at
// that moment, with the address that belongs to it.
type Beacon struct {
	stop    context.CancelFunc
	running sync.WaitGroup
	sockets []net.PacketConn
}

const beaconPause = 5 * time.Millisecond

// Beacon starts to send. It skips datagrams for which there is no route.
func (t *Traveller) Beacon(ctx context.Context, targets ...netip.AddrPort) (*Beacon, error) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	b := &Beacon{stop: stop}
	for _, target := range targets {
		network := "udp4"
		if target.Addr().Is6() {
			network = "udp6"
		}
		conn, err := netns.ListenPacket(ctx, t.link.Namespace(), network, "")
		if err != nil {
			return nil, errors.Join(err, b.Stop())
		}
		b.sockets = append(b.sockets, conn)
		b.running.Go(func() { send(ctx, conn, net.UDPAddrFromAddrPort(target)) })
	}
	return b, nil
}

func send(ctx context.Context, conn net.PacketConn, target net.Addr) {
	every(ctx, beaconPause, func() { conn.WriteTo([]byte{0}, target) })
}

// Stop ends the beacon.
func (b *Beacon) Stop() error {
	b.stop()
	b.running.Wait()
	var errs []error
	for _, conn := range b.sockets {
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}
