package bridge_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// lisbon are settings with a default tag.
var lisbon = props{"defaultTags": props{"tags": props{"trip": "lisbon", "Name": "default"}}}

// tags are the tags and all the tags of a resource, as answered.
func (m made) tags(t *testing.T) (own, all map[string]any) {
	t.Helper()
	if m.state["tags"].IsObject() {
		own = m.state["tags"].ObjectValue().Mappable()
	}
	require.True(t, m.state["tagsAll"].IsObject())
	return own, m.state["tagsAll"].ObjectValue().Mappable()
}

func TestDefaultTagsLieUnderAResourcesOwn(t *testing.T) {
	a := configured(t, lisbon)
	for token, inputs := range a.taggable() {
		t.Run(string(token), func(t *testing.T) {
			before := len(a.cloud.Tagged("trip", "lisbon"))
			m := a.create(token, inputs)
			require.Len(t, a.cloud.Tagged("trip", "lisbon"), before+1)
			own, all := m.tags(t)
			require.Empty(t, own)
			require.Equal(t, props{"trip": "lisbon", "Name": "default"}, all)

			m, err := a.update(token, m, with(inputs, "tags", props{"Name": "own", "a": "b"}))
			require.NoError(t, err)
			own, all = m.tags(t)
			require.Equal(t, props{"Name": "own", "a": "b"}, own)
			require.Equal(t, props{"trip": "lisbon", "Name": "own", "a": "b"}, all)

			resp, err := a.Read(t.Context(), &rpc.ReadRequest{Id: m.id, Urn: urn(token), Properties: a.wire(m.state)})
			require.NoError(t, err)
			require.Equal(t, m.state, a.read(resp.GetProperties()), "a refresh finds nothing new")
		})
	}
}

func TestTagsThatAreNotKnownYet(t *testing.T) {
	a := configured(t, lisbon)
	checked, failures := a.check(eipType, nil, props{"tags": props{"a": unknown}})
	require.Empty(t, failures)
	require.True(t, checked["tagsAll"].ContainsUnknowns())
	checked, _ = configured(t, props{}).check(eipType, nil, props{})
	require.NotContains(t, checked, resource.PropertyKey("tagsAll"))
}

func TestTagsThatWereChangedByHandAreTheResourcesOwn(t *testing.T) {
	a := configured(t, lisbon)
	vpc := a.create(vpcType, props{"cidrBlock": "10.87.0.0/16"})
	backend, err := a.cloud.Region("us-east-1")
	require.NoError(t, err)
	require.NoError(t, backend.TagVpc(vpc.id, map[string]string{"trip": "porto", "Name": "default"}))
	resp, err := a.Read(t.Context(), &rpc.ReadRequest{Id: vpc.id, Urn: urn(vpcType), Properties: a.wire(vpc.state)})
	require.NoError(t, err)
	own, all := made{vpc.id, a.read(resp.GetProperties())}.tags(t)
	require.Equal(t, props{"trip": "porto"}, own)
	require.Equal(t, props{"trip": "porto", "Name": "default"}, all)
}

func TestOtherDefaultTagsKeepTheProvider(t *testing.T) {
	a := attach(t)
	diff := func(from, to props) *rpc.DiffResponse {
		resp, err := a.DiffConfig(t.Context(), &rpc.DiffRequest{
			Urn: urn("pulumi:providers:aws"), Olds: a.wire(bag(from)), OldInputs: a.wire(bag(from)), News: a.wire(bag(to)),
		})
		require.NoError(t, err)
		require.Equal(t, rpc.DiffResponse_DIFF_SOME, resp.GetChanges())
		return resp
	}
	without := props{"region": "us-east-1"}
	first := with(without, "defaultTags", props{"tags": props{"trip": "lisbon"}})
	second := with(without, "defaultTags", props{"tags": props{"trip": "porto", "a": "b"}})
	for _, change := range [][2]props{{without, first}, {first, second}, {second, first}, {second, without}} {
		require.Empty(t, diff(change[0], change[1]).GetReplaces())
	}
	require.NotEmpty(t, diff(without, props{"region": "eu-west-1"}).GetReplaces())
}

func TestDefaultTagsComeAndGo(t *testing.T) {
	const taggedTypes = 8
	e := start(t)
	s := standard("us-east-1")
	s.defaultTags = map[string]string{"trip": "lisbon"}
	require.NotEmpty(t, e.preview(servers(s)))
	before := e.server(servers(s))
	require.Len(t, e.cloud.Tagged("trip", "lisbon"), taggedTypes)
	require.Len(t, e.cloud.Tagged("Name", "us-east-1"), 1, "the instance's own")
	e.unchanged(servers(s))
	e.refresh()
	e.unchanged(servers(s))

	s.defaultTags = map[string]string{"trip": "porto", "owner": "me"}
	require.Equal(t, map[string]int{"update": taggedTypes + 1, "same": 3}, e.preview(servers(s)))
	require.Equal(t, before, e.server(servers(s)), "nothing is replaced")
	require.Empty(t, e.cloud.Tagged("trip", "lisbon"))
	require.Len(t, e.cloud.Tagged("owner", "me"), taggedTypes)
	e.unchanged(servers(s))

	s.defaultTags = nil
	e.up(servers(s))
	require.Empty(t, e.cloud.Tagged("owner", "me"))
	require.Len(t, e.cloud.Tagged("Name", "us-east-1"), 1)
	e.unchanged(servers(s))
	e.destroy()
}
