package doctor

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/account"
	"tripvpn/internal/controlchannel"
	"tripvpn/internal/profile"
	"tripvpn/internal/profile/profiletest"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
	"tripvpn/templates"
)

var (
	here  = netip.MustParseAddr("203.0.113.9")
	here6 = netip.MustParseAddr("2001:db8:9::9")
)

// healthy are the facts of a device for which everything works, in a network without IPv6.
func healthy(t testing.TB, hosts ...string) Facts {
	t.Helper()
	if len(hosts) == 0 {
		hosts = []string{here.String(), here6.String()}
	}
	var remotes []templates.Remote
	for _, host := range hosts {
		remotes = append(remotes, templates.Remote{Host: host, Port: 1194, Protocol: "udp"}, templates.Remote{Host: host, Port: 443, Protocol: "tcp"})
	}
	p, err := profile.Parse(profiletest.New(t, spectest.New(t), controlchannel.TLSCryptV2, spec.Modern, remotes...))
	require.NoError(t, err)
	now := time.Now()
	f := Facts{Profile: p, Now: now, Web: Web{Genuine: true, Time: now}, MTU: MTU{Bytes: 1500, Told: true}}
	for _, r := range p.Remotes {
		if _, err := netip.ParseAddr(r.Host); err != nil {
			f.Names = []Name{{Host: r.Host, Here: []netip.Addr{here}, Reference: []netip.Addr{here}}}
		}
	}
	f.Account = []account.Server{{Address: here, Region: "eu-west-1", State: "running"}}
	f.Servers = servers(p.Remotes, f.Names)
	for i := range f.Servers {
		f.Servers[i].Contact = Admits
		if f.Servers[i].Address.Addr().Is6() {
			f.Servers[i].Contact = NoRoute
		}
	}
	return f
}

// meets sets the contacts over UDP and TCP at IPv4 addresses.
func (f *Facts) meets(udp, tcp Contact) {
	for i, s := range f.Servers {
		if !s.Address.Addr().Is4() {
			continue
		}
		f.Servers[i].Contact = udp
		if s.Remote.Protocol == spec.TCP {
			f.Servers[i].Contact = tcp
		}
	}
}

func TestNothingIsWrong(t *testing.T) {
	for _, f := range []Facts{healthy(t), healthy(t, "vpn.example.org")} {
		findings := Judge(f, "linux", "a.ovpn")
		require.False(t, Failed(findings))
		for _, finding := range findings {
			ipv6 := strings.Contains(finding.Check, here6.String())
			require.Equal(t, finding.Check == "devices" || ipv6, finding.Result == Unknown, "%+v", finding)
			require.Empty(t, finding.Case)
		}
	}
}

// TestEachCase requires that a fault gives these lines, by the first word of the check, and
// no other failure.
func TestEachCase(t *testing.T) {
	elsewhere := netip.MustParseAddr("192.0.2.66")
	lost := errors.New("lost")
	seen := map[Case]bool{}
	for name, test := range map[string]struct {
		named bool
		fault func(*Facts)
		want  map[string]Case // an empty case is a line that is unknown
	}{
		"the key of another profile": {false, func(f *Facts) { f.Profile.Key = healthy(t).Profile.Key; f.meets(Rejects, Rejects) },
			map[string]Case{"key": KeyMismatch, "udp": "", "tcp": ""}},
		"the certificate has ended": {false, func(f *Facts) { f.shift(2 * 365 * 24 * time.Hour); f.meets(Rejects, Rejects) },
			map[string]Case{"certificate": CertificateEnded, "udp": "", "tcp": ""}},
		"the certificate begins later": {false, func(f *Facts) { f.shift(-2 * time.Hour); f.meets(Rejects, Rejects) },
			map[string]Case{"certificate": CertificateFuture, "udp": "", "tcp": ""}},
		"the clock is ahead":                              {false, func(f *Facts) { f.Now = f.Now.AddDate(2, 0, 0) }, map[string]Case{"clock": ClockOff}},
		"the clock is behind, and the certificate is new": {false, func(f *Facts) { f.Now = f.Now.Add(-2 * time.Hour) }, map[string]Case{"clock": ClockOff}},
		"no cable": {true, func(f *Facts) {
			f.Web, f.Names[0].HereErr, f.Names[0].RefErr = Web{Err: lost}, lost, lost
			f.Servers = nil
		}, map[string]Case{"internet": NoInternet, "clock": "", "name": ""}},
		"no Internet": {false, func(f *Facts) { f.Web = Web{Err: lost}; f.meets(Silent, NoRoute) },
			map[string]Case{"internet": NoInternet, "clock": "", "udp": "", "tcp": ""}},
		"a login page": {true, func(f *Facts) { f.Web = Web{Time: f.Now}; f.meets(Silent, Mute) },
			map[string]Case{"internet": CaptivePortal, "clock": "", "name": "", "udp": "", "tcp": ""}},
		"only the page does not answer": {false, func(f *Facts) { f.Web = Web{Err: lost} }, map[string]Case{"internet": "", "clock": ""}},
		"a page without a time":         {false, func(f *Facts) { f.Web.Time = time.Time{} }, map[string]Case{"clock": ""}},
		"the local resolver fails": {true, func(f *Facts) { f.Names[0].Here, f.Names[0].HereErr = nil, lost },
			map[string]Case{"name": NameUnresolved}},
		"the name does not exist": {true, func(f *Facts) {
			f.Names[0] = Name{Host: f.Names[0].Host, HereErr: lost, RefErr: lost}
			f.Servers = nil
		}, map[string]Case{"name": NameUnresolved}},
		"the name leads elsewhere, to something that is silent": {true, func(f *Facts) {
			f.Names[0].Here = []netip.Addr{elsewhere}
			f.Servers = append(f.Servers, Server{f.Profile.Remotes[0], netip.AddrPortFrom(elsewhere, 1194), Silent})
		}, map[string]Case{"name": NameElsewhere}},
		"a name, a server, and no other resolver": {true, func(f *Facts) { f.Names[0].Reference, f.Names[0].RefErr = nil, lost }, nil},
		"a name, no server, and no other resolver": {true, func(f *Facts) { f.Names[0].Reference, f.Names[0].RefErr = nil, lost; f.meets(Silent, Silent) },
			map[string]Case{"name": "", "udp": AddressSilent, "tcp": AddressSilent}},
		"UDP is dropped":                            {false, func(f *Facts) { f.meets(Silent, Admits) }, map[string]Case{"udp": UDPBlocked}},
		"UDP is rejected":                           {false, func(f *Facts) { f.meets(Refused, Admits) }, map[string]Case{"udp": UDPBlocked}},
		"TCP is dropped":                            {false, func(f *Facts) { f.meets(Admits, Silent) }, map[string]Case{"tcp": TCPBlocked}},
		"TCP is not listened on":                    {false, func(f *Facts) { f.meets(Admits, Refused) }, map[string]Case{"tcp": DaemonSilent}},
		"the server is gone":                        {false, func(f *Facts) { f.meets(Silent, Silent) }, map[string]Case{"udp": AddressSilent, "tcp": AddressSilent}},
		"OpenVPN is down":                           {false, func(f *Facts) { f.meets(Refused, Refused) }, map[string]Case{"udp": DaemonSilent, "tcp": DaemonSilent}},
		"OpenVPN is down, and ICMP does not arrive": {false, func(f *Facts) { f.meets(Silent, Refused) }, map[string]Case{"udp": "", "tcp": DaemonSilent}},
		"a server with another key":                 {false, func(f *Facts) { f.meets(Silent, Mute) }, map[string]Case{"udp": "", "tcp": AnotherServer}},
		"a server with another certificate":         {false, func(f *Facts) { f.meets(Stranger, Stranger) }, map[string]Case{"udp": AnotherServer, "tcp": AnotherServer}},
		"the server's certificate has ended": {false, func(f *Facts) { f.meets(ServerEnded, ServerEnded) },
			map[string]Case{"udp": ServerCertificate, "tcp": ServerCertificate}},
		"the device's key is refused":         {false, func(f *Facts) { f.meets(Drops, Mute) }, map[string]Case{"udp": DeviceRefused, "tcp": DeviceRefused}},
		"the device's certificate is refused": {false, func(f *Facts) { f.meets(Rejects, Rejects) }, map[string]Case{"udp": DeviceRefused, "tcp": DeviceRefused}},
		"the handshake stops":                 {false, func(f *Facts) { f.meets(Stalls, Admits) }, map[string]Case{"udp": ""}},
		"a narrow path":                       {false, func(f *Facts) { f.MTU = MTU{Bytes: 1280} }, map[string]Case{"mtu": NarrowPath}},
		"a narrow path that says so":          {false, func(f *Facts) { f.MTU = MTU{Bytes: 1280, Told: true} }, nil},
		"AWS refuses":                         {false, func(f *Facts) { f.AccountErr = lost }, map[string]Case{"aws": ""}},
		"another account":                     {false, func(f *Facts) { f.Account[0].Region, f.Account[0].State = "", "" }, map[string]Case{"aws": ""}},
		"one of two addresses was released": {false, func(f *Facts) { f.Account = append(f.Account, account.Server{Address: elsewhere}) },
			map[string]Case{"aws": AddressUnused}},
		"the address leads nowhere":    {false, func(f *Facts) { f.Account[0].State = "" }, map[string]Case{"aws": AddressUnused}},
		"the instance is stopped":      {false, func(f *Facts) { f.Account[0].State = "stopped" }, map[string]Case{"aws": InstanceDown}},
		"the security group is closed": {false, func(f *Facts) { f.Account[0].Closed = []account.Port{{Number: 443, Protocol: spec.TCP}} }, map[string]Case{"aws": GroupClosed}},
		"a path that was not measured": {false, func(f *Facts) { f.MTU = MTU{Err: lost} }, map[string]Case{"mtu": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy(t)
			if test.named {
				f = healthy(t, "vpn.example.org")
			}
			test.fault(&f)
			if test.want == nil {
				test.want = map[string]Case{}
			}
			got := map[string]Case{}
			for _, finding := range Judge(f, "linux", "a.ovpn") {
				check, _, _ := strings.Cut(finding.Check, " ")
				if finding.Result == OK || check == "devices" || strings.Contains(finding.Check, here6.String()) {
					require.Empty(t, finding.Case)
					continue
				}
				require.NotContains(t, got, check)
				got[check] = finding.Case
				seen[finding.Case] = true
				require.NotEmpty(t, finding.Cause)
				require.Equal(t, finding.Result == Fail, finding.Case != "", "%+v", finding)
				require.Equal(t, finding.Result == Fail, finding.Command != "", "%+v", finding)
			}
			require.Equal(t, test.want, got)
		})
	}
	for _, c := range Cases {
		require.True(t, seen[c], "no fault gives %s", c)
	}
}

// shift moves the time of the machine and of the network.
func (f *Facts) shift(by time.Duration) { f.Now, f.Web.Time = f.Now.Add(by), f.Web.Time.Add(by) }

func TestANarrowPathMattersOnLinux(t *testing.T) {
	f := healthy(t)
	f.MTU = MTU{Bytes: 1400}
	for _, system := range []string{"darwin", "windows"} {
		require.False(t, Failed(Judge(f, system, "a.ovpn")))
	}
}

func TestCommandsAreSafeToPaste(t *testing.T) {
	f := healthy(t)
	f.MTU = MTU{Bytes: 1400}
	certificate := *f.Profile.Certificate
	certificate.Subject.CommonName = "a; rm -rf /"
	f.Profile.Certificate = &certificate
	f.meets(Stranger, Stranger)
	for _, finding := range Judge(f, "linux", "it's; mine.ovpn") {
		switch finding.Case {
		case NarrowPath:
			require.Equal(t, `echo 'mtu-disc no' >>'it'\''s; mine.ovpn'`, finding.Command)
		case AnotherServer:
			require.Equal(t, "go run ./cmd/tripvpn hand-over DEVICE", finding.Command)
		}
	}
}

// TestAReportIsAnonymous requires a report in which nothing of the profile or the network
// remains, for each contact and the fault of each name.
func TestAReportIsAnonymous(t *testing.T) {
	f := healthy(t, "vpn.example.org", "203.0.113.77", "2001:db8:9::9")
	f.Names[0].Here = []netip.Addr{netip.MustParseAddr("198.51.100.66")}
	f.Servers = servers(f.Profile.Remotes, f.Names)
	f.MTU = MTU{Bytes: 1400}
	f.AccountErr = errors.New("User: arn:aws:iam::123456789012:user/anna is not authorized")
	for i, c := range []Contact{NoRoute, Silent, Refused, Mute, Drops, Stalls, Stranger, ServerEnded, Rejects, Admits} {
		f.meets(c, c)
		if i%2 == 1 {
			f.AccountErr = nil
		}
		text := fmt.Sprintf("%+v", NewReport(f, "linux", "amd64"))
		for _, personal := range []string{"vpn.example.org", "203.0.113", "2001:db8:9:", "198.51.100", "laptop", "eu-west", "arn:"} {
			require.NotContains(t, text, personal)
		}
		require.Contains(t, text, "name-1.example")
	}
	require.Equal(t, "laptop", f.Profile.Certificate.Subject.CommonName, "the facts stay as they are")
	require.Equal(t, "vpn.example.org", f.Names[0].Host)
}

func TestAReportSaysTheSame(t *testing.T) {
	f := healthy(t, "vpn.example.org")
	f.meets(Drops, Mute)
	var want, got []Case
	for _, finding := range Judge(f, "linux", "a.ovpn") {
		want = append(want, finding.Case)
	}
	for _, finding := range NewReport(f, "linux", "amd64").Findings {
		got = append(got, finding.Case)
	}
	require.Equal(t, want, got)
}
