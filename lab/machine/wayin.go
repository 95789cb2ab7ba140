package machine

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

// The way into a virtual machine is SSH over a virtual serial port, which the network
// does not see: sshd(8) in it has the port as its input and output, as under inetd. One
// connection lasts as long as a run; each program has a session on it.

// wayPort is the port's name, by which the image's udev starts sshd.
const wayPort = "tripvpn-lab"

// wayFolder holds the key in the machine.
const wayFolder = "etc/tripvpn-lab"

// WayIn are the image's files for it, by path.
func WayIn() map[string]string {
	return map[string]string{
		"etc/udev/rules.d/60-tripvpn-lab.rules": fmt.Sprintf(
			"SUBSYSTEM==\"virtio-ports\", ATTR{name}==%q, TAG+=\"systemd\", ENV{SYSTEMD_WANTS}=\"tripvpn-lab.service\"\n", wayPort),
		// It is there early and late, whatever else starts or stops.
		"etc/systemd/system/tripvpn-lab.service": fmt.Sprintf(`[Unit]
Description=The lab's way in
DefaultDependencies=no
After=systemd-remount-fs.service

[Service]
ExecStart=/usr/sbin/sshd -i -f /%[1]s/sshd_config
StandardInput=file:/dev/virtio-ports/%[2]s
StandardOutput=file:/dev/virtio-ports/%[2]s
StandardError=journal
RuntimeDirectory=sshd
RuntimeDirectoryMode=0755
RuntimeDirectoryPreserve=yes
Restart=always
KillMode=process
`, wayFolder, wayPort),
		wayFolder + "/sshd_config": fmt.Sprintf(`HostKey /%[1]s/key
AuthorizedKeysFile /%[1]s/authorized_keys
LogLevel ERROR
MaxSessions 100
PrintLastLog no
PrintMotd no
UsePAM no
`, wayFolder),
	}
}

// plantKey makes the key of both ends, and puts it in the machine.
func plantKey(d disk) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	line, err := ssh.NewPublicKey(public)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	key, authorized := pem.EncodeToMemory(block), ssh.MarshalAuthorizedKey(line)
	folder := filepath.Join(d.upper(), wayFolder)
	return errors.Join(
		os.MkdirAll(folder, 0o755),
		os.WriteFile(filepath.Join(folder, "key"), key, 0o600),
		os.WriteFile(filepath.Join(folder, "authorized_keys"), authorized, 0o600),
		os.WriteFile(filepath.Join(d.folder, "key"), key, 0o600),
		os.WriteFile(filepath.Join(d.folder, "known_hosts"), append([]byte(wayPort+" "), authorized...), 0o600),
	)
}

// wayIn is the end on this computer.
type wayIn struct {
	folder  string // has the key
	socket  string // qemu's, the serial port
	control string // ssh's, for sessions
}

func (v virtual) wayIn() wayIn {
	return wayIn{
		folder:  v.disk.folder,
		socket:  filepath.Join(v.folders.Run, v.name+".port"),
		control: filepath.Join(v.folders.Run, v.name+".ssh"),
	}
}

// clear removes the sockets of an earlier run.
func (w wayIn) clear() error {
	return errors.Join(os.MkdirAll(filepath.Dir(w.socket), 0o755), os.RemoveAll(w.socket), os.RemoveAll(w.control))
}

// open connects, and returns once sshd has let it in: until then, what it says waits in
// the port. After much output the port may not tell sshd that it can write again. sshd
// tries again when something arrives, so ssh says something after each second of silence.
func (w wayIn) open(ctx context.Context, launched func(...string) *exec.Cmd, exited <-chan struct{}) error {
	cmd := launched("ssh", "-F", "none", "-N", "-M", "-S", w.control,
		"-o", "ProxyCommand=socat - UNIX-CONNECT:"+w.socket,
		"-o", "IdentityFile="+filepath.Join(w.folder, "key"), "-o", "IdentitiesOnly=yes",
		"-o", "UserKnownHostsFile="+filepath.Join(w.folder, "known_hosts"), "-o", "StrictHostKeyChecking=yes",
		"-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=3600",
		"-o", "BatchMode=yes", "-o", "PermitLocalCommand=yes", "-o", "LocalCommand=echo in",
		"root@"+wayPort)
	said := &strings.Builder{}
	cmd.Stderr = said
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting ssh: %w", err)
	}
	in := make(chan error, 2)
	go func() {
		_, err := bufio.NewReader(stdout).ReadString('\n')
		in <- err
		in <- cmd.Wait()
	}()
	select {
	case err := <-in:
		if err != nil {
			return fmt.Errorf("entering by SSH: %w: %s", errors.Join(err, <-in), said)
		}
		return nil
	case <-exited:
		return errors.New("qemu ended")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// command prepares a program. What sshd is told goes through a shell.
func (w wayIn) command(ctx context.Context, argv []string) *exec.Cmd {
	words := []string{"exec", "env", "-i"}
	for _, word := range append(environment, argv...) {
		words = append(words, quoted(word))
	}
	return exec.CommandContext(ctx, "ssh", "-F", "none", "-S", w.control, "-o", "BatchMode=yes", "-T", wayPort, strings.Join(words, " "))
}

// quoted is a word of a shell's, whatever is in it.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
