package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"tripvpn/lab/fabric/command"
)

// Virtual is the hardware of a virtual machine.
type Virtual struct {
	Architecture string // "amd64" or "arm64"
	Processors   int
	MemoryMiB    int
	DiskGiB      int
	Tap          string // the device in the machine's namespace that its network card is connected to
	MAC          string // of its network card
	MTU          int    // of its network card, in bytes
}

// virtual is a machine under qemu-system(1), on a disk that has the image and nothing
// else. When its power is cut, it loses what it had not written to the disk yet.
type virtual struct {
	place
	hardware Virtual
}

// patience is for a processor that is emulated, on a computer that has more to do.
func (virtual) patience() patience { return patience{boot: 5 * time.Minute, shutdown: 3 * time.Minute} }

// emulator is how one architecture is run.
type emulator struct {
	program string
	machine string // its -machine
	cpu     string // its -cpu, where the processor is emulated
	console string // the kernel's name for the serial port
	options []string
}

// A t4g instance has a Graviton2 processor, which has Neoverse N1 cores
// (https://aws.amazon.com/ec2/graviton/).
// Its firmware is UEFI. Without one, qemu would describe the machine by a device tree,
// with a power button that Debian's cloud kernel has no driver for, and not by ACPI.
var emulators = map[string]emulator{
	"amd64": {"qemu-system-x86_64", "q35", "max", "ttyS0", nil},
	"arm64": {"qemu-system-aarch64", "virt,gic-version=3", "neoverse-n1", "ttyAMA0", []string{"-bios", firmware}},
}

// firmware is in Debian's package qemu-efi-aarch64.
const firmware = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"

// Emulator is the program that a machine of an architecture needs.
func Emulator(architecture string) string { return emulators[architecture].program }

func (v virtual) monitorSocket() string { return filepath.Join(v.folders.Run, v.name+".qmp") }

func (v virtual) file() string { return filepath.Join(v.disk.folder, "disk.img") }

// install makes an ext4 file system of the image, with the seed and the key of the way
// in.
func (v virtual) install(ctx context.Context, seed *Seed) error {
	if _, known := emulators[v.hardware.Architecture]; !known {
		return fmt.Errorf("making disk: there is no emulator for architecture %q", v.hardware.Architecture)
	}
	if err := v.disk.create(seed); err != nil {
		return err
	}
	if err := plantKey(v.disk); err != nil {
		return err
	}
	const format = `
mount -t overlay overlay -o "$1" "$2"
exec mke2fs -q -t ext4 -L root -d "$2" "$3" "$4"G`
	_, err := command.Run(ctx, nil, "unshare", "--mount", "sh", "-euc", format, "sh",
		v.disk.overlay(), v.disk.root(), v.file(), strconv.Itoa(v.hardware.DiskGiB))
	if err == nil {
		err = errors.Join(os.Chmod(v.file(), 0o600), os.RemoveAll(v.disk.upper()), os.RemoveAll(v.disk.work()))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("making disk: %w", err), v.disk.remove())
	}
	return nil
}

// launchScript joins the machine's control groups.
const launchScript = `
members=$1; shift
for file in $members; do echo 0 >"$file"; done
exec "$@"`

// launched prepares a program of this computer that ends with the machine.
func (v virtual) launched(argv ...string) *exec.Cmd {
	script := []string{"-euc", launchScript, "sh", strings.Join(v.group.Members(), " ")}
	return exec.Command("sh", append(script, argv...)...)
}

// qemu is the command line. The disk does not wait for this computer's: what the machine
// has written survives the end of the emulator. The devices are those that Debian's cloud
// kernel has drivers for.
func (v virtual) qemu(kernel, initrd string) []string {
	h, e := v.hardware, emulators[v.hardware.Architecture]
	argv := []string{
		"nsenter", "--net=" + v.network.Path(), "--", e.program,
		"-name", v.name, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-machine", e.machine, "-smp", strconv.Itoa(h.Processors), "-m", strconv.Itoa(h.MemoryMiB),
		"-kernel", kernel, "-initrd", initrd,
		"-append", "root=/dev/vda rw quiet console=" + e.console,
		"-drive", "file=" + v.file() + ",format=raw,if=none,id=disk,cache=unsafe", "-device", "virtio-blk-pci,drive=disk",
		"-netdev", "tap,id=net,ifname=" + h.Tap + ",script=no,downscript=no",
		"-device", fmt.Sprintf("virtio-net-pci,netdev=net,mac=%s,host_mtu=%d,romfile=", h.MAC, h.MTU),
		"-device", "virtio-rng-pci",
		"-chardev", "file,id=console,append=on,path=" + v.disk.console(), "-serial", "chardev:console",
		"-chardev", "socket,id=qmp,path=" + v.monitorSocket(), "-mon", "chardev=qmp,mode=control",
		"-chardev", "socket,id=way,server=on,wait=off,path=" + v.wayIn().socket,
		"-device", "virtio-serial-pci", "-device", "virtserialport,chardev=way,name=" + wayPort,
	}
	return slices.Concat(argv, e.options, accelerated(h.Architecture, e.cpu))
}

// accelerated uses this computer's own processor where it can.
func accelerated(architecture, cpu string) []string {
	cpuinfo, err := os.ReadFile("/proc/cpuinfo")
	if err == nil && architecture == runtime.GOARCH && virtualizes(string(cpuinfo)) {
		return []string{"-accel", "kvm", "-cpu", "host"}
	}
	return []string{"-accel", "tcg,thread=multi", "-cpu", cpu}
}

// virtualizes reports whether KVM runs an unmodified kernel. That there is a /dev/kvm
// does not say so: a virtual machine may have one for guests that know about it only.
func virtualizes(cpuinfo string) bool {
	device, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	device.Close()
	return runtime.GOARCH != "amd64" || hardwareVirtualization(cpuinfo)
}

// hardwareVirtualization looks for Intel's and AMD's in the text of /proc/cpuinfo.
func hardwareVirtualization(cpuinfo string) bool {
	for line := range strings.Lines(cpuinfo) {
		if key, flags, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "flags" {
			for flag := range strings.FieldsSeq(flags) {
				if flag == "vmx" || flag == "svm" {
					return true
				}
			}
		}
	}
	return false
}

// boot powers the machine on and returns once there is a way in.
func (v virtual) boot(ctx context.Context) (*run, error) {
	if err := v.group.Make(); err != nil {
		return nil, err
	}
	r, err := v.start(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.enter(ctx, r); err != nil {
		endErr := v.group.End(context.WithoutCancel(ctx))
		return nil, errors.Join(fmt.Errorf("waiting for the init of %q: %w; its console ends in:\n%s", v.name, err, v.disk.lastWords()), endErr)
	}
	return r, nil
}

// emulated is a run of a virtual machine.
type emulated struct {
	wayIn
	monitor *monitor
	err     error // of qemu
}

func (e *emulated) ending() ending { return e.monitor.ending() }

func (e *emulated) press() { e.monitor.powerDown() }

func (v virtual) start(ctx context.Context) (*run, error) {
	kernel, initrd, err := v.load(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.wayIn().clear(); err != nil {
		return nil, err
	}
	monitor, err := newMonitor(v.monitorSocket())
	if err != nil {
		return nil, err
	}
	said := &strings.Builder{}
	cmd := v.launched(v.qemu(kernel, initrd)...)
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		monitor.close()
		return nil, fmt.Errorf("starting qemu: %w", err)
	}
	guest := &emulated{wayIn: v.wayIn(), monitor: monitor}
	r := newRun(guest)
	go func() {
		if err := cmd.Wait(); err != nil {
			guest.err = fmt.Errorf("qemu ended: %w: %s", err, said)
		}
		monitor.close()
		<-monitor.over
		close(r.exited)
	}()
	return r, nil
}

// enter opens the way in, once qemu has made its socket, and notes when all is started.
func (v virtual) enter(ctx context.Context, r *run) error {
	guest := r.inside.(*emulated)
	select {
	case <-guest.monitor.ready:
	case <-r.exited:
		return errors.Join(errors.New("qemu ended"), guest.err)
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := guest.open(ctx, v.launched, r.exited); err != nil {
		return err
	}
	go func() {
		// Whether or not a part of it failed.
		_ = guest.command(context.Background(), []string{"systemctl", "is-system-running", "--wait"}).Run()
		if !r.off() {
			close(r.booted)
		}
	}()
	return nil
}
