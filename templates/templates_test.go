package templates

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/golden"
)

func TestWordsRejectsValuesThatLeaveTheirLine(t *testing.T) {
	for _, value := range []string{"", "a b", "a\nb", "a\tb", `a"b`, "a'b", "a\\b", "$a", "%a", "a#b", "a;b", "a`b", "a\x00b", "a\u2028b"} {
		require.Error(t, words("fine", value), "%q", value)
	}
	require.NoError(t, words("trip", "/etc/openvpn/server/trip", "tripvpn-firewall.service"))
}

var (
	rules  = Rules{[]Tunnel{{"tripvpn0", netip.MustParsePrefix("10.8.0.0/24"), "udp", 1194}}}
	rules6 = Rules6{[]Tunnel{{"tripvpn0", netip.MustParsePrefix("fd00:8::/64"), "udp", 1194}}, true}

	twoTunnels  = Rules{append(rules.Tunnels, Tunnel{"tripvpn1", netip.MustParsePrefix("10.9.0.0/24"), "tcp", 443})}
	twoTunnels6 = Rules6{append(rules6.Tunnels, Tunnel{"tripvpn1", netip.MustParsePrefix("fd00:8:0:1::/64"), "tcp", 443}), true}

	blocked6 = Rules6{twoTunnels6.Tunnels, false}
)

func server() Server {
	return Server{
		Name:       "trip",
		Protocol:   "udp",
		Port:       1194,
		Device:     "tripvpn0",
		Subnet:     netip.MustParsePrefix("10.8.0.0/24"),
		Subnet6:    netip.MustParsePrefix("fd00:8::/64"),
		DNS:        []netip.Addr{netip.MustParseAddr("192.0.2.53"), netip.MustParseAddr("2001:db8::53")},
		MaxClients: 64,
		Directory:  "/etc/openvpn/server/trip",

		Key:               "/run/credentials/openvpn-server@trip.service/server.key",
		RunDirectory:      "/run/tripvpn/trip",
		ControlChannel:    "tls-crypt-v2",
		ControlChannelKey: "/run/credentials/openvpn-server@trip.service/control-channel.key",
		Admits:            "/usr/local/sbin/tripvpn-admits",
		Route:             "/usr/local/sbin/tripvpn-route",
	}
}

func serverDropIn() ServerDropIn {
	return ServerDropIn{Name: "trip", FirewallService: "tripvpn-firewall.service", Directory: "/etc/openvpn/server/trip", RuntimeDirectory: "tripvpn/trip",
		ConfigDirectory: "/etc/tripvpn", Route: "/usr/local/sbin/tripvpn-route", Admits: "/usr/local/sbin/tripvpn-admits", MemoryMax: 80 << 20, LogLines: 256}
}

func TestGoldens(t *testing.T) {
	small := server()
	small.Subnet, small.DNS = netip.MustParsePrefix("10.9.128.0/20"), small.DNS[:1]
	classic := server()
	classic.Classic, classic.ControlChannel = true, "tls-auth"
	process := server()
	process.Process = true
	tcp, classicTCP := server(), classic
	tcp.Protocol, classicTCP.Protocol = "tcp", "tcp"
	silent, silentServer := serverDropIn(), server()
	silent.LowPort, silent.Silent, silentServer.Silent = true, true, true
	for name, view := range map[string]interface{ Render() (string, error) }{
		"server.conf":                   server(),
		"server-tcp.conf":               tcp,
		"server-classic-tcp.conf":       classicTCP,
		"server-silent.conf":            silentServer,
		"server-one-dns.conf":           small,
		"server-process.conf":           process,
		"server-classic.conf":           classic,
		"client-config":                 ClientConfig{netip.MustParsePrefix("10.8.18.52/16"), netip.MustParsePrefix("fd00:8::1234/64")},
		"admits.sh":                     Admits{},
		"route.sh":                      RouteScript{},
		"journald.conf":                 Journal{},
		"journald-none.conf":            Journal{None: true},
		"sshd.conf":                     SSHD{"tripvpn", false},
		"sshd-silent.conf":              SSHD{"tripvpn", true},
		"updates.conf":                  Updates{"/usr/local/sbin/tripvpn-restart"},
		"restart.sh":                    RestartScript{},
		"lists.timer":                   UpdateTimer{Hour: 4},
		"upgrade.timer":                 UpdateTimer{Hour: 23, Reboots: true},
		"modules.conf":                  Modules{},
		"loginrecords.conf":             LoginRecords{},
		"sysctl.conf":                   Sysctl{},
		"iptables.rules":                rules,
		"ip6tables.rules":               rules6,
		"iptables-two.rules":            twoTunnels,
		"ip6tables-two.rules":           twoTunnels6,
		"ip6tables-blocked.rules":       blocked6,
		"firewall.sh":                   FirewallScript{"/etc/tripvpn/iptables.rules", "/etc/tripvpn/ip6tables.rules"},
		"end.timer":                     EndTimer{time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)},
		"end.service":                   EndService{},
		"firewall.service":              FirewallService{"/usr/local/sbin/tripvpn-firewall"},
		"openvpn-server.drop-in":        serverDropIn(),
		"openvpn-server-silent.drop-in": silent,
	} {
		golden.Require(t, name, rendered(t, view))
	}
}

func rendered(t *testing.T, view interface{ Render() (string, error) }) string {
	t.Helper()
	text, err := view.Render()
	require.NoError(t, err)
	return text
}

func TestViewsAreRefusedBeforeRendering(t *testing.T) {
	evil := server()
	evil.Name = "trip\nscript-security 3"
	for _, view := range []interface{ Render() (string, error) }{
		evil,
		Rules{[]Tunnel{{Device: "tun0 -j ACCEPT", Protocol: "udp"}}},
		Rules6{Tunnels: []Tunnel{{Device: "tun0", Protocol: "udp\n-A INPUT"}}},
		FirewallScript{"/etc/rules; reboot", "/etc/rules6"},
		FirewallService{"/bin/sh -c reboot"},
		Updates{"/bin/true\";"},
		SSHD{LoginUser: "tripvpn\nPermitRootLogin yes"},
		ServerDropIn{Name: "trip", FirewallService: "a.service\nExecStart="},
	} {
		_, err := view.Render()
		require.ErrorContains(t, err, "one word")
	}
}
