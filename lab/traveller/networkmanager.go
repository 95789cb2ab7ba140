package traveller

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"tripvpn/lab/fabric"
)

// Desktop is a traveller's machine whose network is NetworkManager's, as on a
// Linux desktop. The machine's image must have it.
type Desktop struct{ traveller *Traveller }

// VPN is a profile that NetworkManager has imported.
type VPN struct {
	desktop *Desktop
	uuid    string
}

// networkManager is the unit whose journal also holds OpenVPN's log.
const networkManager = "NetworkManager.service"

// Desktop starts NetworkManager, and returns when the machine's one device is
// its own, with the addresses that the device has.
func (t *Traveller) Desktop(ctx context.Context) (*Desktop, error) {
	d := &Desktop{t}
	if err := t.machine.AwaitBooted(ctx); err != nil {
		return nil, err
	}
	if err := t.Place(ctx, "/etc/NetworkManager/system-connections/ens5.nmconnection", []byte(keyfile(t.link))); err != nil {
		return nil, err
	}
	if _, err := t.machine.Run(ctx, "systemctl", "start", networkManager); err != nil {
		return nil, fmt.Errorf("starting NetworkManager: %w", err)
	}
	// A device that NetworkManager has assumed is not quite its own yet.
	if _, err := t.machine.Run(ctx, "nmcli", "connection", "up", "ens5"); err != nil {
		return nil, fmt.Errorf("giving NetworkManager the device: %w; its log ends in:\n%s", err, lastLines(d.lastWords(ctx)))
	}
	return d, nil
}

// keyfile is the device's connection (nm-settings-keyfile(5)). The gateway is also the
// resolver, as in most local networks.
func keyfile(l *fabric.Link) string {
	return fmt.Sprintf(`[connection]
id=ens5
type=ethernet
interface-name=ens5

[ipv4]
method=manual
address1=%s/%d,%s
dns=%s
may-fail=false

[ipv6]
method=manual
address1=%s/128,%s
may-fail=false
`, l.Address(), l.Gateway().Bits(), l.Gateway().Addr(), l.Gateway().Addr(), l.Address6(), l.Gateway6().Addr())
}

var imported = regexp.MustCompile(`\(([0-9a-f-]{36})\) successfully added`)

// Import has NetworkManager read a profile that is on the machine. The error
// says what it does not take. The keys end up in files that only root reads.
func (d *Desktop) Import(ctx context.Context, profile string) (*VPN, error) {
	said, err := d.traveller.machine.Run(ctx, "nmcli", "connection", "import", "type", "openvpn", "file", profile)
	if err != nil {
		return nil, fmt.Errorf("importing %q: %w", profile, err)
	}
	match := imported.FindStringSubmatch(said)
	if match == nil {
		return nil, fmt.Errorf("importing %q: nmcli says %q and not which connection it has made", profile, said)
	}
	return &VPN{d, match[1]}, nil
}

// Up connects, and returns once NetworkManager reports that the tunnel is up. It
// fails with the end of the log if NetworkManager gives up, or the context ends.
func (v *VPN) Up(ctx context.Context) error {
	_, err := v.desktop.traveller.machine.Run(ctx, "nmcli", "connection", "up", "uuid", v.uuid)
	if err != nil {
		ctx := context.WithoutCancel(ctx)
		return fmt.Errorf("connecting: %w; the log ends in:\n%s", err, lastLines(v.desktop.lastWords(ctx)))
	}
	return nil
}

// State is the connection's state in NetworkManager, "activated" or another
// (nmcli(1)'s GENERAL.STATE), empty if it is not up.
func (v *VPN) State(ctx context.Context) (string, error) {
	said, err := v.desktop.traveller.machine.Run(ctx, "nmcli", "--get-values", "GENERAL.STATE", "connection", "show", "uuid", v.uuid)
	return strings.TrimSpace(said), err
}

// Down disconnects, or stops trying to connect.
func (v *VPN) Down(ctx context.Context) error {
	_, err := v.desktop.traveller.machine.Run(ctx, "nmcli", "connection", "down", "uuid", v.uuid)
	return err
}

// Remove has NetworkManager forget the profile. The files with its keys stay.
func (v *VPN) Remove(ctx context.Context) error {
	_, err := v.desktop.traveller.machine.Run(ctx, "nmcli", "connection", "delete", "uuid", v.uuid)
	return err
}

// Log is the log of NetworkManager, and of OpenVPN under it, since the boot.
func (d *Desktop) Log(ctx context.Context) (string, error) {
	_, syncErr := d.traveller.machine.Run(ctx, "journalctl", "--sync")
	log, err := d.traveller.machine.Run(ctx, "journalctl", "--boot", "--no-pager", "--output=cat", "--unit="+networkManager)
	return log, errors.Join(syncErr, err)
}

func (d *Desktop) lastWords(ctx context.Context) string {
	log, err := d.Log(ctx)
	if err != nil {
		return err.Error()
	}
	return log
}
