package conformance

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// object is inputs as a program writes them.
type object map[string]any

// with is a copy with one property changed, or taken away if nil.
func (o object) with(name string, value any) object {
	changed := object{}
	for key, value := range o {
		changed[key] = value
	}
	if changed[name] = value; value == nil {
		delete(changed, name)
	}
	return changed
}

func (o object) properties() resource.PropertyMap {
	return resource.NewPropertyMapFromMap(map[string]any(o))
}

// secret marks a value as a program does.
func secret(value string) resource.PropertyValue {
	return resource.MakeSecret(resource.NewStringProperty(value))
}

// plain is a value without its secret marking.
func plain(value resource.PropertyValue) resource.PropertyValue {
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	return value
}

// text is an output's text, secret or not.
func (s state) text(t *testing.T, name resource.PropertyKey) string {
	t.Helper()
	value := plain(s.outputs[name])
	require.True(t, value.IsString(), "%s is not a string", name)
	return value.StringValue()
}

// sorted goes through a map in the order of its keys: every transcript of a test
// has the same order.
func sorted[M ~map[K]V, K cmp.Ordered, V any](m M) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

// requireUnchanged wants a diff to find nothing to do.
func requireUnchanged(t *testing.T, diff *pulumirpc.DiffResponse) {
	t.Helper()
	require.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, diff.GetChanges())
	require.Empty(t, diff.GetReplaces())
}

// requireUpdate wants a diff to find a change that needs no new resource.
func requireUpdate(t *testing.T, diff *pulumirpc.DiffResponse, property string) {
	t.Helper()
	require.Equal(t, pulumirpc.DiffResponse_DIFF_SOME, diff.GetChanges())
	require.Empty(t, diff.GetReplaces())
	require.Contains(t, diff.GetDiffs(), property)
}

// requireReplace wants a diff to ask for a new resource, for exactly these
// properties.
func requireReplace(t *testing.T, diff *pulumirpc.DiffResponse, properties ...string) {
	t.Helper()
	require.Equal(t, pulumirpc.DiffResponse_DIFF_SOME, diff.GetChanges())
	require.ElementsMatch(t, properties, diff.GetReplaces())
	for _, property := range properties {
		require.Contains(t, diff.GetDiffs(), property)
	}
}

// requireRefused wants one failed check that says all of these.
func requireRefused(t *testing.T, failures []*pulumirpc.CheckFailure, says ...string) {
	t.Helper()
	require.Len(t, failures, 1)
	for _, words := range says {
		require.Contains(t, failures[0].GetProperty()+": "+failures[0].GetReason(), words)
	}
}

// How long a test waits for what must happen soon, and how often it looks.
const (
	waitLimit = 10 * time.Second
	pollEvery = 10 * time.Millisecond
)
