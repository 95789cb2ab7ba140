package image

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"

	"tripvpn/lab/fabric/binfmt"
)

// Virtual is the image of that name, "debian-13", for a virtual machine of an
// architecture, "amd64" or "arm64", as layers of its disk, the topmost first. Of another architecture than this computer's, its
// programs are emulated while it is built, which takes about a quarter of an hour.
func (b *Builder) Virtual(ctx context.Context, name, architecture string) (layers []string, err error) {
	below, err := b.host(ctx, name, architecture)
	if err != nil {
		return nil, err
	}
	recipe := layer{Files: b.wayIn(), Script: virtualScript(architecture)}
	return b.onTop(ctx, name+"-"+architecture+"-virtual", architecture, below, recipe)
}

// Offloading is the same with OpenVPN and the kernel of Debian's backports, which have what
// the kernel's data path needs.
func (b *Builder) Offloading(ctx context.Context, name, architecture string) (layers []string, err error) {
	below, err := b.Virtual(ctx, name, architecture)
	if err != nil {
		return nil, err
	}
	recipe := layer{Script: backportsScript(architecture, overHTTP(b.Debian.Archive.Main), suites[name])}
	return b.onTop(ctx, name+"-"+architecture+"-offloading", architecture, below, recipe)
}

// wayIn are the builder's files, in an order.
func (b *Builder) wayIn() []file {
	var files []file
	for _, path := range slices.Sorted(maps.Keys(b.WayIn)) {
		files = append(files, file{path, 0o644, b.WayIn[path]})
	}
	return files
}

// emulating runs a build whose programs may be of another architecture.
func emulating(ctx context.Context, architecture string, build func() error) error {
	if architecture == runtime.GOARCH {
		return build()
	}
	remove, err := binfmt.Register(ctx, architecture)
	if err != nil {
		return err
	}
	return errors.Join(build(), remove())
}

// virtualScript makes a host's tree what Debian's own image for EC2 is: the kernel for
// clouds, and what else it runs (debian-cloud-images, config_space/*/package_config,
// classes SYSTEM_BOOT, CLOUD and EC2). The network is set up by cloud-init.
func virtualScript(architecture string) string {
	return quietly + `sed -i '/^network:/d' /etc/cloud/cloud.cfg.d/90_lab.cfg
apt-get -q -y --no-install-recommends install \
  linux-image-cloud-` + architecture + ` initramfs-tools zstd apparmor \
  netplan.io systemd-resolved libnss-resolve libnss-myhostname chrony \
  libpam-systemd polkitd unattended-upgrades cloud-guest-utils \
  apt-utils iptables iputils-ping less nano netbase vim-tiny whiptail
` + tidily
}

// backportsScript adds backports to the sources of packages, where Debian's own image for EC2
// has them, too.
func backportsScript(architecture, archive, suite string) string {
	return `cat >/etc/apt/sources.list.d/backports.sources <<'END'
` + stanza(archive, suite+"-backports") + `END
` + quietly + `apt-get -q -y --no-install-recommends install \
  openvpn/` + suite + `-backports linux-image-cloud-` + architecture + `/` + suite + `-backports
` + tidily
}
