package image

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"tripvpn/lab/image/apt"
)

// suites are the images there are, by the names that the program gives them.
var suites = map[string]string{
	"debian-12": "bookworm",
	"debian-13": "trixie",
}

// Debian is the source of an image's packages.
type Debian struct {
	Archive apt.Archive
	Lenient []string       // checks that apt leaves out, in apt.conf(5) form
	Proxy   netip.AddrPort // through which the archive is reached, always over HTTP
}

func (d Debian) proxyURL() string { return "http://" + d.Proxy.String() }

// base is the recipe of a tree that debootstrap makes.
type base struct {
	Suite    string
	Arch     string
	Mirror   string
	Proxy    string
	Packages []string
	Files    []file // written before Script runs
	Script   string // run in the tree by sh
}

// layer is the recipe of a layer on top of a base.
type layer struct {
	Base   string // the base's key
	Files  []file `json:",omitempty"` // written before Script runs
	Script string
}

type file struct {
	Path string
	Mode uint32
	Text string
}

// key names a recipe's result.
func key(recipe any) (string, error) {
	text, err := json.Marshal(recipe)
	if err != nil {
		return "", fmt.Errorf("hashing recipe: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

func hostRecipe(suite, architecture string, d Debian) base {
	return base{
		Suite:  suite,
		Arch:   architecture,
		Mirror: overHTTP(d.Archive.Main),
		Proxy:  d.proxyURL(),
		Packages: []string{
			"systemd", "systemd-sysv", "dbus", "udev", "openssh-server", "sudo",
			"iproute2", "ca-certificates", "procps",
		},
		Files: append(aptFiles(suite, d),
			file{"etc/cloud/cloud.cfg.d/90_lab.cfg", 0o644, cloudSettings},
			file{"etc/hostname", 0o644, "localhost\n"},
			file{"etc/resolv.conf", 0o644, "# Hosts in the lab have no resolver: what they need is reached by address.\n"},
		),
		Script: hostScript,
	}
}

// overHTTP is the URL by which the lab requests an archive: the proxy knows the archive's
// own scheme, and does not open tunnels.
func overHTTP(u *url.URL) string {
	plain := *u
	plain.Scheme = "http"
	return plain.String()
}

// aptFiles set the sources of packages for a machine of the lab.
func aptFiles(suite string, d Debian) []file {
	return []file{
		{"etc/apt/sources.list", 0o644, ""},
		{"etc/apt/sources.list.d/debian.sources", 0o644, sources(suite, d.Archive)},
		{"etc/apt/apt.conf.d/90lab", 0o644, aptSettings(d)},
	}
}

// sources are all suites of a release. To sid, corrections come like anything
// else that is new.
func sources(suite string, a apt.Archive) string {
	if suite == "sid" {
		return stanza(overHTTP(a.Main), suite)
	}
	text := stanza(overHTTP(a.Main), suite, suite+"-updates")
	if a.Security != nil {
		text += "\n" + stanza(overHTTP(a.Security), suite+"-security")
	}
	return text
}

func stanza(uri string, suites ...string) string {
	return "Types: deb\nURIs: " + uri + "\nSuites: " + strings.Join(suites, " ") +
		"\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
}

func aptSettings(d Debian) string {
	lines := []string{
		fmt.Sprintf("Acquire::http::Proxy %q;", d.proxyURL()),
		`Acquire::Languages "none";`,
	}
	return strings.Join(append(lines, d.Lenient...), "\n") + "\n"
}

// cloudSettings are as in Debian's own cloud images, where the login user is
// "admin" on EC2. The network is set up from outside.
const cloudSettings = `datasource_list: [NoCloud, None]
network: {config: disabled}
locale: false
apt: {preserve_sources_list: true}
manage_etc_hosts: true
system_info:
  default_user:
    name: admin
`

// quietly keeps a package's services from being started in a tree that is
// being built (Debian's policy-rc.d(8)).
const quietly = `set -eu
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
trap 'rm -f /usr/sbin/policy-rc.d' EXIT
apt-get -q update
`

// tidily leaves what every machine makes for itself out of the tree. An empty
// machine-id is filled in at each boot (machine-id(5)).
const tidily = `apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/bootstrap.log
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id
: >/etc/machine-id
`

// hostScript installs cloud-init last: by debootstrap it would be left
// unconfigured.
const hostScript = quietly + `apt-get -q -y upgrade
apt-get -q -y --no-install-recommends install cloud-init
` + tidily

// travellerScript also says where names are looked up (resolv.conf(5)), which
// nothing on the machine ever changes.
func travellerScript(resolver netip.Addr) string {
	return quietly + `apt-get -q -y --no-install-recommends install openvpn curl
systemctl disable ssh
touch /etc/cloud/cloud-init.disabled
echo nameserver ` + resolver.String() + ` >/etc/resolv.conf
` + tidily
}
