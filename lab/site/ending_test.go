package site_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/fabric/operator"
	"tripvpn/lab/machine"
	"tripvpn/lab/site"
	"tripvpn/lab/site/sitetest"
)

// account is an account at a site, with a network in one region.
type account struct {
	*ec2.Region
	t      *testing.T
	site   *site.Site
	subnet string
	group  string
}

func newAccount(t *testing.T) *account {
	t.Helper()
	s := sitetest.New(t)
	cloud := ec2.New(s, ec2.Options{
		Addresses: func(region string) netip.Prefix { return addresses(t, s, region).Elastic },
		Networks6: func(region string) netip.Prefix { return addresses(t, s, region).IPv6 },
	})
	backend, err := cloud.Region(region)
	require.NoError(t, err)
	a := &account{Region: backend, t: t, site: s}
	a.network()
	return a
}

func addresses(t *testing.T, s *site.Site, region string) fabric.Addresses {
	t.Helper()
	found, err := s.Addresses(region)
	require.NoError(t, err)
	return found
}

// network makes a network in which an instance can be reached by SSH.
func (a *account) network() {
	a.t.Helper()
	ctx := a.t.Context()
	vpc, err := a.CreateVpc(ec2.VpcSpec{CIDR: "10.86.0.0/16"})
	require.NoError(a.t, err)
	subnet, err := a.CreateSubnet(ec2.SubnetSpec{VpcID: vpc.ID, CIDR: "10.86.0.0/24", Zone: region + "b"})
	require.NoError(a.t, err)
	gateway, err := a.CreateInternetGateway(nil)
	require.NoError(a.t, err)
	require.NoError(a.t, a.AttachInternetGateway(ctx, gateway.ID, vpc.ID))
	require.NoError(a.t, a.CreateRoute(ctx, vpc.MainTable, ec2.Route{Destination: world, GatewayID: gateway.ID}))
	ssh := ec2.RuleSpec{Protocol: "tcp", From: 22, To: 22, Peer: world.String()}
	require.NoError(a.t, a.AuthorizeSecurityGroup(ctx, vpc.DefaultGroup, []ec2.RuleSpec{ssh}))
	a.subnet, a.group = subnet.ID, vpc.DefaultGroup
}

// launch launches an instance of this computer's own architecture, with an
// Elastic IP.
func (a *account) launch(behavior string) (ec2.Instance, ec2.Address) {
	a.t.Helper()
	return a.launchWith("", behavior)
}

// kind is a type of this computer's own architecture.
func kind() string {
	return map[string]string{"amd64": "t3.nano", "arm64": "t4g.nano"}[runtime.GOARCH]
}

// launchWith is launch with a key pair.
func (a *account) launchWith(key, behavior string) (ec2.Instance, ec2.Address) {
	a.t.Helper()
	ctx := a.t.Context()
	i, err := a.RunInstance(ctx, ec2.InstanceSpec{
		ImageID: a.image("debian-13-" + runtime.GOARCH + "-*"), Type: kind(), SubnetID: a.subnet, KeyName: key,
		Settings: ec2.Settings{Shutdown: behavior},
	})
	require.NoError(a.t, err)
	elastic, err := a.AllocateAddress(nil)
	require.NoError(a.t, err)
	elastic, err = a.AssociateAddress(ctx, elastic.AllocationID, i.ID)
	require.NoError(a.t, err)
	return i, elastic
}

// image is the id of an image by a pattern for its name.
func (a *account) image(pattern string) string {
	a.t.Helper()
	images, err := a.DescribeImages(ec2.ImageQuery{Filters: []ec2.Filter{{Name: "name", Values: []string{pattern}}}})
	require.NoError(a.t, err)
	require.Len(a.t, images, 1)
	return images[0].ID
}

// host is an instance's machine.
func (a *account) host(id string) *machine.Machine {
	a.t.Helper()
	host, err := a.site.Machine(id)
	require.NoError(a.t, err)
	return host
}

func (a *account) state(id string) string {
	a.t.Helper()
	i, err := a.DescribeInstance(id)
	require.NoError(a.t, err)
	return i.State
}

// powerOff has a machine power itself off, and waits until the account has it
// in a state.
func (a *account) powerOff(id, state string) {
	a.t.Helper()
	host := a.host(id)
	_, _ = host.Run(a.t.Context(), "systemctl", "poweroff") // which may end before it has answered
	require.Eventually(a.t, func() bool { return a.state(id) == state }, 20*time.Second, 20*time.Millisecond)
	require.False(a.t, host.Running())
}

// requireSilence requires that an address answers nothing, not even a refusal.
func requireSilence(t *testing.T, to netip.AddrPort) {
	t.Helper()
	soon, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	conn, err := netns.Dial(soon, fabric.Operator, "tcp", to.String())
	if err == nil {
		conn.Close()
	}
	var silence net.Error
	require.True(t, errors.As(err, &silence) && silence.Timeout(), "%s leads nowhere: %v", to, err)
}

func disk(id string) string { return filepath.Join(operator.DiskFolder, "machines", id) }

func TestAnInstanceStopsItself(t *testing.T) {
	a := newAccount(t)
	ctx := t.Context()
	i, elastic := a.launch("stop")
	ssh := netip.AddrPortFrom(elastic.Public, 22)
	awaitTCP(t, ssh)

	a.powerOff(i.ID, ec2.Stopped)
	require.DirExists(t, disk(i.ID))
	requireSilence(t, ssh)

	require.NoError(t, a.TerminateInstance(ctx, i.ID))
	require.Equal(t, ec2.Terminated, a.state(i.ID))
	require.NoDirExists(t, disk(i.ID))
}

func TestAPowerCutIsNoticedByNobody(t *testing.T) {
	a := newAccount(t)
	ctx := t.Context()
	i, elastic := a.launch("terminate")
	ssh := netip.AddrPortFrom(elastic.Public, 22)
	awaitTCP(t, ssh)
	host := a.host(i.ID)
	require.NoError(t, host.Kill(ctx))
	require.False(t, host.Running())
	requireSilence(t, ssh)
	require.Equal(t, ec2.Running, a.state(i.ID), "EC2 has it as running")
	kept, err := a.DescribeAddress(elastic.AllocationID)
	require.NoError(t, err)
	require.Equal(t, elastic, kept)
	rule := ec2.RuleSpec{Protocol: "udp", From: 1194, To: 1194, Peer: world.String()}
	require.NoError(t, a.AuthorizeSecurityGroup(ctx, a.group, []ec2.RuleSpec{rule}), "and changes it as any other")

	began := time.Now()
	require.NoError(t, a.TerminateInstance(ctx, i.ID))
	require.Less(t, time.Since(began), 5*time.Second, "there is no shutdown to wait for")
	require.Equal(t, ec2.Terminated, a.state(i.ID))
	require.NoDirExists(t, disk(i.ID))
	require.NoError(t, a.ReleaseAddress(elastic.AllocationID))
}
