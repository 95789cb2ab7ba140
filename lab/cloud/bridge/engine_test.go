package bridge_test

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cli"
	"tripvpn/lab/cloud/bridge"
	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/ec2/ec2test"
	"tripvpn/lab/cloud/serve"
	"tripvpn/lab/repo"
)

// engine is the real engine, attached to a stand-in.
type engine struct {
	t          *testing.T
	cloud      *ec2.Cloud
	datacenter *ec2test.Datacenter
	stack      auto.Stack
	backend    string // the folder of the state
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

// provideCLI finds the CLI as the lab does, which may have to build it first.
var provideCLI = sync.OnceValues(func() (string, error) {
	root, err := repo.Root()
	if err != nil {
		return "", err
	}
	cache, err := repo.Cache()
	if err != nil {
		return "", err
	}
	return cli.Provide(context.Background(), root, cache, func(text string) { fmt.Fprintln(os.Stderr, text) })
})

// newCLI wraps the CLI for the Automation API, which wants it as bin/pulumi.
func newCLI(t *testing.T) auto.PulumiCommand {
	t.Helper()
	path, err := provideCLI()
	require.NoError(t, err)
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "bin"), 0o700))
	require.NoError(t, os.Symlink(path, filepath.Join(root, "bin", "pulumi")))
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: root})
	require.NoError(t, err)
	return command
}

// start makes an empty stack outside the user's home.
func start(t *testing.T) *engine {
	t.Helper()
	t.Parallel()
	e := &engine{t: t, datacenter: &ec2test.Datacenter{}, backend: t.TempDir()}
	e.cloud = newCloud(e.datacenter)
	value, stop, err := serve.Attach(serve.Plugin{
		Name: "aws", Version: bridge.Version, New: func() p.Provider { return bridge.Provider(e.cloud) },
	})
	require.NoError(t, err)
	t.Cleanup(stop)
	e.stack, err = auto.NewStackInlineSource(t.Context(), "test", "bridge", nil, auto.Pulumi(newCLI(t)), auto.EnvVars(map[string]string{
		serve.Variable: value, "PULUMI_BACKEND_URL": "file://" + e.backend, "PULUMI_HOME": e.backend,
		"PULUMI_CONFIG_PASSPHRASE": "test", "PULUMI_SKIP_UPDATE_CHECK": "true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
	}))
	require.NoError(t, err)
	return e
}

func (e *engine) up(program pulumi.RunFunc) auto.UpResult {
	e.t.Helper()
	e.stack.Workspace().SetProgram(program)
	result, err := e.stack.Up(e.ctx(), optup.ProgressStreams(logs(e.t)))
	require.NoError(e.t, err)
	return result
}

// refused runs a program that the stand-in has to refuse, in these words.
func (e *engine) refused(program pulumi.RunFunc, words string) {
	e.t.Helper()
	e.stack.Workspace().SetProgram(program)
	_, err := e.stack.Up(e.ctx())
	require.ErrorContains(e.t, err, words)
}

func (e *engine) preview(program pulumi.RunFunc) map[apitype.OpType]int {
	e.t.Helper()
	e.stack.Workspace().SetProgram(program)
	result, err := e.stack.Preview(e.ctx(), optpreview.Diff(), optpreview.ProgressStreams(logs(e.t)))
	require.NoError(e.t, err)
	return result.ChangeSummary
}

// unchanged requires that the program would change nothing.
func (e *engine) unchanged(program pulumi.RunFunc) {
	e.t.Helper()
	for op, n := range e.preview(program) {
		require.Equal(e.t, apitype.OpSame, op, "%d of them", n)
	}
}

func (e *engine) refresh() map[string]int {
	e.t.Helper()
	result, err := e.stack.Refresh(e.ctx(), optrefresh.ProgressStreams(logs(e.t)))
	require.NoError(e.t, err)
	return *result.Summary.ResourceChanges
}

func (e *engine) destroy() {
	e.t.Helper()
	_, err := e.stack.Destroy(e.ctx(), optdestroy.ProgressStreams(logs(e.t)))
	require.NoError(e.t, err)
	require.Empty(e.t, e.cloud.Inventory())
}

func (e *engine) ctx() context.Context { return e.t.Context() }

// state is the state as it lies on the disk.
func (e *engine) state() string {
	e.t.Helper()
	state, err := os.ReadFile(filepath.Join(e.backend, ".pulumi", "stacks", "bridge", "test.json"))
	require.NoError(e.t, err)
	return string(state)
}

type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

// logs shows the engine's output with the test's own.
func logs(t *testing.T) io.Writer { return testLog{t} }
