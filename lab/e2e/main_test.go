// Package e2e tests the whole product in the lab: the real program under the
// real engine, a real Debian behind a fake EC2, real clients. Each test runs one
// trip in order, from the first update to the last destroy.
package e2e

import (
	"context"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/infra/config"
	"tripvpn/infra/vpn"
	"tripvpn/lab/cli"
	"tripvpn/lab/cloud/s3/gateway"
	"tripvpn/lab/fabric/command"
	"tripvpn/lab/fabric/operator/labtest"
	"tripvpn/lab/repo"
	"tripvpn/lab/site"
	"tripvpn/lab/stack"
	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

func TestMain(m *testing.M) { labtest.Main(m, outside) }

// outside prepares everything that needs the machine's own network: it builds the
// CLI and the host binary, so that nothing is downloaded inside.
func outside() (stop func(), err error) {
	if _, err := cli.Provide(context.Background(), say); err != nil {
		return nil, err
	}
	root, err := repo.Root()
	if err != nil {
		return nil, err
	}
	for _, architecture := range []config.Architecture{"amd64", "arm64"} {
		if _, err := vpn.BuildBinary(context.Background(), root, architecture); err != nil {
			return nil, err
		}
	}
	if _, err := gateway.Provide(context.Background()); err != nil {
		return nil, err
	}
	if err := buildCommand(os.DevNull); err != nil {
		return nil, err
	}
	return site.ServePackages()
}

func say(text string) { os.Stderr.WriteString(text + "\n") }

const region = "us-east-1"

// trip is the state that the tests share.
type trip struct {
	world     *world.World
	stack     *stack.Stack
	settings  map[string]any
	at        string    // the region of the server under test
	began     time.Time // start of the last up
	returned  time.Time // end of the last up
	devices   []*device
	log       *command.Log
	endpoint  string
	profile   string // darrell's, a secret
	traveller *traveller.Traveller
	needles   needles // key material, which must appear nowhere
	observed  *observer
}

// newTrip opens a world with one stack, or skips the test. The stack has the
// worked example's settings, and others.
func newTrip(t testing.TB, name string, others map[string]any) *trip {
	t.Helper()
	return newTripIn(t, world.Options{}, name, others)
}

// newTripIn is the same in a world with options of its own.
func newTripIn(t testing.TB, o world.Options, name string, others map[string]any) *trip {
	t.Helper()
	labtest.Require(t, "systemd-nspawn", "debootstrap", "ssh")
	path, err := cli.Provide(t.Context(), say)
	require.NoError(t, err)
	root, err := repo.Root()
	require.NoError(t, err)
	log := &command.Log{}
	o.Root, o.CLI, o.Log, o.Progress = root, path, log, func(text string) { t.Log(text) }
	w, err := world.Open(t.Context(), o)
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

// close ends the world. After a failure it also destroys the stack and removes the
// machines that the stack did not know, so that the next test finds nothing left.
func (c *trip) close(failed bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if failed {
		_, _ = c.stack.Destroy(ctx)
		_ = c.world.RemoveMachines(ctx)
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

// eventually repeats ask until it returns nil. After the limit it fails the test
// with the last error.
func eventually(t *testing.T, limit time.Duration, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	eventuallyIn(t, ctx, ask)
}

// eventuallyIn is eventually with a deadline that several calls share.
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

// inOrder runs chapters one after the other. A failed chapter ends the test,
// because later chapters depend on it.
func inOrder(t *testing.T, chapters []chapter) {
	for _, c := range chapters {
		if !part(t, c.name, c.test) {
			t.FailNow()
		}
	}
	requireProofs(t)
}
