package e2e

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/machine"
	"tripvpn/lab/stack"
	"tripvpn/lab/world"
)

// killed is a trip whose runs are killed while AWS creates something, or break off while
// the host is set up.
type killed struct{ *trip }

// TestKilledRuns kills the CLI at each kind of resource, and cuts SSH in each remote
// command. Each run continues where the one before it ended; what AWS has in the end is
// known to the stack, or was named with the commands that remove it.
func TestKilledRuns(t *testing.T) {
	k := &killed{newTrip(t, "killed", map[string]any{
		"regions": []string{region}, "clients": []string{"anna"}, "domain": domain, "zone": world.Zone,
	})}
	inOrder(t, []chapter{
		{"in the key pair", func(t *testing.T) { k.inResource(t, "aws:ec2/keyPair:KeyPair") }},
		{"in the address", func(t *testing.T) { k.inResource(t, "aws:ec2/eip:Eip") }},
		{"in the instance", func(t *testing.T) { k.inResource(t, "aws:ec2/instance:Instance") }},
		{"in the association", func(t *testing.T) { k.inResource(t, "aws:ec2/eipAssociation:EipAssociation") }},
		{"SSH is cut in the upload", k.cutsUpload},
		{"SSH is cut while packages and binary are installed", func(t *testing.T) { k.cuts(t, 0, "apt-get", "install -m") }},
		{"in a remote command", k.inCommand},
		{"SSH is cut while the network is set up", func(t *testing.T) { k.cuts(t, 0, "apply -spec -") }},
		{"SSH is cut while the server is set up", func(t *testing.T) { k.cuts(t, 1, "apply -spec -") }},
		{"the operator presses Ctrl-C", k.interrupts},
		{"in a record", func(t *testing.T) { k.inResource(t, "aws:route53/record:Record") }},
		{"up finishes, and names what was left", k.finishes},
		{"destroy leaves nothing", k.end},
	})
}

// inResource kills a run as soon as AWS has created a resource of the type.
func (k *killed) inResource(t *testing.T, resource string) {
	reached := k.world.Cloud.Stall(resource)
	k.kill(t, func(ended <-chan error) {
		select {
		case <-reached:
		case err := <-ended:
			t.Fatalf("the run ended before: %v", err)
		}
	})
}

// inCommand kills a run while the server installs packages.
func (k *killed) inCommand(t *testing.T) {
	k.kill(t, func(ended <-chan error) {
		eventually(t, time.Minute, func() error {
			select {
			case err := <-ended:
				t.Fatalf("the run ended before: %v", err)
			default:
			}
			host, err := k.server(t)
			if err == nil {
				_, err = host.Run(t.Context(), "pgrep", "--exact", "apt-get")
			}
			return err
		})
	})
}

// server is the machine of the instance that the stack knows.
func (k *killed) server(t *testing.T) (*machine.Machine, error) {
	ids, err := k.stack.IDs(t.Context(), "aws:ec2/instance:Instance")
	if err == nil && len(ids) == 0 {
		err = errors.New("the stack has no instance yet")
	}
	if err != nil {
		return nil, err
	}
	return k.world.Site.Machine(ids[0])
}

// kill starts an update, kills the CLI once await returns, and removes its lock.
// The engine creates several resources at once, so more than one may be left. Those
// of which AWS allows no second one, the parts of a network and a server with its
// IPv6 address, are removed as the next preview says; addresses stay until the end.
func (k *killed) kill(t *testing.T, await func(ended <-chan error)) {
	t.Helper()
	ended := make(chan error, 1)
	go func() {
		_, err := k.stack.Up(context.WithoutCancel(t.Context()))
		ended <- err
	}()
	await(ended)
	require.NoError(t, k.stack.Kill())
	require.Error(t, <-ended)
	require.NoError(t, k.stack.Cancel(t.Context()))

	preview, err := k.stack.Preview(t.Context())
	require.NoError(t, err)
	k.requireNamed(t, commands(preview))
	k.runsAWS(t, slices.DeleteFunc(commands(preview), func(command string) bool {
		return strings.Contains(command, "address")
	}))
}

// requireNamed requires a command for each ID that the account has and the state
// does not.
func (k *killed) requireNamed(t *testing.T, commands []string) {
	t.Helper()
	state, err := k.stack.Export(t.Context())
	require.NoError(t, err)
	here, err := k.world.Cloud.Region(region)
	require.NoError(t, err)
	for _, line := range k.world.Cloud.Inventory() {
		id, isHere := strings.CutPrefix(line, region+" ")
		if !isHere || strings.Contains(string(state), id) {
			continue
		}
		if key, err := here.DescribeKeyPair(id); err == nil { // the inventory has its name
			id = key.ID
		}
		require.Contains(t, strings.Join(commands, "\n"), id, line)
	}
}

// finishes requires that preview and update name the leftovers, and runs their
// commands.
func (k *killed) finishes(t *testing.T) {
	preview, err := k.stack.Preview(t.Context())
	require.NoError(t, err)
	up, err := k.stack.Up(t.Context())
	require.NoError(t, err)
	require.Equal(t, commands(preview), commands(up))
	t.Logf("the update named:\n%s", strings.Join(commands(up), "\n"))
	var actions []string
	for _, command := range commands(up) {
		actions = append(actions, awsCommand.FindStringSubmatch(command)[2])
	}
	require.Equal(t, []string{"release-address"}, actions,
		"an association and a record are taken over")
	k.runsAWS(t, commands(up))

	again, err := k.stack.Up(t.Context())
	require.NoError(t, err)
	require.False(t, again.Changed(), "%v", again.Changes)
	require.Empty(t, again.Warnings)
	anna := k.newDevice(t, "anna")
	k.hand(t, anna, "anna")
	anna.connect(t)
	require.NoError(t, anna.seenAs(t.Context(), k.address(t, region)))
	require.NoError(t, anna.Remove(t.Context()))
}

// commands are the commands of the AWS CLI among an operation's warnings.
func commands(result stack.Result) []string {
	var found []string
	for _, warning := range result.Warnings {
		for line := range strings.Lines(warning) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "aws ") {
				found = append(found, line)
			}
		}
	}
	return found
}

func (k *killed) end(t *testing.T) {
	_, err := k.stack.Destroy(t.Context())
	require.NoError(t, err)
	left, err := k.world.Leftovers()
	require.NoError(t, err)
	require.Empty(t, left)
}
