package conformance

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"google.golang.org/grpc/status"

	"tripvpn/lab/cloud/command"
	"tripvpn/lab/cloud/serve"
)

const remoteCommand = tokens.Type("command:remote:Command")

var commandPlugin = serve.Plugin{Name: command.Name, Version: command.Version, New: command.Provider}

// host is an SSH server and the connection to it.
type host struct {
	*sshd
	privateKey string
	connection object
}

// newHost starts a server and pins its key.
func newHost(t *testing.T) host {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	key, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)

	h := host{sshd: startSSHD(t, key), privateKey: string(pem.EncodeToMemory(block))}
	h.connection = object{
		"host": "127.0.0.1", "port": h.address.Port, "user": "lab",
		"privateKey": h.privateKey, "hostKey": pin(h.hostKey.PublicKey()), "dialErrorLimit": 0,
	}
	return h
}

// runs are a command's inputs, as the program writes them.
func (h host) runs(create string) object {
	return object{
		"connection": map[string]any(h.connection), "create": create,
		"logging": "none", "addPreviousOutputInEnv": false,
	}
}

// onHosts runs a test on both providers, each with a host of its own.
func onHosts(t *testing.T, test func(t *testing.T, p *provider, h host)) {
	onBoth(t, commandPlugin, func(t *testing.T, p *provider) { test(t, p, newHost(t)) })
}

func TestCommandChecksConnection(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		inputs, failures := p.check(t, remoteCommand, h.runs("true").
			with("connection", map[string]any{"host": "192.0.2.1", "privateKey": h.privateKey}).properties())
		require.Empty(t, failures)
		require.True(t, inputs["connection"].IsSecret())
		connection := plain(inputs["connection"]).ObjectValue()
		require.Equal(t, "root", plain(connection["user"]).StringValue())
		require.EqualValues(t, 22, plain(connection["port"]).NumberValue())
		require.EqualValues(t, 10, plain(connection["dialErrorLimit"]).NumberValue())
		require.EqualValues(t, 15, plain(connection["perDialTimeout"]).NumberValue())
		require.NotContains(t, connection, resource.PropertyKey("hostKey"))

		_, failures = p.check(t, remoteCommand, h.runs("true").with("connection", nil).properties())
		requireRefused(t, failures, "connection")
	})
}

func TestCommandPreviewDoesNothing(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		outputs := p.preview(t, remoteCommand, h.runs("echo hello").properties())
		require.True(t, outputs["stdout"].ContainsUnknowns())
		require.True(t, outputs["stderr"].ContainsUnknowns())
		require.Zero(t, h.dialled.Load())
	})
}

func TestCommandRuns(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		inputs := h.runs(`cat; printf '\n\n'; echo aside >&2`).with("stdin", secret("what it reads"))
		created := p.create(t, remoteCommand, inputs.properties())
		require.Regexp(t, "^subject[0-9a-f]{8}$", created.id)
		require.Equal(t, "what it reads\n", created.text(t, "stdout"), "one newline is cut off")
		require.Equal(t, "aside", created.text(t, "stderr"))
		require.True(t, created.outputs["connection"].IsSecret())
		require.True(t, created.outputs["stdin"].IsSecret())
		require.Equal(t, created.outputs, p.read(t, created).outputs)
		requireUnchanged(t, p.diff(t, created, inputs.properties()))
		require.EqualValues(t, 1, h.dialled.Load())
	})
}

func TestCommandWithoutCreateDoesNotConnect(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		created := p.create(t, remoteCommand, h.runs("").with("create", nil).properties())
		require.Empty(t, created.text(t, "stdout"))
		require.NoError(t, p.delete(t, created))
		require.Zero(t, h.dialled.Load())
	})
}

func TestCommandFails(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		for _, says := range []string{"echo to-stdout", "echo to-stderr >&2"} {
			create := "cat > /dev/null; " + says + "; exit 3"
			_, err := p.tryCreate(t, remoteCommand, h.runs(create).with("stdin", secret("not to be told")).properties())
			require.ErrorContains(t, err, fmt.Sprintf("Process exited with status 3: running %q:\nto-std", create))
			for _, told := range append(p.engine.logged(), err.Error()) {
				require.NotContains(t, told, "not to be told")
				require.NotContains(t, told, "PRIVATE KEY")
			}
		}
	})
}

func TestCommandRunsAgainWhenAnInputChanges(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		inputs := h.runs("cat >> runs").with("stdin", secret("first\n"))
		created := p.create(t, remoteCommand, inputs.properties())

		changed := inputs.with("stdin", secret("second\n"))
		requireUpdate(t, p.diff(t, created, changed.properties()), "stdin")
		updated, err := p.update(t, created, changed.properties())
		require.NoError(t, err)
		require.Equal(t, "first\nsecond\n", h.file(t, "runs"), "there is no update command, so create runs again")
		requireUnchanged(t, p.diff(t, updated, changed.properties()))
	})
}

// An error without a state leaves the engine with the old one, so that the
// next up runs the command again.
func TestCommandKeepsItsStateWhenAnUpdateFails(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		created := p.create(t, remoteCommand, h.runs("echo one").properties())
		_, err := p.update(t, created, h.runs("echo two; exit 1").properties())
		require.ErrorContains(t, err, "Process exited with status 1")
		require.Empty(t, status.Convert(err).Details())
	})
}

// The provider itself replaces only when triggers come or go. That a changed
// trigger replaces is the doing of the SDK, which asks the engine to replace on
// changes of "triggers[*]".
func TestCommandTriggers(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		inputs := h.runs("true").with("triggers", []any{"a"})
		created := p.create(t, remoteCommand, inputs.properties())
		requireUnchanged(t, p.diff(t, created, inputs.properties()))
		requireReplace(t, p.diff(t, created, inputs.with("triggers", nil).properties()), "triggers")

		diff := p.diff(t, created, inputs.with("triggers", []any{"b"}).properties())
		requireUpdate(t, diff, "triggers")
		require.Contains(t, diff.GetDetailedDiff(), "triggers[0]")
	})
}

func TestConnectionPinsTheHostKey(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		h.connection = h.connection.with("hostKey", pin(newSigner(t).PublicKey())).with("dialErrorLimit", 2)
		_, err := p.tryCreate(t, remoteCommand, h.runs("touch done").properties())
		require.ErrorContains(t, err, "after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch")
		require.EqualValues(t, 3, h.dialled.Load())
		require.NoFileExists(t, h.dir+"/done")

		h.connection = h.connection.with("hostKey", "ssh-ed25519 nonsense")
		_, err = p.tryCreate(t, remoteCommand, h.runs("true").properties())
		require.ErrorContains(t, err, "failed to parse host key")
		require.EqualValues(t, 3, h.dialled.Load())
	})
}

func TestConnectionTrustsAnyHostKeyByDefault(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		h.connection = h.connection.with("hostKey", nil)
		require.Equal(t, "in", p.create(t, remoteCommand, h.runs("echo in").properties()).text(t, "stdout"))
	})
}

func TestConnectionIsTriedAgain(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		h.drop.Store(2)
		h.connection = h.connection.with("dialErrorLimit", 2)
		created := p.create(t, remoteCommand, h.runs("echo in").properties())
		require.Equal(t, "in", created.text(t, "stdout"))
		require.EqualValues(t, 3, h.dialled.Load())
		require.Equal(t, []string{"Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"}, p.engine.logged())
	})
}

func TestConnectionRefusesAStranger(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		h.connection = h.connection.with("privateKey", newHost(t).privateKey)
		_, err := p.tryCreate(t, remoteCommand, h.runs("true").properties())
		require.ErrorContains(t, err, "ssh: handshake failed: ssh: unable to authenticate")

		h.connection = h.connection.with("privateKey", "nonsense")
		_, err = p.tryCreate(t, remoteCommand, h.runs("true").properties())
		require.ErrorContains(t, err, "ssh: no key found")
		require.NotContains(t, err.Error(), "nonsense")
	})
}

// The stand-in refuses what it does not do. It does not ignore it.
func TestStandInRefusesOtherCommands(t *testing.T) {
	p, usual := standIn(t, commandPlugin), newHost(t).runs("true")
	_, failures := p.check(t, remoteCommand, usual.properties())
	require.Empty(t, failures)
	for property, value := range (object{
		"update": "true", "delete": "true", "environment": map[string]any{"COLOUR": "green"},
	}) {
		_, failures = p.check(t, remoteCommand, usual.with(property, value).properties())
		requireRefused(t, failures, property, "Unrecognized")
	}
	for _, logging := range []any{nil, "stdout", "stderr", "stdoutAndStderr"} {
		_, failures = p.check(t, remoteCommand, usual.with("logging", logging).properties())
		requireRefused(t, failures, "logging", "logs nothing: set logging to none")
	}
	for _, passed := range []any{nil, true} {
		_, failures = p.check(t, remoteCommand, usual.with("addPreviousOutputInEnv", passed).properties())
		requireRefused(t, failures, "addPreviousOutputInEnv", "set addPreviousOutputInEnv to false")
	}
}

func TestStandInRefusesOtherConnections(t *testing.T) {
	p, h := standIn(t, commandPlugin), newHost(t)
	for property, value := range map[string]any{
		"password": "x", "privateKeyPassword": "x", "agentSocketPath": "/x", "proxy": map[string]any{"host": "192.0.2.1"},
	} {
		connection := h.connection.with(property, value)
		_, failures := p.check(t, remoteCommand, h.runs("true").with("connection", map[string]any(connection)).properties())
		requireRefused(t, failures, "connection", property, "Unrecognized")
	}
}

// Cancelling ends a command that would run for ever, and Stop waits for it.
func TestStandInStops(t *testing.T) {
	h := newHost(t)
	server, err := serve.Listen(commandPlugin)
	require.NoError(t, err)
	p := dial(t, command.Name, server.Address(), newEngine(t))
	p.attach(t)
	p.configure(t)
	checked, failures := p.check(t, remoteCommand, h.runs("touch started; exec sleep 1000").properties())
	require.Empty(t, failures)
	request := &pulumirpc.CreateRequest{Urn: string(urn(remoteCommand)), Properties: marshal(t, checked)}
	ended := make(chan error, 1)
	go func() {
		_, err := p.client.Create(context.Background(), request)
		ended <- err
	}()
	require.Eventually(t, func() bool { _, err := os.Stat(h.dir + "/started"); return err == nil }, waitLimit, pollEvery)
	server.Stop()
	require.Error(t, <-ended)
}
