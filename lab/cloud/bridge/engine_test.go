package bridge_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cli"
	"tripvpn/lab/cloud/bridge"
	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/ec2/ec2test"
	"tripvpn/lab/cloud/serve"
	"tripvpn/lab/stack"
)

// TestMain keeps the engine out of the user's home.
func TestMain(m *testing.M) {
	home, err := os.MkdirTemp("", "bridge-pulumi-home-")
	if err == nil {
		err = os.Setenv("PULUMI_HOME", home)
	}
	if err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(home)
	os.Exit(status)
}

// engine is the real engine, attached to a stand-in.
type engine struct {
	t          *testing.T
	cloud      *ec2.Cloud
	datacenter *ec2test.Datacenter
	stack      *stack.Stack
	program    pulumi.RunFunc
}

func newCloud(datacenter *ec2test.Datacenter) *ec2.Cloud {
	return ec2.New(datacenter, ec2.Options{
		Addresses: func(region string) netip.Prefix {
			return map[string]netip.Prefix{
				"us-east-1": netip.MustParsePrefix("203.0.113.16/28"), "eu-west-1": netip.MustParsePrefix("203.0.113.32/28"),
			}[region]
		},
		Networks6: func(region string) netip.Prefix {
			return map[string]netip.Prefix{
				"us-east-1": netip.MustParsePrefix("2001:db8:1000::/44"), "eu-west-1": netip.MustParsePrefix("2001:db8:2000::/44"),
			}[region]
		},
		Zones: []string{"example.org"},
	})
}

// start makes an empty stack. Unlike the program's own project, its project
// does not refresh by itself.
func start(t *testing.T) *engine {
	t.Helper()
	t.Parallel()
	e := &engine{t: t, datacenter: &ec2test.Datacenter{}}
	e.cloud = newCloud(e.datacenter)
	path, err := cli.Provide(t.Context(), func(text string) { os.Stderr.WriteString(text + "\n") })
	require.NoError(t, err)
	project := filepath.Join(t.TempDir(), "Pulumi.yaml")
	require.NoError(t, os.WriteFile(project, []byte("name: tripvpn\nruntime: go\n"), 0o600))
	e.stack, err = stack.New(t.Context(), stack.Options{
		CLI: path, Folder: t.TempDir(), Project: project, Log: testLog{t},
		Program: func(ctx *pulumi.Context) error { return e.program(ctx) },
		Plugins: func() []serve.Plugin {
			return []serve.Plugin{{Name: "aws", Version: bridge.Version, New: func() p.Provider { return bridge.Provider(e.cloud) }}}
		},
	})
	require.NoError(t, err)
	return e
}

func (e *engine) up(program pulumi.RunFunc) {
	e.t.Helper()
	e.program = program
	_, err := e.stack.Up(e.t.Context())
	require.NoError(e.t, err)
}

// refused runs a program that the stand-in must refuse, in these words.
func (e *engine) refused(program pulumi.RunFunc, words string) {
	e.t.Helper()
	e.program = program
	_, err := e.stack.Up(e.t.Context())
	require.ErrorContains(e.t, err, words)
}

// preview returns how many resources each operation ("create") would concern.
func (e *engine) preview(program pulumi.RunFunc) map[string]int {
	e.t.Helper()
	e.program = program
	result, err := e.stack.Preview(e.t.Context())
	require.NoError(e.t, err)
	return result.Changes
}

// messages returns what an update with a program logs, after a preview that logs
// the same.
func (e *engine) messages(program pulumi.RunFunc) []string {
	e.t.Helper()
	e.program = program
	preview, err := e.stack.Preview(e.t.Context())
	require.NoError(e.t, err)
	up, err := e.stack.Up(e.t.Context())
	require.NoError(e.t, err)
	require.Equal(e.t, preview.Infos, up.Infos)
	return up.Infos
}

// unchanged requires that the program would change nothing.
func (e *engine) unchanged(program pulumi.RunFunc) {
	e.t.Helper()
	for op, n := range e.preview(program) {
		require.Equal(e.t, "same", op, "%d of them", n)
	}
}

func (e *engine) refresh() map[string]int {
	e.t.Helper()
	result, err := e.stack.Refresh(e.t.Context())
	require.NoError(e.t, err)
	return result.Changes
}

func (e *engine) destroy() {
	e.t.Helper()
	_, err := e.stack.Destroy(e.t.Context())
	require.NoError(e.t, err)
	require.Empty(e.t, e.cloud.Inventory())
}

// output is one of the last program's outputs.
func (e *engine) output(name string) any {
	e.t.Helper()
	value, err := e.stack.Output(e.t.Context(), name)
	require.NoError(e.t, err)
	return value
}

// exported is what the last program exported of a region's server.
func (e *engine) exported(region string) map[string]any {
	e.t.Helper()
	output, ok := e.output(region).(map[string]any)
	require.True(e.t, ok, "no output of region %s", region)
	return output
}

// server runs a program and returns what it exports of us-east-1.
func (e *engine) server(program pulumi.RunFunc) map[string]any {
	e.t.Helper()
	e.up(program)
	return e.exported("us-east-1")
}

// state is the state as it is on the disk.
func (e *engine) state() string {
	e.t.Helper()
	state, err := os.ReadFile(filepath.Join(e.stack.Folder(), "state", ".pulumi", "stacks", "tripvpn", "dev.json"))
	require.NoError(e.t, err)
	return string(state)
}

// testLog shows the engine's output with the test's own.
type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}
