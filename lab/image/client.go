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

// NetworkManager is the client of Linux desktops, of Debian 13.
const NetworkManager = "network-manager"

// releases are the suites that have another OpenVPN than Debian 13's 2.6.14, by
// the name of the client: Debian 11, Debian 12 and the one that has no number.
var releases = map[string]release{
	"openvpn-2.5": {"bullseye", "2.5"},
	"openvpn-2.6": {"bookworm", "2.6"},
	"openvpn-2.7": {"sid", "2.7"},
}

type release struct{ Suite, Version string }

// Clients are the names that Client knows.
func Clients() []string {
	return append(slices.Sorted(maps.Keys(releases)), NetworkManager)
}

// Client is the image of a traveller with a certain OpenVPN client.
func (b *Builder) Client(ctx context.Context, name string) (layers []string, err error) {
	if name == NetworkManager {
		return b.networkManager(ctx)
	}
	release, known := releases[name]
	if !known {
		return nil, fmt.Errorf("building client %q: it is none of %s", name, strings.Join(Clients(), ", "))
	}
	tree, err := b.base(ctx, name, clientRecipe(release, b.Debian, b.Resolver))
	if err != nil {
		return nil, fmt.Errorf("building client %q: %w", name, err)
	}
	return []string{tree}, nil
}

func (b *Builder) networkManager(ctx context.Context) ([]string, error) {
	below, err := b.Traveller(ctx)
	if err != nil {
		return nil, err
	}
	return b.onTop(ctx, NetworkManager, below, networkManagerScript)
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

// clientScript fails if the release has another version by now.
func clientScript(r release) string {
	return quietly + `apt-get -q -y upgrade
apt-get -q -y --no-install-recommends install openvpn curl
version=$(openvpn --version | head -n 1)
case $version in
"OpenVPN ` + r.Version + `."*) ;;
*) echo "` + r.Suite + ` has $version instead of ` + r.Version + `: change the list of clients" >&2; exit 1 ;;
esac
` + tidily
}

// networkManagerScript leaves the service off: it is told of the machine's
// addresses before it starts.
const networkManagerScript = quietly + `apt-get -q -y --no-install-recommends install network-manager network-manager-openvpn
systemctl disable NetworkManager
` + tidily
