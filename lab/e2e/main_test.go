// Package e2e tests the whole product in the lab: the real program under the
// real engine, a real Debian behind a stand-in for EC2, real clients. Each test
// goes through one trip from its first update to the last destroy, in order.
package e2e

import (
	"context"
	"maps"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/infra/config"
	"tripvpn/infra/vpn"
	"tripvpn/lab/cli"
	"tripvpn/lab/fabric/command"
	"tripvpn/lab/fabric/operator/labtest"
	"tripvpn/lab/repo"
	"tripvpn/lab/site"
	"tripvpn/lab/stack"
	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

func TestMain(m *testing.M) { labtest.Main(m, outside) }

// outside prepares the things that need the machine's own network: the CLI and the host
// binary are built, so that nothing is downloaded inside.
func outside() (stop func(), err error) {
	if _, err := cli.Provide(context.Background(), say); err != nil {
		return nil, err
	}
	root, err := repo.Root()
	if err != nil {
		return nil, err
	}
	if _, err := vpn.BuildBinary(context.Background(), root, config.Architecture(runtime.GOARCH)); err != nil {
		return nil, err
	}
	return site.ServePackages()
}

func say(text string) { os.Stderr.WriteString(text + "\n") }

const region = "us-east-1"

// trip is shared by the tests.
type trip struct {
	world     *world.World
	stack     *stack.Stack
	settings  map[string]any
	at        string    // the region of the server that is looked at
	began     time.Time // when the last up did
	returned  time.Time // when the last up did
	devices   []*device
	log       *command.Log
	endpoint  string
	profile   string // of darrell, a secret
	traveller *traveller.Traveller
	needles   needles // key material, which must appear nowhere
	observed  *observer
}

// newTrip opens a world with a stack of the worked example's settings and some
// others, or skips the test.
func newTrip(t testing.TB, name string, others map[string]any) *trip {
	t.Helper()
	labtest.Require(t, "systemd-nspawn", "debootstrap", "ssh")
	path, err := cli.Provide(t.Context(), say)
	require.NoError(t, err)
	root, err := repo.Root()
	require.NoError(t, err)
	log := &command.Log{}
	w, err := world.Open(t.Context(), world.Options{Root: root, CLI: path, Log: log, Progress: func(text string) { t.Log(text) }})
	require.NoError(t, err)
	settings, err := w.Settings()
	require.NoError(t, err)
	maps.Copy(settings, others)
	s, err := w.NewStack(t.Context(), name, settings)
	require.NoError(t, err)
	c := &trip{world: w, stack: s, settings: settings, at: region, log: log}
	t.Cleanup(func() { c.close(t.Failed()) })
	return c
}

// close ends the world. After a failure there is something left in it, which
// the next test must not find.
func (c *trip) close(failed bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if failed {
		_, _ = c.stack.Destroy(ctx)
	}
	for _, device := range c.devices {
		_ = device.Remove(ctx) // it may be gone
	}
	_ = c.world.Close()
}

// within gives an action a deadline.
func within(t testing.TB, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// eventually asks until the answer is right, or fails the test with the last
// one when the time is over.
func eventually(t *testing.T, limit time.Duration, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	eventuallyIn(t, ctx, ask)
}

// eventuallyIn is the same for a time that several questions share.
func eventuallyIn(t *testing.T, ctx context.Context, ask func() error) {
	t.Helper()
	for {
		err := ask()
		require.NoError(t, ctx.Err(), "%v", err)
		if err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// chapter is a part of a long test.
type chapter struct {
	name string
	test func(*testing.T)
}

// inOrder runs chapters one after the other. One that fails ends the test,
// because the later ones build on it.
func inOrder(t *testing.T, chapters []chapter) {
	for _, c := range chapters {
		if !t.Run(c.name, c.test) {
			t.FailNow()
		}
	}
}
