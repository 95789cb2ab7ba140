package fabric_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/fabric/operator/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m, nil) }

const region = "eu-central-1"

var (
	world  = netip.MustParsePrefix("0.0.0.0/0")
	world6 = netip.MustParsePrefix("::/0")

	allOut = []fabric.Rule{{Protocol: "all", Peer: world}, {Protocol: "all", Peer: world6}}
)

func admit(protocol string, port uint16, peer netip.Prefix) fabric.Rule {
	return fabric.Rule{Ingress: true, Protocol: protocol, FromPort: port, ToPort: port, Peer: peer}
}

// lab is a fabric with one host in one region, and a traveller.
type lab struct {
	*fabric.Fabric
	host, traveller *fabric.Link
	public          netip.Addr
	public6         netip.Addr
}

func host(t *testing.T, f *fabric.Fabric, region string, n byte, rules []fabric.Rule) (*fabric.Link, fabric.Addresses) {
	t.Helper()
	addresses, err := f.Addresses(region)
	require.NoError(t, err)
	gateway6 := addresses.IPv6.Addr().Next()
	address6 := addresses.IPv6.Addr().As16()
	address6[15] = n
	link, err := f.Join(context.Background(), region, fabric.Host{
		Name:     fmt.Sprintf("%s-%d", region, n),
		Gateway:  netip.MustParsePrefix("10.86.0.1/24"),
		Address:  netip.AddrFrom4([4]byte{10, 86, 0, n}),
		Gateway6: netip.PrefixFrom(gateway6, 64),
		Address6: netip.AddrFrom16(address6),
	}, rules)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, link.Remove(context.Background())) })
	return link, addresses
}

func start(t *testing.T, rules []fabric.Rule) lab {
	t.Helper()
	labtest.Require(t)
	l := lab{Fabric: fabric.New()}
	var addresses fabric.Addresses
	l.host, addresses = host(t, l.Fabric, region, 10, rules)
	l.public, l.public6 = addresses.Elastic.Addr(), l.host.Address6()

	traveller, err := l.Traveller(context.Background(), "darrell")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, traveller.Remove(context.Background())) })
	l.traveller = traveller
	return l
}

func (l lab) mapped(t *testing.T) lab {
	t.Helper()
	require.NoError(t, l.Map(context.Background(), region, l.public, l.host.Address()))
	return l
}

// tellCaller serves TCP in a namespace: every caller is told its own address.
func tellCaller(t *testing.T, namespace string, address netip.Addr, port uint16) {
	t.Helper()
	listener, err := netns.Listen(context.Background(), namespace, "tcp", netip.AddrPortFrom(address, port).String())
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			caller := conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()
			io.WriteString(conn, caller.String())
			conn.Close()
		}
	}()
}

// call returns what a server says, and gives up after half a second.
func call(namespace string, address netip.Addr, port uint16) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	conn, err := netns.Dial(ctx, namespace, "tcp", netip.AddrPortFrom(address, port).String())
	if err != nil {
		return "", err
	}
	defer conn.Close()
	said, err := io.ReadAll(conn)
	return string(said), err
}

func TestElasticAddressWorksBothWays(t *testing.T) {
	l := start(t, append(allOut, admit("tcp", 22, world), admit("tcp", 22, world6))).mapped(t)
	tellCaller(t, l.host.Namespace(), l.host.Address(), 22)
	tellCaller(t, l.host.Namespace(), l.host.Address6(), 22)
	tellCaller(t, l.traveller.Namespace(), l.traveller.Address(), 8080)
	tellCaller(t, l.traveller.Namespace(), l.traveller.Address6(), 8080)

	said, err := call(l.traveller.Namespace(), l.public, 22)
	require.NoError(t, err)
	require.Equal(t, l.traveller.Address().String(), said, "the host sees the caller's address")

	said, err = call(l.host.Namespace(), l.traveller.Address(), 8080)
	require.NoError(t, err)
	require.Equal(t, l.public.String(), said, "the host is seen by its public address")

	said, err = call(l.traveller.Namespace(), l.public6, 22)
	require.NoError(t, err)
	require.Equal(t, l.traveller.Address6().String(), said)

	said, err = call(l.host.Namespace(), l.traveller.Address6(), 8080)
	require.NoError(t, err)
	require.Equal(t, l.public6.String(), said, "IPv6 is routed as it is")

	said, err = call(fabric.Operator, l.public, 22)
	require.NoError(t, err)
	require.Equal(t, fabric.OperatorAddress.String(), said)
}

func TestUnmappedHostHasNoWayOutOrIn(t *testing.T) {
	l := start(t, append(allOut, admit("tcp", 22, world))).mapped(t)
	tellCaller(t, l.host.Namespace(), l.host.Address(), 22)
	tellCaller(t, l.traveller.Namespace(), l.traveller.Address(), 8080)
	_, err := call(l.traveller.Namespace(), l.public, 22)
	require.NoError(t, err)

	require.NoError(t, l.Unmap(context.Background(), region, l.public))
	_, err = call(l.host.Namespace(), l.traveller.Address(), 8080)
	require.Error(t, err)
	_, err = call(l.traveller.Namespace(), l.public, 22)
	require.Error(t, err)
	require.NoError(t, l.Unmap(context.Background(), region, l.public), "unmapping twice")
}

// TestMovedAddressTakesItsConnectionsAlong has a client that goes on sending
// from the same port, as OpenVPN does.
func TestMovedAddressTakesItsConnectionsAlong(t *testing.T) {
	ctx := context.Background()
	l := start(t, append(allOut, admit("udp", 1194, world))).mapped(t)
	second, _ := host(t, l.Fabric, region, 11, append(allOut, admit("udp", 1194, world)))
	echoName(t, l.host)
	echoName(t, second)
	conn, err := netns.Dial(ctx, l.traveller.Namespace(), "udp", netip.AddrPortFrom(l.public, 1194).String())
	require.NoError(t, err)
	defer conn.Close()
	require.Equal(t, l.host.Namespace(), ask(t, conn))

	require.NoError(t, l.Unmap(ctx, region, l.public))
	require.NoError(t, l.Map(ctx, region, l.public, second.Address()))
	require.Equal(t, second.Namespace(), ask(t, conn))
}

// echoName answers every datagram to port 1194 with the namespace's name.
func echoName(t *testing.T, l *fabric.Link) {
	t.Helper()
	var server *net.UDPConn
	require.NoError(t, netns.Do(l.Namespace(), func() (err error) {
		server, err = net.ListenUDP("udp4", &net.UDPAddr{Port: 1194})
		return err
	}))
	t.Cleanup(func() { server.Close() })
	go func() {
		buffer := make([]byte, 64)
		for _, from, err := server.ReadFromUDP(buffer); err == nil; _, from, err = server.ReadFromUDP(buffer) {
			server.WriteToUDP([]byte(l.Namespace()), from)
		}
	}()
}

func ask(t *testing.T, conn net.Conn) string {
	t.Helper()
	_, err := conn.Write([]byte("who are you?"))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(2*time.Second)))
	answer := make([]byte, 64)
	n, err := conn.Read(answer)
	require.NoError(t, err)
	return string(answer[:n])
}

func TestFilterAdmitsOnlyWhatItNames(t *testing.T) {
	l := start(t, append(allOut, admit("tcp", 22, netip.PrefixFrom(fabric.OperatorAddress, 32)))).mapped(t)
	tellCaller(t, l.host.Namespace(), l.host.Address(), 22)
	tellCaller(t, l.host.Namespace(), l.host.Address(), 23)

	_, err := call(fabric.Operator, l.public, 22)
	require.NoError(t, err)
	_, err = call(fabric.Operator, l.public, 23)
	require.ErrorContains(t, err, "timeout", "a closed port does not answer")
	_, err = call(l.traveller.Namespace(), l.public, 22)
	require.ErrorContains(t, err, "timeout", "not the traveller's port")

	rules := append(allOut, admit("tcp", 23, world))
	require.NoError(t, l.Filter(context.Background(), region, region+"-10", rules))
	_, err = call(l.traveller.Namespace(), l.public, 23)
	require.NoError(t, err)
	_, err = call(fabric.Operator, l.public, 22)
	require.ErrorContains(t, err, "timeout")

	require.NoError(t, l.Filter(context.Background(), region, region+"-10", nil))
	_, err = call(l.traveller.Namespace(), l.public, 23)
	require.ErrorContains(t, err, "timeout")
}

func TestNothingLeavesWithoutARule(t *testing.T) {
	l := start(t, []fabric.Rule{admit("tcp", 22, world)}).mapped(t)
	tellCaller(t, l.host.Namespace(), l.host.Address(), 22)
	tellCaller(t, l.traveller.Namespace(), l.traveller.Address(), 8080)

	_, err := call(l.host.Namespace(), l.traveller.Address(), 8080)
	require.ErrorContains(t, err, "timeout")
	_, err = call(l.traveller.Namespace(), l.public, 22)
	require.NoError(t, err, "answers pass")
}

func TestForgedSourceDoesNotLeave(t *testing.T) {
	l := start(t, allOut).mapped(t)
	ctx := context.Background()
	tellCaller(t, l.traveller.Namespace(), l.traveller.Address(), 8080)
	_, err := call(l.host.Namespace(), l.traveller.Address(), 8080)
	require.NoError(t, err)

	// As a server does that forwards from its tunnel without translating.
	require.NoError(t, netns.IP(ctx, l.host.Namespace(),
		"address add 10.8.0.2/32 dev lo",
		"route replace default via 10.86.0.1 src 10.8.0.2"))
	_, err = call(l.host.Namespace(), l.traveller.Address(), 8080)
	require.ErrorContains(t, err, "timeout")
}

func TestHostsOfASubnetMeetTheFilter(t *testing.T) {
	l := start(t, append(allOut, admit("tcp", 22, world)))
	neighbour, _ := host(t, l.Fabric, region, 11, allOut)
	for _, port := range []uint16{22, 23} {
		tellCaller(t, l.host.Namespace(), l.host.Address(), port)
	}
	said, err := call(neighbour.Namespace(), l.host.Address(), 22)
	require.NoError(t, err)
	require.Equal(t, neighbour.Address().String(), said)
	_, err = call(neighbour.Namespace(), l.host.Address(), 23)
	require.ErrorContains(t, err, "timeout")
}

func TestRegionsMayUseTheSamePrivateAddresses(t *testing.T) {
	l := start(t, append(allOut, admit("tcp", 22, world))).mapped(t)
	twin, addresses := host(t, l.Fabric, "us-east-1", 10, append(allOut, admit("tcp", 22, world)))
	require.Equal(t, l.host.Address(), twin.Address())
	require.NoError(t, l.Map(context.Background(), "us-east-1", addresses.Elastic.Addr(), twin.Address()))
	tellCaller(t, twin.Namespace(), twin.Address(), 22)

	said, err := call(l.host.Namespace(), addresses.Elastic.Addr(), 22)
	require.NoError(t, err)
	require.Equal(t, l.public.String(), said)
}

func TestTravellerDoesNotReachPrivateAddresses(t *testing.T) {
	l := start(t, append(allOut, admit("tcp", 22, world))).mapped(t)
	tellCaller(t, l.host.Namespace(), l.host.Address(), 22)
	_, err := call(l.traveller.Namespace(), l.public, 22)
	require.NoError(t, err)
	_, err = call(l.traveller.Namespace(), l.host.Address(), 22)
	require.ErrorContains(t, err, "unreachable")
}

func TestRenewLosesWhatWasSetInside(t *testing.T) {
	l := start(t, append(allOut, admit("tcp", 22, world))).mapped(t)
	ctx := context.Background()
	ns := l.host.Namespace()
	require.NoError(t, netns.Sysctl(ns, "net.ipv4.ip_forward", "1"))
	require.NoError(t, netns.NFT(ctx, ns, "table ip mine {}\n"))

	require.NoError(t, l.host.Renew(ctx))
	require.NoError(t, netns.Do(ns, func() error {
		forward, err := os.ReadFile("/proc/sys/net/ipv4/ip_forward")
		require.NoError(t, err)
		require.Equal(t, "0\n", string(forward))
		return nil
	}))
	require.Error(t, netns.NFT(ctx, ns, "delete table ip mine\n"))

	tellCaller(t, ns, l.host.Address(), 22)
	_, err := call(l.traveller.Namespace(), l.public, 22)
	require.NoError(t, err, "the network works again, with the old filter and mapping")
}

func TestRouterLivesAsLongAsItsHosts(t *testing.T) {
	l := start(t, nil)
	second, _ := host(t, l.Fabric, "us-east-1", 20, nil)
	require.True(t, netns.Exists("tvl-r-us-east-1"))
	require.NoError(t, second.Remove(context.Background()))
	require.False(t, netns.Exists("tvl-r-us-east-1"))
	require.False(t, netns.Exists("tvl-h-us-east-1-20"))
	require.True(t, netns.Exists("tvl-r-"+region))
}

func TestRefusals(t *testing.T) {
	l := start(t, nil)
	ctx := context.Background()
	taken := fabric.Host{Name: "i-99", Gateway: netip.MustParsePrefix("10.86.0.1/24"), Address: l.host.Address()}
	_, err := l.Join(ctx, region, taken, nil)
	require.EqualError(t, err, `attaching "i-99" to region "eu-central-1": address 10.86.0.10 is that of "eu-central-1-10"`)

	err = l.Map(ctx, region, netip.MustParseAddr("203.0.113.99"), l.host.Address())
	require.ErrorContains(t, err, "the region's public addresses are 203.0.113.0/28")

	require.NoError(t, l.Map(ctx, region, l.public, l.host.Address()))
	err = l.Map(ctx, region, l.public.Next(), l.host.Address())
	require.ErrorContains(t, err, "203.0.113.0 means it already")

	err = l.Filter(ctx, region, "i-99", nil)
	require.ErrorContains(t, err, "there is no such host")
}
