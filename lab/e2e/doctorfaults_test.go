package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/doctor"
	"tripvpn/internal/spec/spectest"
	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/query"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/internet"
)

// fault is one that the doctor names.
type fault struct {
	name       string
	want       []doctor.Case
	profile    func(*testing.T) string // of the device; by default as it was handed over
	begin, end func(*testing.T)        // of the fault

	environment []string // of the doctor
}

func (e *examination) cases(t *testing.T) []fault {
	return slices.Concat(e.profileFaults(), e.networkFaults(t), e.nameFaults(t), e.serverFaults(t), e.accountFaults(t))
}

func (e *examination) profileFaults() []fault {
	return []fault{
		{name: "the key of another profile", want: []doctor.Case{doctor.KeyMismatch}, profile: func(t *testing.T) string {
			return withBlock(t, e.profile, "key", spectest.New(t).Issue(t, "bert", x509.ExtKeyUsageClientAuth).Key)
		}},
		{name: "the certificate has ended", want: []doctor.Case{doctor.CertificateEnded}, profile: func(t *testing.T) string {
			return withLifetime(t, e.profile, time.Now().AddDate(-1, 0, 0), time.Now().Add(-time.Minute))
		}},
		{name: "the certificate is not valid yet", want: []doctor.Case{doctor.CertificateFuture}, profile: func(t *testing.T) string {
			return withLifetime(t, e.profile, time.Now().Add(time.Hour), time.Now().AddDate(1, 0, 0))
		}},
		{name: "the certificate is of another trip", want: []doctor.Case{doctor.DeviceRefused}, profile: func(t *testing.T) string {
			return withLifetime(t, e.profile, time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
		}},
	}
}

// withLifetime returns a profile with a certificate of another authority.
func withLifetime(t *testing.T, profile string, begin, end time.Time) string {
	t.Helper()
	authority := spectest.New(t)
	authority.NotBefore, authority.NotAfter = begin, end
	return withPair(t, profile, authority.Issue(t, "bert", x509.ExtKeyUsageClientAuth))
}

func (e *examination) networkFaults(t *testing.T) []fault {
	treat := func(verdict fabric.UDP) func(*testing.T) {
		return func(t *testing.T) { require.NoError(t, e.TreatUDP(context.Background(), verdict)) }
	}
	limit := func(p fabric.PathMTU) func(*testing.T) {
		return func(t *testing.T) { require.NoError(t, e.LimitPackets(context.Background(), p)) }
	}
	login := func(at netip.AddrPort) func(*testing.T) {
		return func(t *testing.T) { require.NoError(t, e.LoginPage(context.Background(), at)) }
	}
	return []fault{
		{name: "there is no Internet", want: []doctor.Case{doctor.NoInternet},
			begin: func(t *testing.T) { require.NoError(t, e.Unplug(context.Background())) },
			end:   func(t *testing.T) { require.NoError(t, e.Plug(context.Background())) }},
		{name: "the network has a login page", want: []doctor.Case{doctor.CaptivePortal}, begin: login(serveLogin(t)), end: login(netip.AddrPort{})},
		{name: "the clock is an hour behind", want: []doctor.Case{doctor.ClockOff}, begin: e.clock(time.Hour), end: e.clock(0)},
		{name: "UDP is dropped", want: []doctor.Case{doctor.UDPBlocked}, begin: treat(fabric.Dropped), end: treat(fabric.Passed)},
		{name: "UDP is rejected", want: []doctor.Case{doctor.UDPBlocked}, begin: treat(fabric.Rejected), end: treat(fabric.Passed)},
		{name: "large packets vanish", want: []doctor.Case{doctor.NarrowPath}, begin: limit(fabric.PathMTU{Bytes: 1280, Silent: true}), end: limit(fabric.PathMTU{})},
	}
}

// clock puts the network's time ahead.
func (e *examination) clock(ahead time.Duration) func(*testing.T) {
	return func(*testing.T) { e.world.Web.SetClock(ahead) }
}

// serveLogin starts the web server of a login page.
func serveLogin(t *testing.T) netip.AddrPort {
	t.Helper()
	at := netip.AddrPortFrom(fabric.Web, 8080)
	listener, err := netns.Listen(t.Context(), fabric.Internet, "tcp", at.String())
	require.NoError(t, err)
	server := &http.Server{Handler: http.RedirectHandler("http://login.example/", http.StatusFound)}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return at
}

// serverName is a name for the first server, in a profile as it is with a domain.
const serverName = "vpn.example.org"

func (e *examination) nameFaults(t *testing.T) []fault {
	server := netip.MustParseAddr(e.address(t, east))
	e.serveQuad9(t, server)
	named := func(t *testing.T) string {
		return strings.ReplaceAll(e.profile, "remote "+server.String()+" ", "remote "+serverName+" ")
	}
	var resolver *internet.DNS
	resolves := func(addresses ...netip.Addr) func(*testing.T) {
		return func(t *testing.T) { resolver = e.resolveLocally(t, addresses...) }
	}
	restored := func(t *testing.T) {
		require.NoError(t, resolver.Close())
		e.run(t, "mv /root/resolv.conf /etc")
	}
	return []fault{
		{name: "a name that leads to the server", profile: named, begin: resolves(server), end: restored},
		{name: "the name is not found here", want: []doctor.Case{doctor.NameUnresolved}, profile: named, begin: resolves(), end: restored},
		{name: "the name leads elsewhere here", want: []doctor.Case{doctor.NameElsewhere}, profile: named, begin: resolves(netip.MustParseAddr("192.0.2.66")), end: restored},
	}
}

// zones have the server's name, and that of the page outside.
func zones(server ...netip.Addr) internet.Zones {
	return func() []internet.Zone {
		return []internet.Zone{
			{Name: "example.org", Sets: []internet.RecordSet{{Name: serverName, Addresses: server}}},
			{Name: "firefox.com", Sets: []internet.RecordSet{{Name: "detectportal.firefox.com", Addresses: []netip.Addr{fabric.Web}}}},
		}
	}
}

// resolveLocally has the device ask a resolver of its own.
func (e *examination) resolveLocally(t *testing.T, server ...netip.Addr) *internet.DNS {
	t.Helper()
	loopback := netip.MustParseAddr("127.0.0.1")
	resolver, err := internet.ServeDNS(t.Context(), zones(server...),
		func(ctx context.Context, network, address string) (net.Listener, error) {
			return netns.Listen(ctx, e.Namespace(), network, address)
		},
		func(ctx context.Context, network, address string) (net.PacketConn, error) {
			return netns.ListenPacket(ctx, e.Namespace(), network, address)
		}, loopback)
	require.NoError(t, err)
	e.run(t, "cp /etc/resolv.conf /root; echo nameserver "+loopback.String()+" >/etc/resolv.conf")
	return resolver
}

// run runs a script on the device.
func (e *examination) run(t *testing.T, script string) {
	t.Helper()
	_, err := e.Machine().Run(context.Background(), "sh", "-euc", script)
	require.NoError(t, err)
}

// serveQuad9 answers at Quad9's address over TLS, and has the device trust its certificate.
func (e *examination) serveQuad9(t *testing.T, server ...netip.Addr) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{doctor.ResolverName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	e.placeForAll(t, doctorRoots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))

	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	resolver, err := internet.ServeDNS(t.Context(), zones(server...),
		func(ctx context.Context, network, _ string) (net.Listener, error) {
			listener, err := netns.Listen(ctx, fabric.Internet, network, net.JoinHostPort(doctor.ResolverAddress, "853"))
			if err != nil {
				return nil, err
			}
			return tls.NewListener(listener, config), nil
		},
		func(ctx context.Context, network, _ string) (net.PacketConn, error) { // nobody asks here
			return netns.ListenPacket(ctx, fabric.Internet, network, net.JoinHostPort(doctor.ResolverAddress, "853"))
		}, netip.MustParseAddr(doctor.ResolverAddress))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, resolver.Close()) })
}

func (e *examination) serverFaults(t *testing.T) []fault {
	onHost := func(script string) func(*testing.T) {
		return func(t *testing.T) {
			_, err := e.host(t).Run(context.Background(), "sh", "-euc", script)
			require.NoError(t, err)
		}
	}
	const services = "openvpn-server@" + overUDP + " openvpn-server@" + overTCP
	return []fault{
		e.closed(t, "TCP does not arrive", []string{"tcp"}, doctor.TCPBlocked),
		{name: "OpenVPN is down", want: []doctor.Case{doctor.DaemonSilent}, begin: onHost("systemctl stop " + services), end: onHost("systemctl start " + services)},
		{name: "another server has the address", want: []doctor.Case{doctor.AnotherServer}, begin: onHost(`cd /etc/openvpn/server
			for i in darrell darrell-tcp; do
				mv $i/control-channel.key /root/$i.key
				openvpn --genkey tls-crypt-v2-server $i/control-channel.key
			done
			systemctl restart ` + services),
			end: onHost(`cd /etc/openvpn/server
			for i in darrell darrell-tcp; do mv /root/$i.key $i/control-channel.key; done
			systemctl restart ` + services)},
		{name: "the device is not admitted any more", want: []doctor.Case{doctor.DeviceRefused},
			begin: onHost("cd /etc/openvpn/server; for i in darrell darrell-tcp; do mv $i/clients/bert /root/$i.bert; done"),
			end:   onHost("cd /etc/openvpn/server; for i in darrell darrell-tcp; do mv /root/$i.bert $i/clients/bert; done")},
		{name: "in two years, the server's certificate has ended, and a longer one of the device has not",
			want: []doctor.Case{doctor.ClockOff, doctor.ServerCertificate}, profile: e.withLongLeaf,
			begin: e.clock(2 * 365 * 24 * time.Hour), end: e.clock(0)},
	}
}

// withLongLeaf returns the profile with a certificate for three years.
func (e *examination) withLongLeaf(t *testing.T) string {
	issuer, issuerKey := e.certificate(t, "LocallySignedCert::darrell-intermediate"), e.signer(t, "PrivateKey::darrell-intermediate")
	leaf, key := issue(t, "bert", false, time.Now().AddDate(3, 0, 0), issuer, issuerKey)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return withPair(t, e.profile, spectest.Pair{
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})),
		Key:         string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	})
}

// closed is a fault of the first region's security group: the ports of some protocols.
func (e *examination) closed(t *testing.T, name string, protocols []string, want ...doctor.Case) fault {
	region, err := e.world.Cloud.Region(east)
	require.NoError(t, err)
	closed := map[string][]ec2.RuleSpec{} // by group
	return fault{
		name: name,
		want: want,
		begin: func(t *testing.T) {
			for _, line := range e.world.Cloud.Inventory() {
				id, here := strings.CutPrefix(line, east+" ")
				if !here || !strings.HasPrefix(id, "sg-") {
					continue
				}
				group, err := region.DescribeSecurityGroup(id)
				require.NoError(t, err)
				closed[id] = slices.DeleteFunc(slices.Clone(group.Rules), func(r ec2.RuleSpec) bool {
					return r.Egress || r.From == 22 || !slices.Contains(protocols, r.Protocol)
				})
				require.NoError(t, region.RevokeSecurityGroup(context.Background(), id, closed[id]))
			}
		},
		end: func(t *testing.T) {
			for id, rules := range closed {
				require.NoError(t, region.AuthorizeSecurityGroup(context.Background(), id, rules))
			}
		},
	}
}

// serveAWS answers for the account, for which any credentials do.
func (e *examination) serveAWS(t *testing.T) {
	t.Helper()
	at := netip.AddrPortFrom(fabric.Web, 8081).String()
	listener, err := netns.Listen(t.Context(), fabric.Internet, "tcp", at)
	require.NoError(t, err)
	server := &http.Server{Handler: query.New(e.world.Cloud)}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	e.account = []string{"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=example", "AWS_ENDPOINT_URL=http://" + at}
}

// accountFaults are those of which AWS knows more.
func (e *examination) accountFaults(t *testing.T) []fault {
	region, err := e.world.Cloud.Region(east)
	require.NoError(t, err)
	var id string
	for _, i := range region.DescribeInstances() {
		if i.State == ec2.Running {
			id = i.ID
		}
	}
	faults := []fault{
		e.closed(t, "the security group is closed", []string{"tcp", "udp"}, doctor.AddressSilent, doctor.GroupClosed),
		{name: "the instance is stopped", want: []doctor.Case{doctor.AddressSilent, doctor.InstanceDown},
			begin: func(t *testing.T) { require.NoError(t, region.StopInstance(context.Background(), id)) },
			end: func(t *testing.T) {
				require.NoError(t, region.StartInstance(context.Background(), id))
				require.NoError(t, e.host(t).AwaitBooted(within(t, time.Minute)))
			}},
		{name: "the address was released", want: []doctor.Case{doctor.AddressSilent, doctor.AddressUnused}, profile: func(t *testing.T) string {
			const released = "203.0.113.15"
			return strings.ReplaceAll(e.profile, "remote "+e.address(t, east)+" ", "remote "+released+" ")
		}},
	}
	for i := range faults {
		faults[i].environment = e.account
	}
	return faults
}
