package bridge_test

import (
	"context"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"tripvpn/lab/cloud/bridge"
	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/ec2/ec2test"
)

// props are properties in plain Go; resource.PropertyValue stands for itself.
type props = map[string]any

var unknown = resource.MakeComputed(resource.NewProperty(""))

// attached is a provider that is spoken to as the engine does, without one.
type attached struct {
	rpc.ResourceProviderServer
	t          *testing.T
	cloud      *ec2.Cloud
	datacenter *ec2test.Datacenter
}

func attach(t *testing.T) *attached {
	t.Helper()
	a := &attached{t: t, datacenter: &ec2test.Datacenter{}}
	a.cloud = newCloud(a.datacenter)
	var err error
	a.ResourceProviderServer, err = p.RawServer("aws", bridge.Version, bridge.Provider(a.cloud))(nil)
	require.NoError(t, err)
	return a
}

// configured is a provider of us-east-1.
func configured(t *testing.T, config props) *attached {
	t.Helper()
	a := attach(t)
	require.NoError(t, a.configure(with(config, "region", "us-east-1")))
	return a
}

func (a *attached) configure(config props) error {
	a.t.Helper()
	_, err := a.Configure(a.t.Context(), &rpc.ConfigureRequest{
		Args: a.wire(bag(config)), AcceptSecrets: true, SendsOldInputs: true, SendsOldInputsToDelete: true,
	})
	return err
}

var onTheWire = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true}

func bag(m props) resource.PropertyMap { return resource.NewPropertyMapFromMap(m) }

func (a *attached) wire(m resource.PropertyMap) *structpb.Struct {
	a.t.Helper()
	s, err := plugin.MarshalProperties(m, onTheWire)
	require.NoError(a.t, err)
	return s
}

func (a *attached) read(s *structpb.Struct) resource.PropertyMap {
	a.t.Helper()
	m, err := plugin.UnmarshalProperties(s, onTheWire)
	require.NoError(a.t, err)
	return m
}

func urn(token tokens.Type) string {
	return string(resource.NewURN("test", "bridge", "", token, "res"))
}

// made is a resource.
type made struct {
	id    string
	state resource.PropertyMap
}

func (m made) text(key string) string { return m.state[resource.PropertyKey(key)].StringValue() }

// check gives the inputs as they are after Check, or why they are refused. The
// resource had the old inputs, if any.
func (a *attached) check(token tokens.Type, old resource.PropertyMap, inputs props) (resource.PropertyMap, []*rpc.CheckFailure) {
	a.t.Helper()
	resp, err := a.Check(a.t.Context(), &rpc.CheckRequest{Urn: urn(token), Olds: a.wire(old), News: a.wire(bag(inputs))})
	require.NoError(a.t, err)
	return a.read(resp.GetInputs()), resp.GetFailures()
}

func (a *attached) try(token tokens.Type, inputs props, preview bool) (made, error) {
	a.t.Helper()
	checked, failures := a.check(token, nil, inputs)
	require.Empty(a.t, failures)
	resp, err := a.Create(a.t.Context(), &rpc.CreateRequest{Urn: urn(token), Properties: a.wire(checked), Preview: preview})
	return made{resp.GetId(), a.read(resp.GetProperties())}, err
}

// createIn creates a resource, with its checked inputs, in a call that can be
// cancelled.
func (a *attached) createIn(ctx context.Context, token tokens.Type, checked resource.PropertyMap) (id string, err error) {
	resp, err := a.Create(ctx, &rpc.CreateRequest{Urn: urn(token), Properties: a.wire(checked)})
	return resp.GetId(), err
}

func (a *attached) create(token tokens.Type, inputs props) made {
	a.t.Helper()
	m, err := a.try(token, inputs, false)
	require.NoError(a.t, err)
	return m
}

// update changes a resource in place.
func (a *attached) update(token tokens.Type, old made, inputs props) (made, error) {
	a.t.Helper()
	checked, failures := a.check(token, old.state, inputs)
	require.Empty(a.t, failures)
	resp, err := a.Update(a.t.Context(), &rpc.UpdateRequest{
		Id: old.id, Urn: urn(token), Olds: a.wire(old.state), News: a.wire(checked),
	})
	return made{old.id, a.read(resp.GetProperties())}, err
}

func (a *attached) delete(token tokens.Type, old made) error {
	a.t.Helper()
	_, err := a.Delete(a.t.Context(), &rpc.DeleteRequest{Id: old.id, Urn: urn(token), Properties: a.wire(old.state)})
	return err
}

// exists reports whether a refresh finds the resource.
func (a *attached) exists(token tokens.Type, old made) bool {
	a.t.Helper()
	return a.refreshed(token, old).id != ""
}

// refreshed is a resource as a refresh finds it.
func (a *attached) refreshed(token tokens.Type, old made) made {
	a.t.Helper()
	resp, err := a.Read(a.t.Context(), &rpc.ReadRequest{Id: old.id, Urn: urn(token), Properties: a.wire(old.state)})
	require.NoError(a.t, err)
	return made{resp.GetId(), a.read(resp.GetProperties())}
}

// diff compares the inputs of a resource before and after.
func (a *attached) diff(token tokens.Type, old, inputs props) *rpc.DiffResponse {
	a.t.Helper()
	resp, err := a.Diff(a.t.Context(), &rpc.DiffRequest{
		Id: "x", Urn: urn(token), Olds: a.wire(bag(old)), OldInputs: a.wire(bag(old)), News: a.wire(bag(inputs)),
	})
	require.NoError(a.t, err)
	return resp
}

func (a *attached) invoke(token tokens.Type, args props) (resource.PropertyMap, []*rpc.CheckFailure, error) {
	a.t.Helper()
	resp, err := a.Invoke(a.t.Context(), &rpc.InvokeRequest{Tok: string(token), Args: a.wire(bag(args))})
	return a.read(resp.GetReturn()), resp.GetFailures(), err
}

// with is a copy with one property changed.
func with(inputs props, key string, value any) props {
	changed := props{key: value}
	for k, v := range inputs {
		if k != key {
			changed[k] = v
		}
	}
	return changed
}
