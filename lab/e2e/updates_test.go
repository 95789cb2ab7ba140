package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/traveller"
)

// securityUpdate makes the host's only source of packages a repository with a security
// update of OpenVPN: the installed files with a higher version. It prints the version.
const securityUpdate = `
repository=/srv/updates package=/root/update
mkdir -p $repository $package/DEBIAN
dpkg-query --listfiles openvpn | while read -r path; do
    if [ -f "$path" ] && [ ! -L "$path" ]; then
        mkdir -p "$package$(dirname "$path")"
        cp --preserve "$path" "$package$path"
    fi
done
version=$(dpkg-query --show --showformat='${Version}' openvpn)+update
dpkg-query --status openvpn |
    sed "/^Status:/d; /^Conffiles:/,/^[^ ]/{/^Conffiles:/d; /^ /d}; s/^Version: .*/Version: $version/" >$package/DEBIAN/control
for script in preinst postinst prerm postrm conffiles; do
    if [ -f "/var/lib/dpkg/info/openvpn.$script" ]; then
        cp --preserve "/var/lib/dpkg/info/openvpn.$script" "$package/DEBIAN/$script"
    fi
done
dpkg-deb --build --root-owner-group $package $repository/openvpn.deb >/dev/null
rm -r $package
cd $repository
{
    dpkg-deb --field openvpn.deb
    echo "Filename: ./openvpn.deb"
    echo "Size: $(stat --format=%s openvpn.deb)"
    echo "SHA256: $(sha256sum openvpn.deb | cut -d ' ' -f 1)"
} >Packages
codename=$(. /etc/os-release; echo "$VERSION_CODENAME")
{
    echo "Origin: Debian"
    echo "Label: Debian-Security"
    echo "Suite: stable-security"
    echo "Codename: $codename-security"
    echo "Date: $(date --utc --rfc-email)"
    echo "SHA256:"
    echo " $(sha256sum Packages | cut -d ' ' -f 1) $(stat --format=%s Packages) Packages"
} >Release
mv /etc/apt/sources.list.d /root/sources.list.d
mkdir /etc/apt/sources.list.d
echo "deb [trusted=yes] file:$repository ./" >/etc/apt/sources.list.d/updates.list
echo "$version"
`

// installsUpdates publishes a security update of OpenVPN under a connected client, and
// lets systemd do what it does at the times of apt's timers.
func (c *trip) installsUpdates(t *testing.T) {
	host := c.host(t)
	times, err := host.Run(t.Context(), "systemctl", "show", "--property=TimersCalendar", "apt-daily.timer", "apt-daily-upgrade.timer")
	require.NoError(t, err)
	require.Contains(t, times, "OnCalendar=*-*-* 04:00:00 UTC ;")
	require.Contains(t, times, "OnCalendar=*-*-* 04:20:00 UTC ;")
	require.Equal(t, 2, strings.Count(times, "OnCalendar="), times)

	session := c.connectTraveller(t)
	process := c.serverProcess(t)
	version, err := host.Run(t.Context(), "sh", "-euc", securityUpdate)
	require.NoError(t, err)
	version = strings.TrimSpace(version)
	c.elapses(t, "apt-daily.service")
	output, code := bootstrap(t, host, nil, "verify")
	require.Equal(t, 2, code, output)
	require.Contains(t, output, "FAILED   security updates are pending: openvpn "+version+"\n")
	require.Contains(t, output, "not verified: 1 problem ")
	output, code = bootstrap(t, host, nil, "apply")
	require.Zero(t, code, output)

	began := time.Now()
	c.elapses(t, "apt-daily-upgrade.service")
	installed, err := host.Run(t.Context(), "dpkg-query", "--show", "--showformat=${Version}", "openvpn")
	require.NoError(t, err)
	require.Equal(t, version, installed)
	c.returns(t, session, 2)
	t.Logf("the update was installed, and the client back, after %.1f s", time.Since(began).Seconds())
	require.NotEqual(t, process, c.serverProcess(t), "the old OpenVPN still runs")
	output, code = bootstrap(t, host, nil, "verify")
	require.Zero(t, code, output)

	// A kernel would leave this file. The host reboots at the end of the next run.
	boot, err := host.Run(t.Context(), "cat", "/proc/sys/kernel/random/boot_id")
	require.NoError(t, err)
	_, err = host.Run(t.Context(), "sh", "-euc", `touch /run/reboot-required; rm /var/lib/apt/periodic/upgrade-stamp
systemctl start --no-block apt-daily-upgrade.service`)
	require.NoError(t, err)
	eventually(t, time.Minute, func() error {
		now, err := host.Run(t.Context(), "cat", "/proc/sys/kernel/random/boot_id")
		if err == nil && now == boot {
			err = fmt.Errorf("the host has not rebooted")
		}
		return err
	})
	c.returns(t, session, 3)
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
	_, err = host.Run(t.Context(), "sh", "-euc", "rm -r /etc/apt/sources.list.d; mv /root/sources.list.d /etc/apt/sources.list.d")
	require.NoError(t, err)
	output, code = bootstrap(t, host, nil, "verify")
	require.Zero(t, code, output)
}

// elapses runs the service of one of apt's timers, as if it had not run today.
func (c *trip) elapses(t *testing.T, service string) {
	t.Helper()
	_, err := c.host(t).Run(t.Context(), "sh", "-euc", `rm -f /var/lib/apt/periodic/*-stamp; systemctl start "$1"`, "sh", service)
	require.NoError(t, err)
}

func (c *trip) connectTraveller(t *testing.T) *traveller.Session {
	t.Helper()
	session, err := c.traveller.Connect(profilePath)
	require.NoError(t, err)
	require.NoError(t, session.AwaitConnected(within(t, 30*time.Second)))
	require.NoError(t, c.looksLikeTheServer(t))
	return session
}

// returns waits for a client's connection of that number, and for a page.
func (c *trip) returns(t *testing.T, session *traveller.Session, connection int) {
	t.Helper()
	eventually(t, time.Minute, func() error {
		if count := strings.Count(session.Log(), "Initialization Sequence Completed"); count < connection {
			return fmt.Errorf("the client has connected %d times", count)
		}
		return c.looksLikeTheServer(t)
	})
}
