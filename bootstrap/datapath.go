package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/spec"
)

// dataPath is where the host's servers have to encrypt and decrypt.
type dataPath struct {
	Path   spec.DataPath `json:"path"`   // spec.UserSpace or spec.Kernel
	Reason string        `json:"reason"` // why it is not the kernel, or ""
}

// requiredDataPath returns the data path that a spec requires of this host, or nil if the
// spec has no servers. It returns an error if that is the kernel's, and the host does not
// have what that needs.
func requiredDataPath(ctx context.Context, r host.Reader, s spec.Spec) (*dataPath, error) {
	if s.Identity == nil {
		return nil, nil
	}
	if s.Identity.DataPath == spec.UserSpace {
		return &dataPath{spec.UserSpace, "dataPath is user"}, nil
	}
	missing, err := missingForKernel(ctx, r, s.Identity.Style)
	switch {
	case err != nil:
		return nil, fmt.Errorf("looking for what the kernel's data path needs: %w", err)
	case missing == "":
		return &dataPath{Path: spec.Kernel}, nil
	case s.Identity.DataPath == spec.Kernel:
		return nil, fmt.Errorf("the data path cannot be kernel, because %s; use another image, or run on your own machine: pulumi config set tripvpn:dataPath auto", missing)
	}
	return &dataPath{spec.UserSpace, missing}, nil
}

// missingForKernel returns what the kernel's data path lacks, or "". It needs the module
// ovpn, which Linux has since 6.16, and OpenVPN 2.7 (README.dco.md of OpenVPN), and the
// kernel has no cipher of the classic style.
func missingForKernel(ctx context.Context, r host.Reader, style spec.Style) (string, error) {
	if style == spec.Classic {
		return "the style is classic", nil
	}
	version, err := r.Query(ctx, "dpkg-query", "--show", "--showformat=${Version}", "openvpn")
	if err != nil {
		return "", err
	}
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return "", fmt.Errorf("reading OpenVPN's version %q: %w", version, err)
	}
	if major < 2 || major == 2 && minor < 7 {
		return fmt.Sprintf("OpenVPN %d.%d is older than 2.7", major, minor), nil
	}
	release, err := r.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "", err
	}
	running := strings.TrimSpace(string(release))
	found, err := hasModule(r, running, "ovpn")
	if err == nil && !found {
		return fmt.Sprintf("Linux %s has no module ovpn", running), nil
	}
	return "", err
}

// hasModule looks for a module in the lists of a kernel's modules and of those that are
// built in: modules.dep(5) and the kernel's Documentation/kbuild/kbuild.rst.
func hasModule(r host.Reader, release, module string) (bool, error) {
	for _, list := range []string{"modules.dep", "modules.builtin"} {
		text, err := r.ReadFile("/lib/modules/" + release + "/" + list)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		for line := range strings.Lines(string(text)) {
			if path, _, _ := strings.Cut(line, ":"); strings.Contains(path, "/"+module+".ko") {
				return true, nil
			}
		}
	}
	return false, nil
}

// pathInUse returns the data path of a listener, as the kernel shows it: the type of the
// tunnel's network interface is ovpn (drivers/net/ovpn/main.c), or it is one of the driver
// tun, which serves programs. It returns "" if there is no tunnel.
func pathInUse(r host.Reader, l spec.Listener) (spec.DataPath, error) {
	device := "/sys/class/net/" + l.Device
	event, err := r.ReadFile(device + "/uevent")
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if strings.Contains(string(event), "DEVTYPE=ovpn\n") {
		return spec.Kernel, nil
	}
	tun, err := host.Exists(r, device+"/tun_flags")
	if err == nil && !tun {
		err = fmt.Errorf("the network interface %s is neither of type ovpn nor of the driver tun", l.Device)
	}
	if err != nil {
		return "", err
	}
	return spec.UserSpace, nil
}

// checkDataPath requires that a listener has the data path. That there is no tunnel is
// another problem.
func checkDataPath(r host.Reader, l spec.Listener, required dataPath, found *problems) {
	const what = "the data path is not the required one"
	unit := instance{l.Instance}.unit()
	is, err := pathInUse(r, l)
	if err == nil && is != "" && is != required.Path {
		err = fmt.Errorf("that of %s is %s, not %s", l.Device, is, required.Path)
	}
	found.check(err, what, "run: sudo systemctl restart "+unit+"; if that does not help, OpenVPN's log tells why: journalctl -u "+unit)
}

// printDataPath prints a line. There is none for a host without servers.
func printDataPath(w io.Writer, d *dataPath) {
	switch {
	case d == nil:
	case d.Reason != "":
		fmt.Fprintf(w, "data path: %s, because %s\n", d.Path, d.Reason)
	default:
		fmt.Fprintf(w, "data path: %s\n", d.Path)
	}
}
