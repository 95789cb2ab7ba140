package site_test

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"tripvpn/lab/cloud/ec2"
)

// importKey gives the account a key pair, and returns its private half.
func (a *account) importKey(name string) ssh.Signer {
	a.t.Helper()
	key, authorized := newKey(a.t)
	_, err := a.ImportKeyPair(ec2.KeySpec{Name: name, PublicKey: authorized})
	require.NoError(a.t, err)
	return key
}

func TestAnInstanceStartsAgain(t *testing.T) {
	a := newAccount(t)
	ctx := t.Context()
	key := a.importKey("operator")
	i, elastic := a.launchWith("operator", "stop")
	ssh := netip.AddrPortFrom(elastic.Public, 22)
	login(t, elastic.Public, "admin", key, "echo here | sudo tee /etc/kept; sudo touch /run/lost; sync")

	a.powerOff(i.ID, ec2.Stopped)
	requireSilence(t, ssh)
	began := time.Now()
	require.NoError(t, a.StartInstance(ctx, i.ID))
	t.Logf("started in %v", time.Since(began).Round(time.Millisecond))
	require.Equal(t, ec2.Running, a.state(i.ID))
	require.Equal(t, "here\n", login(t, elastic.Public, "admin", key, "cat /etc/kept; ls /run/lost 2>/dev/null || true"))

	began = time.Now()
	require.NoError(t, a.StopInstance(ctx, i.ID))
	t.Logf("stopped in %v", time.Since(began).Round(time.Millisecond))
	require.Equal(t, ec2.Stopped, a.state(i.ID))
	require.False(t, a.host(i.ID).Running())
	requireSilence(t, ssh)
	g, err := a.DescribeSecurityGroup(a.group)
	require.NoError(t, err)
	require.NoError(t, a.RevokeSecurityGroup(ctx, a.group, g.Rules[len(g.Rules)-1:]), "SSH, while it is stopped")
	require.NoError(t, a.StartInstance(ctx, i.ID))
	require.NoError(t, a.host(i.ID).AwaitBooted(ctx))
	requireSilence(t, ssh)
	rule := ec2.RuleSpec{Protocol: "tcp", From: 22, To: 22, Peer: world.String()}
	require.NoError(t, a.AuthorizeSecurityGroup(ctx, a.group, []ec2.RuleSpec{rule}))
	require.Equal(t, "here\n", login(t, elastic.Public, "admin", key, "cat /etc/kept"))

	a.powerOff(i.ID, ec2.Stopped)
	require.NoError(t, a.TerminateInstance(ctx, i.ID))
	require.NoDirExists(t, disk(i.ID))
}

func TestAnImageOfTheAccountsOwnBoots(t *testing.T) {
	a := newAccount(t)
	i, err := a.RunInstance(t.Context(), ec2.InstanceSpec{
		ImageID: a.image("own-debian-13-" + runtime.GOARCH), Type: kind(), SubnetID: a.subnet,
	})
	require.NoError(t, err)
	require.NoError(t, a.host(i.ID).AwaitBooted(t.Context()))
	require.Equal(t, "Debian\n", run(t, a.host(i.ID), "sh", "-c", ". /etc/os-release; echo $NAME | cut -d' ' -f1"))
	require.NoError(t, a.TerminateInstance(t.Context(), i.ID))
}
