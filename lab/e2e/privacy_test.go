package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric"
	"tripvpn/lab/machine"
)

// keepsAddressesInTheJournal requires that nothing on the host's disk but the journal has
// the address of a device that was connected, or of the operator.
func (c *trip) keepsAddressesInTheJournal(t *testing.T) {
	c.leavesTraces(t)
	for who, address := range c.traces() {
		files := c.filesWith(t, address)
		require.NotEmpty(t, files, "the search finds %s", who)
		for _, path := range files {
			require.True(t, strings.HasPrefix(path, "/var/log/journal/"), "%s has the address of %s", path, who)
		}
	}
}

// keepsNoAddresses requires that without logs no file has these addresses, and that those
// from before are gone. The journal in memory has no device's address. It has the
// operator's, from the end of the connection that changed the setting.
func (c *trip) keepsNoAddresses(t *testing.T) {
	c.change(t, map[string]any{"logs": "none"})
	c.leavesTraces(t)
	for who, address := range c.traces() {
		require.Empty(t, c.filesWith(t, address), "files with the address of %s", who)
	}
	journal, err := c.host(t).Run(t.Context(), "journalctl", "--no-pager", "--output=cat")
	require.NoError(t, err)
	require.Contains(t, journal, "tripvpn-bootstrap status", "the login is in the journal in memory")
	require.NotContains(t, journal, c.traveller.Address().String())
	output, code := bootstrap(t, c.host(t), nil, "verify")
	require.Zero(t, code, output)
}

// saysWhyItEnded requires that a server without logs still says why it does not start.
func (c *trip) saysWhyItEnded(t *testing.T) {
	_, err := c.host(t).Run(t.Context(), "sh", "-uc", `echo nonsense >>/etc/openvpn/server/darrell.conf; systemctl restart "$1"; true`, "sh", server)
	require.NoError(t, err)
	eventually(t, 10*time.Second, func() error {
		if log := c.serverLog(t); !strings.Contains(log, "Options error: Unrecognized option") {
			return fmt.Errorf("the log does not give the reason: %s", log)
		}
		return nil
	})
	output, code := bootstrap(t, c.host(t), nil, "apply")
	require.Zero(t, code, output)
}

// traces are the addresses that a host could keep.
func (c *trip) traces() map[string]netip.Addr {
	return map[string]netip.Addr{"the traveller": c.traveller.Address(), "the operator": fabric.OperatorAddress}
}

// leavesTraces connects the traveller over each protocol, and logs the operator in with a
// terminal, which sshd records.
func (c *trip) leavesTraces(t *testing.T) {
	t.Helper()
	for _, protocol := range []string{"udp", "tcp"} {
		profile := onlyRemotes(t, c.profile, protocol)
		require.NoError(t, c.traveller.Place(t.Context(), "/root/traces.ovpn", []byte(profile)))
		session, err := c.traveller.Connect("/root/traces.ovpn")
		require.NoError(t, err)
		require.NoError(t, session.AwaitConnected(within(t, 30*time.Second)))
		require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
	}
	script := strings.Replace(documentedLogin(t), "ssh -i", "ssh -tt -i", 1)
	require.Contains(t, script, "ssh -tt")
	output, err := c.stack.Command(t.Context(), "bash", "-euo", "pipefail", "-c", script).CombinedOutput()
	require.NoError(t, err, "%s", output)
	_, err = c.host(t).Run(t.Context(), "journalctl", "--sync")
	require.NoError(t, err)
}

// onlyRemotes removes a profile's remotes of other protocols.
func onlyRemotes(t *testing.T, profile, protocol string) string {
	t.Helper()
	var kept strings.Builder
	remotes := 0
	for line := range strings.Lines(profile) {
		if strings.HasPrefix(line, "remote ") {
			if !strings.HasSuffix(strings.TrimSpace(line), " "+protocol) {
				continue
			}
			remotes++
		}
		kept.WriteString(line)
	}
	require.NotZero(t, remotes)
	return kept.String()
}

// documentedLogin is the block of the documentation in which the operator logs in to a
// server.
func documentedLogin(t *testing.T) string {
	t.Helper()
	for _, block := range labBlocks(t) {
		if strings.Contains(block[3], "ssh -i admin.key") {
			return block[3]
		}
	}
	t.Fatal("the documentation does not log in to a server")
	return ""
}

// filesWith are the files on the host's disk that contain an address.
func (c *trip) filesWith(t *testing.T, address netip.Addr) []string {
	t.Helper()
	found, err := c.host(t).Run(t.Context(), "sh", "-euc",
		`find / -xdev -type f -exec grep --files-with-matches --fixed-strings --text --word-regexp "$1" {} + || [ $? -eq 1 ]`, "sh", address.String())
	require.NoError(t, err)
	return strings.Fields(found)
}

// metadataService is a stand-in for EC2's, behind a network device of the host as there.
const metadataService = `
ip netns add metadata
ip link add metadata0 type veth peer name metadata1 netns metadata
ip address add fd00:ec2::1/64 dev metadata0 nodad
ip link set metadata0 up
ip route add 169.254.169.254 dev metadata0
ip -n metadata address add 169.254.169.254/32 dev metadata1
ip -n metadata address add fd00:ec2::254/64 dev metadata1 nodad
ip -n metadata link set metadata1 up
ip -n metadata route add default dev metadata1
trap 'ip netns delete metadata' EXIT
ip netns exec metadata python3 -c '
import socket, socketserver, sys, threading

class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(4096)
        self.request.sendall(b"HTTP/1.0 200 OK\r\n\r\nuser data")

class Server6(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6

for server, address in (socketserver.ThreadingTCPServer, "169.254.169.254"), (Server6, "fd00:ec2::254"):
    threading.Thread(target=server((address, 80), Answer).serve_forever, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
'
`

// serveMetadata starts the stand-in on a host, until the test ends.
func serveMetadata(t *testing.T, host *machine.Machine) {
	t.Helper()
	service := host.Command(context.WithoutCancel(t.Context()), "sh", "-euc", metadataService)
	input, err := service.StdinPipe()
	require.NoError(t, err)
	output, err := service.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, service.Start())
	_, err = fmt.Fscanln(output, new(string))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, input.Close())
		require.NoError(t, service.Wait())
	})
}

// metadata are the addresses of EC2's metadata service.
var metadata = []netip.AddrPort{netip.MustParseAddrPort("169.254.169.254:80"), netip.MustParseAddrPort("[fd00:ec2::254]:80")}

// askMetadata prints what the metadata service at an address answers.
const askMetadata = `import sys, urllib.request; print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open("http://" + sys.argv[1], timeout=5).read())`

// keepsUserDataForRoot requires that only root gets an answer from the metadata service,
// over both IP versions.
func (c *trip) keepsUserDataForRoot(t *testing.T) {
	host := c.host(t)
	serveMetadata(t, host)
	for _, address := range metadata {
		said, err := host.Run(t.Context(), "python3", "-c", askMetadata, address.String())
		require.NoError(t, err)
		require.Contains(t, said, "user data")
		refused, err := host.Command(t.Context(), "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "python3", "-c", askMetadata, address.String()).CombinedOutput()
		require.ErrorAs(t, err, new(*exec.ExitError))
		require.Contains(t, string(refused), "Connection refused")
	}
}
