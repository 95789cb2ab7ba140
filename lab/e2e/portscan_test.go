package e2e

import (
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// withstandsScan scans all ports of the server, over TCP and UDP and both IP versions.
// The datagrams are first packets of clients with the right key, because OpenVPN answers
// no others.
func (c *trip) withstandsScan(t *testing.T) {
	key, err := c.spec(t).Identity.ControlChannelKey()
	require.NoError(t, err)
	packet, _, err := key.Probe(rand.Reader)
	require.NoError(t, err)
	syn := func(from, to netip.AddrPort) []byte { return segment(from, to, 0x02) }
	first := func(from, to netip.AddrPort) []byte { return datagram(from, to, packet) }
	for family, address := range map[string]string{"4": c.endpoint, "6": c.address6(t, region).String()} {
		server := netip.MustParseAddr(address)
		t.Run("IPv"+family, func(t *testing.T) {
			require.Equal(t, []uint16{443}, c.scan(t, "ip"+family+":tcp", netip.AddrPortFrom(server, 443), syn))
			require.Equal(t, []uint16{1194}, c.scan(t, "ip"+family+":udp", netip.AddrPortFrom(server, 1194), first))
		})
	}
}

// scan sends a packet to each port of an address, and returns the ports that answer. An
// answer from the port that is known to answer, to a packet after all others, ends it.
func (c *trip) scan(t *testing.T, network string, known netip.AddrPort, packet func(from, to netip.AddrPort) []byte) []uint16 {
	t.Helper()
	conn, err := c.traveller.Dial(t.Context(), network, known.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	own, err := netip.ParseAddr(conn.LocalAddr().String())
	require.NoError(t, err)
	scanning, last := netip.AddrPortFrom(own, 50000), netip.AddrPortFrom(own, 50001)

	var answered []uint16
	var reading sync.WaitGroup
	reading.Go(func() {
		text := make([]byte, 2048)
		for {
			n, _, err := conn.(*net.IPConn).ReadFrom(text) // without the IP header
			if err != nil {
				return
			}
			from, to, isReset := binary.BigEndian.Uint16(text), binary.BigEndian.Uint16(text[2:]), n >= 14 && network[4:] == "tcp" && text[13]&0x04 != 0
			switch {
			case to == last.Port() && from == known.Port():
				return
			case to == scanning.Port() && !isReset && !slices.Contains(answered, from):
				answered = append(answered, from)
			}
		}
	})
	for port := 1; port <= 65535; port++ {
		_, err := conn.Write(packet(scanning, netip.AddrPortFrom(known.Addr(), uint16(port))))
		require.NoError(t, err)
	}
	_, err = conn.Write(packet(last, known))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	reading.Wait()
	slices.Sort(answered)
	return answered
}
