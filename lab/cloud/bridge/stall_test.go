package bridge_test

import (
	"context"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestAnInterruptedCreationLeavesAResource(t *testing.T) {
	a := configured(t, props{})
	types := a.taggable()
	types[recordType] = a.record("vpn.example.org", "203.0.113.16")
	for token, inputs := range types {
		t.Run(string(token), func(t *testing.T) {
			before := len(a.cloud.Inventory())
			reached := a.cloud.Stall(token.String())
			_, err := a.try(token, inputs, true)
			require.NoError(t, err, "a preview does not stall")
			checked, _ := a.check(token, nil, inputs)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			returned := make(chan error)
			go func() {
				_, err := a.createIn(ctx, token, checked)
				returned <- err
			}()
			select {
			case <-reached:
			case err := <-returned:
				require.FailNow(t, "the call returned", "%v", err)
			}
			require.Greater(t, len(a.cloud.Inventory()), before)
			cancel()
			require.ErrorIs(t, <-returned, context.Canceled)
			require.Greater(t, len(a.cloud.Inventory()), before, "it stays")
		})
	}
	a.cloud.Stall(vpcType)
	a.create(eipType, props{}) // neither the next one nor one of another type stalls
}

// killed runs a program and ends the CLI as soon as the account has made a resource
// of a type. Interrupted, the CLI waits for the resource; the Automation API kills
// it after ten seconds. The stack stays locked then, and is unlocked here.
func (e *engine) killed(program pulumi.RunFunc, token tokens.Type) {
	e.t.Helper()
	ctx, cancel := context.WithCancel(e.t.Context())
	defer cancel()
	reached := e.cloud.Stall(string(token))
	e.program = program
	done := make(chan error, 1)
	go func() {
		_, err := e.stack.Up(ctx)
		done <- err
	}()
	select {
	case <-reached:
	case err := <-done:
		require.FailNow(e.t, "the operation ended before", "%v", err)
	}
	cancel()
	require.ErrorContains(e.t, <-done, "signal: killed")
	require.NoError(e.t, e.stack.Command(e.t.Context(), "pulumi", "cancel", "--yes").Run(), "unlocking the stack")
}

// having are the ids of a kind, "i", that the account has.
func (e *engine) having(kind string) []string {
	var ids []string
	for _, line := range e.cloud.Inventory() {
		if _, id, _ := strings.Cut(line, " "); strings.HasPrefix(id, kind+"-") {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestAKilledUpLeavesAnInstanceThatTheStateDoesNotKnow(t *testing.T) {
	e := start(t)
	s := standard("us-east-1")
	e.killed(servers(s), instanceType)
	orphans := e.having("i")
	require.Len(t, orphans, 1)
	require.NotContains(t, e.state(), orphans[0])
	resources, err := e.stack.Resources(t.Context())
	require.NoError(t, err)
	require.NotContains(t, strings.Join(resources, "\n"), instanceType)
	require.Contains(t, e.state(), "pending_operations")

	require.NotEqual(t, orphans[0], e.server(servers(s))["instance"], "the next up makes another")
	require.Len(t, e.having("i"), 2)
	_, err = e.stack.Destroy(t.Context())
	require.ErrorContains(t, err, "api error DependencyViolation: ")
	require.Equal(t, orphans, e.having("i"), "destroy does not know the first")

	backend, err := e.cloud.Region("us-east-1")
	require.NoError(t, err)
	require.NoError(t, backend.TerminateInstance(t.Context(), orphans[0]))
	e.destroy()
}
