package image

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"runtime"
	"slices"
	"strings"
)

// releases have another OpenVPN than a traveller of Builder.Traveller, which
// has Debian 13's 2.6. They go by the name of the client, and are Debian 11,
// Debian 12 and the one that has no number.
var releases = map[string]release{
	"openvpn-2.5": {"bullseye", "2.5"},
	"openvpn-2.6": {"bookworm", "2.6"},
	"openvpn-2.7": {"sid", "2.7"},
}

type release struct{ Suite, Version string }

// desktops have NetworkManager with its plugin for OpenVPN, besides a client
// that openvpn is started by, which is what they map to. The empty one is a
// traveller's.
var desktops = map[string]string{
	"network-manager-1.42": "openvpn-2.6",
	"network-manager-1.52": "",
}

// Clients are the names of clients that consist only of openvpn.
func Clients() []string { return slices.Sorted(maps.Keys(releases)) }

// Desktops are the names of clients that are NetworkManager.
func Desktops() []string { return slices.Sorted(maps.Keys(desktops)) }

// Client is the image of a traveller with a client of Clients or Desktops.
func (b *Builder) Client(ctx context.Context, name string) (layers []string, err error) {
	if openvpn, known := desktops[name]; known {
		return b.desktop(ctx, name, openvpn)
	}
	release, known := releases[name]
	if !known {
		return nil, fmt.Errorf("building client %q: it is none of %s", name, strings.Join(append(Clients(), Desktops()...), ", "))
	}
	tree, err := b.base(ctx, name, clientRecipe(release, b.Debian, b.Resolver))
	if err != nil {
		return nil, fmt.Errorf("building client %q: %w", name, err)
	}
	return []string{tree}, nil
}

func (b *Builder) desktop(ctx context.Context, name, openvpn string) (layers []string, err error) {
	below, err := b.Traveller(ctx)
	if openvpn != "" {
		below, err = b.Client(ctx, openvpn)
	}
	if err != nil {
		return nil, err
	}
	return b.onTop(ctx, name, runtime.GOARCH, below, layer{Script: desktopScript(name)})
}

// clientRecipe is as little of a release as a traveller needs.
func clientRecipe(r release, d Debian, resolver netip.Addr) base {
	return base{
		Suite:    r.Suite,
		Arch:     runtime.GOARCH,
		Mirror:   overHTTP(d.Archive.Main),
		Proxy:    d.proxyURL(),
		Packages: []string{"systemd-sysv", "iproute2"},
		Files: append(aptFiles(r.Suite, d),
			file{"etc/hostname", 0o644, "localhost\n"},
			file{"etc/resolv.conf", 0o644, "nameserver " + resolver.String() + "\n"},
		),
		Script: clientScript(r),
	}
}

func clientScript(r release) string {
	return quietly + `apt-get -q -y upgrade
apt-get -q -y --no-install-recommends install openvpn curl dbus sudo
` + expect("OpenVPN "+r.Version+".", "openvpn --version | head -n 1") + tidily
}

// desktopScript leaves the service off: it is told of the machine's addresses
// before it starts.
func desktopScript(name string) string {
	return quietly + `apt-get -q -y --no-install-recommends install network-manager network-manager-openvpn
systemctl disable NetworkManager
` + expect(strings.TrimPrefix(name, "network-manager-")+".", "NetworkManager --version") + tidily
}

// expect fails where a release has another version by now.
func expect(version, command string) string {
	return `version=$(` + command + `)
case $version in
"` + version + `"*) ;;
*) echo "the archive has \"$version\" instead of \"` + version + `\": change the lists of clients" >&2; exit 1 ;;
esac
`
}
