package conformance

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"
)

// provider speaks the engine's protocol to a provider, in property maps.
type provider struct {
	name   string
	client pulumirpc.ResourceProviderClient
	engine *engine
}

// state is a resource as the engine keeps it.
type state struct {
	urn     resource.URN
	id      string
	inputs  resource.PropertyMap // as Check returned them
	outputs resource.PropertyMap
}

func dial(t *testing.T, name, address string, engine *engine) *provider {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &provider{name: name, client: pulumirpc.NewResourceProviderClient(conn), engine: engine}
}

// attach tells a provider that was not started with it the engine's address.
func (p *provider) attach(t *testing.T) {
	t.Helper()
	_, err := p.client.Attach(context.Background(), &pulumirpc.PluginAttach{Address: p.engine.address})
	require.NoError(t, err)
}

func (p *provider) configure(t *testing.T) {
	t.Helper()
	_, err := p.client.Configure(context.Background(), &pulumirpc.ConfigureRequest{
		AcceptSecrets: true, AcceptResources: true, SendsOldInputs: true, SendsOldInputsToDelete: true,
		Args: &structpb.Struct{},
	})
	require.NoError(t, err)
}

// check returns the inputs with defaults and secret markings, or why they are
// refused.
func (p *provider) check(t *testing.T, typ tokens.Type, inputs resource.PropertyMap) (resource.PropertyMap, []*pulumirpc.CheckFailure) {
	t.Helper()
	response, err := p.client.Check(context.Background(), &pulumirpc.CheckRequest{
		Urn: string(urn(typ)), News: marshal(t, inputs), RandomSeed: make([]byte, 32),
	})
	require.NoError(t, err)
	return unmarshal(t, response.GetInputs()), response.GetFailures()
}

// create checks inputs and creates a resource of them.
func (p *provider) create(t *testing.T, typ tokens.Type, inputs resource.PropertyMap) state {
	t.Helper()
	created, err := p.tryCreate(t, typ, inputs)
	require.NoError(t, err)
	return created
}

func (p *provider) tryCreate(t *testing.T, typ tokens.Type, inputs resource.PropertyMap) (state, error) {
	t.Helper()
	checked, failures := p.check(t, typ, inputs)
	require.Empty(t, failures)
	response, err := p.client.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: string(urn(typ)), Properties: marshal(t, checked),
	})
	if err != nil {
		return state{}, err
	}
	return state{
		urn: urn(typ), id: response.GetId(), inputs: checked, outputs: unmarshal(t, response.GetProperties()),
	}, nil
}

// preview is a create as the engine previews it: nothing happens.
func (p *provider) preview(t *testing.T, typ tokens.Type, inputs resource.PropertyMap) resource.PropertyMap {
	t.Helper()
	checked, failures := p.check(t, typ, inputs)
	require.Empty(t, failures)
	response, err := p.client.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: string(urn(typ)), Properties: marshal(t, checked), Preview: true,
	})
	require.NoError(t, err)
	return unmarshal(t, response.GetProperties())
}

// diff checks inputs and compares a resource with them.
func (p *provider) diff(t *testing.T, old state, inputs resource.PropertyMap) *pulumirpc.DiffResponse {
	t.Helper()
	checked, failures := p.check(t, old.urn.Type(), inputs)
	require.Empty(t, failures)
	response, err := p.client.Diff(context.Background(), &pulumirpc.DiffRequest{
		Id: old.id, Urn: string(old.urn),
		Olds: marshal(t, old.outputs), OldInputs: marshal(t, old.inputs), News: marshal(t, checked),
	})
	require.NoError(t, err)
	return response
}

// update checks inputs and updates a resource to them.
func (p *provider) update(t *testing.T, old state, inputs resource.PropertyMap) (state, error) {
	t.Helper()
	return p.updateOr(t, old, inputs, false)
}

// previewUpdate is an update as the engine previews it: nothing happens.
func (p *provider) previewUpdate(t *testing.T, old state, inputs resource.PropertyMap) resource.PropertyMap {
	t.Helper()
	updated, err := p.updateOr(t, old, inputs, true)
	require.NoError(t, err)
	return updated.outputs
}

func (p *provider) updateOr(t *testing.T, old state, inputs resource.PropertyMap, preview bool) (state, error) {
	t.Helper()
	checked, failures := p.check(t, old.urn.Type(), inputs)
	require.Empty(t, failures)
	response, err := p.client.Update(context.Background(), &pulumirpc.UpdateRequest{
		Id: old.id, Urn: string(old.urn), Preview: preview,
		Olds: marshal(t, old.outputs), OldInputs: marshal(t, old.inputs), News: marshal(t, checked),
	})
	if err != nil {
		return state{}, err
	}
	return state{urn: old.urn, id: old.id, inputs: checked, outputs: unmarshal(t, response.GetProperties())}, nil
}

// read refreshes a resource.
func (p *provider) read(t *testing.T, old state) state {
	t.Helper()
	response, err := p.client.Read(context.Background(), &pulumirpc.ReadRequest{
		Id: old.id, Urn: string(old.urn), Properties: marshal(t, old.outputs), Inputs: marshal(t, old.inputs),
	})
	require.NoError(t, err)
	return state{
		urn: old.urn, id: response.GetId(),
		inputs: unmarshal(t, response.GetInputs()), outputs: unmarshal(t, response.GetProperties()),
	}
}

func (p *provider) delete(t *testing.T, old state) error {
	t.Helper()
	_, err := p.client.Delete(context.Background(), &pulumirpc.DeleteRequest{
		Id: old.id, Urn: string(old.urn), Properties: marshal(t, old.outputs), OldInputs: marshal(t, old.inputs),
	})
	return err
}

// urn names the one resource of a type that a test works with.
func urn(typ tokens.Type) resource.URN {
	return resource.NewURN("test", "conformance", "", typ, "subject")
}

func marshal(t *testing.T, properties resource.PropertyMap) *structpb.Struct {
	t.Helper()
	marshalled, err := plugin.MarshalProperties(properties, plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepResources: true, ComputeAssetHashes: true,
	})
	require.NoError(t, err)
	return marshalled
}

func unmarshal(t *testing.T, marshalled *structpb.Struct) resource.PropertyMap {
	t.Helper()
	properties, err := plugin.UnmarshalProperties(marshalled, plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepResources: true,
	})
	require.NoError(t, err)
	return properties
}
