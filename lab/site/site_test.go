package site_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/machine"
	"tripvpn/lab/site"
	"tripvpn/lab/site/sitetest"
	"tripvpn/lab/traveller"
)

func TestMain(m *testing.M) { sitetest.Main(m) }

const region = "eu-central-1"

var (
	world  = netip.MustParsePrefix("0.0.0.0/0")
	world6 = netip.MustParsePrefix("::/0")
	rules  = []ec2.Rule{
		{Protocol: "all", Peer: world},
		{Protocol: "all", Peer: world6},
		{Ingress: true, Protocol: "tcp", FromPort: 22, ToPort: 22, Peer: netip.PrefixFrom(fabric.OperatorAddress, 32)},
		{Ingress: true, Protocol: "udp", FromPort: 1194, ToPort: 1194, Peer: world},
	}
)

// instance is what the cloud's stand-in would launch.
func instance(t *testing.T, s *site.Site, region, id, authorizedKey string) (ec2.Machine, netip.Addr) {
	t.Helper()
	addresses, err := s.Addresses(region)
	require.NoError(t, err)
	gateway6 := addresses.IPv6.Addr().Next()
	return ec2.Machine{
		Region:        region,
		ID:            id,
		Image:         "debian-13",
		Gateway:       netip.MustParsePrefix("10.86.0.1/24"),
		Address:       netip.MustParseAddr("10.86.0.10"),
		Gateway6:      netip.PrefixFrom(gateway6, 64),
		Address6:      gateway6.Next(),
		AuthorizedKey: authorizedKey,
		UserData:      "#cloud-config\nwrite_files:\n- {path: /etc/planted, content: by user data}\n",
		Rules:         rules,
	}, addresses.Elastic.Addr()
}

func launch(t *testing.T, s *site.Site, m ec2.Machine, public netip.Addr) {
	t.Helper()
	ctx := context.Background()
	began := time.Now()
	require.NoError(t, s.Launch(ctx, m, func() {}))
	t.Logf("init of %s ran after %v", m.ID, time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() { require.NoError(t, s.Terminate(ctx, m.Region, m.ID)) })
	began = time.Now()
	require.NoError(t, s.Map(ctx, m.Region, public, m.Address))
	t.Logf("mapped in %v", time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() { require.NoError(t, s.Unmap(ctx, m.Region, public)) })
}

// login waits until SSH answers, runs a command and returns its output.
func login(t *testing.T, address netip.Addr, user string, key ssh.Signer, command string) string {
	t.Helper()
	config := &ssh.ClientConfig{
		User:            user,
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // the test is of the network, not of the host
		Timeout:         time.Second,
	}
	var client *ssh.Client
	require.Eventually(t, func() (up bool) {
		var err error
		client, err = ssh.Dial("tcp", netip.AddrPortFrom(address, 22).String(), config)
		return err == nil
	}, 30*time.Second, 50*time.Millisecond)
	defer client.Close()
	session, err := client.NewSession()
	require.NoError(t, err)
	out, err := session.CombinedOutput(command)
	require.NoError(t, err, string(out))
	return string(out)
}

func newKey(t *testing.T) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(private)
	require.NoError(t, err)
	return signer, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
}

func TestInstanceIsADebianHostOnTheInternet(t *testing.T) {
	s := sitetest.New(t)
	ctx := t.Context()
	web, err := site.Web(ctx)
	require.NoError(t, err)
	defer web.Close()
	key, authorized := newKey(t)
	m, public := instance(t, s, region, "i-0123456789abcdef0", authorized)
	launch(t, s, m, public)

	began := time.Now()
	require.Equal(t, "root\n", login(t, public, "admin", key, "sudo whoami"))
	t.Logf("logged in after %v", time.Since(began).Round(time.Millisecond))

	host, err := s.Machine(m.ID)
	require.NoError(t, err)
	run(t, host, "cloud-init", "status", "--wait", "--long")
	t.Logf("cloud-init was done after %v", time.Since(began).Round(time.Millisecond))
	require.Equal(t, "running\n", run(t, host, "systemctl", "is-system-running", "--wait"))
	require.Equal(t, "by user data", run(t, host, "cat", "/etc/planted"))
	require.Equal(t, "ip-10-86-0-10\n", run(t, host, "hostname"))

	began = time.Now()
	run(t, host, "sh", "-c", "apt-get -q update && apt-get -q -y install --no-install-recommends curl")
	t.Logf("apt took %v", time.Since(began).Round(time.Millisecond))
	require.Equal(t, public.String()+"\n", seenBy(t, host, fabric.Web))
	require.Equal(t, []netip.Addr{public}, web.Callers())
	require.Equal(t, m.Address6.String()+"\n", seenBy(t, host, fabric.Web6))
}

// run runs a program on a host, which must succeed, and returns its output.
func run(t *testing.T, host *machine.Machine, argv ...string) string {
	t.Helper()
	said, err := host.Run(t.Context(), argv...)
	require.NoError(t, err, said)
	return said
}

// seenBy is the address that a web server sees a host at, and a newline.
func seenBy(t *testing.T, host *machine.Machine, server netip.Addr) string {
	t.Helper()
	url := "http://" + netip.AddrPortFrom(server, 80).String() + "/address"
	return run(t, host, "curl", "-sS", "--noproxy", "*", "--max-time", "5", url)
}

func TestInstanceReboots(t *testing.T) {
	s := sitetest.New(t)
	ctx := context.Background()
	m, public := instance(t, s, region, "i-reboot", "")
	launch(t, s, m, public)
	host, err := s.Machine(m.ID)
	require.NoError(t, err)
	run(t, host, "sh", "-c", "sysctl -w net.ipv4.ip_forward=1; touch /etc/kept; touch /run/lost; sync")
	require.NoError(t, netns.NFT(ctx, "tvl-h-i-reboot", "table ip mine {}\n"))
	before := run(t, host, "cat", "/etc/machine-id", "/proc/1/stat")

	began := time.Now()
	require.NoError(t, host.Reboot(ctx))
	t.Logf("rebooted in %v", time.Since(began).Round(time.Millisecond))
	require.True(t, host.Running())
	require.NoError(t, host.AwaitBooted(ctx))
	t.Logf("booted after %v", time.Since(began).Round(time.Millisecond))

	require.Equal(t, "0\n", run(t, host, "cat", "/proc/sys/net/ipv4/ip_forward"))
	require.Error(t, netns.NFT(ctx, "tvl-h-i-reboot", "delete table ip mine\n"))
	run(t, host, "test", "-e", "/etc/kept")
	_, err = host.Run(ctx, "test", "-e", "/run/lost")
	require.Error(t, err)
	require.NotEqual(t, before, run(t, host, "cat", "/etc/machine-id", "/proc/1/stat"))
	awaitTCP(t, netip.AddrPortFrom(public, 22))
}

// awaitTCP waits until the operator can connect.
func awaitTCP(t *testing.T, to netip.AddrPort) {
	t.Helper()
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		conn, err := netns.Dial(ctx, fabric.Operator, "tcp", to.String())
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 30*time.Second, 50*time.Millisecond)
}

func TestPowerCut(t *testing.T) {
	s := sitetest.New(t)
	ctx := context.Background()
	m, public := instance(t, s, region, "i-power", "")
	launch(t, s, m, public)
	host, err := s.Machine(m.ID)
	require.NoError(t, err)

	require.NoError(t, host.Kill(ctx))
	require.False(t, host.Running())
	_, err = host.Run(ctx, "true")
	require.ErrorContains(t, err, `machine "i-power" is off`)
	require.NoError(t, host.Kill(ctx), "killing twice")
	require.ErrorContains(t, host.Reboot(ctx), "it is off")

	require.NoError(t, host.PowerOn(ctx))
	require.ErrorContains(t, host.PowerOn(ctx), "it is on")
	awaitTCP(t, netip.AddrPortFrom(public, 22))
}

func TestTwoRegionsAndATraveller(t *testing.T) {
	s := sitetest.New(t)
	ctx := t.Context()
	web, err := site.Web(ctx)
	require.NoError(t, err)
	defer web.Close()
	here, public := instance(t, s, region, "i-here", "")
	there, elsewhere := instance(t, s, "us-east-1", "i-there", "")
	launch(t, s, here, public)
	launch(t, s, there, elsewhere)
	darrell, err := s.Traveller(ctx, "darrell")
	require.NoError(t, err)
	defer func() { require.NoError(t, darrell.Remove(ctx)) }()

	seen, err := darrell.Fetch(ctx, fmt.Sprintf("http://%s/address", fabric.Web))
	require.NoError(t, err)
	require.Equal(t, darrell.Address().String()+"\n", seen)
	require.Equal(t, []netip.Addr{darrell.Address()}, web.Callers())
	_, err = darrell.Fetch(ctx, fmt.Sprintf("http://%s/nothing", fabric.Web))
	require.ErrorContains(t, err, "404")

	ssh := netip.AddrPortFrom(public, 22)
	awaitTCP(t, ssh)
	awaitTCP(t, netip.AddrPortFrom(elsewhere, 22))
	require.Equal(t, traveller.Silent, probe(t, darrell, "tcp", ssh), "SSH is the operator's")
	require.Equal(t, traveller.Refused, probe(t, darrell, "udp", netip.AddrPortFrom(public, 1194)), "admitted, but nobody serves")
	require.Equal(t, traveller.Silent, probe(t, darrell, "udp", netip.AddrPortFrom(public, 1195)))

	admitted := append(rules, ec2.Rule{Ingress: true, Protocol: "tcp", FromPort: 22, ToPort: 22, Peer: world})
	began := time.Now()
	require.NoError(t, s.Filter(ctx, region, here.ID, admitted))
	t.Logf("filtered in %v", time.Since(began).Round(time.Millisecond))
	require.Equal(t, traveller.Open, probe(t, darrell, "tcp", ssh))
}

func probe(t *testing.T, who *traveller.Traveller, network string, address netip.AddrPort) traveller.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	answer, err := who.Probe(ctx, network, address, []byte("hello"))
	require.NoError(t, err)
	return answer
}
