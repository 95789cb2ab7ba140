package conformance

import (
	"context"
	"fmt"
	"slices"
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
	name       string
	client     pulumirpc.ResourceProviderClient
	engine     *engine
	transcript *transcript
	shown      int // messages that are in the transcript
}

// state is a resource as the engine keeps it. The transcript names its parts by
// the exchange that they come from.
type state struct {
	urn     resource.URN
	id      string
	inputs  resource.PropertyMap // as Check returned them
	outputs resource.PropertyMap

	inputsOf, outputsOf string
}

// lines name the parts of a state in a request.
func (s state) lines() []string {
	return []string{"olds: " + s.outputsOf, "oldInputs: " + s.inputsOf}
}

func dial(t *testing.T, name, address string, engine *engine) *provider {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &provider{
		name: name, client: pulumirpc.NewResourceProviderClient(conn), engine: engine, transcript: newTranscript(),
	}
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

// said adds an exchange to the transcript, with what the provider logged in it, and
// returns its number.
func (p *provider) said(method string, urn resource.URN, request []string, answer ...[]string) int {
	shown := p.engine.shown()
	answer = append(answer, logLines(shown[p.shown:]))
	p.shown = len(shown)
	return p.transcript.add(method+" "+string(urn.Type()), request, slices.Concat(answer...))
}

// check returns the inputs with defaults and secret markings, or why they are
// refused.
func (p *provider) check(t *testing.T, typ tokens.Type, inputs resource.PropertyMap) (resource.PropertyMap, []*pulumirpc.CheckFailure) {
	t.Helper()
	checked, failures, _ := p.checkOf(t, typ, inputs)
	return checked, failures
}

// checkOf is check, and returns the inputs' name in the transcript as well.
func (p *provider) checkOf(t *testing.T, typ tokens.Type, inputs resource.PropertyMap) (resource.PropertyMap, []*pulumirpc.CheckFailure, string) {
	t.Helper()
	response, err := p.client.Check(context.Background(), &pulumirpc.CheckRequest{
		Urn: string(urn(typ)), News: marshal(t, inputs), RandomSeed: make([]byte, 32),
	})
	require.NoError(t, err)
	checked := unmarshal(t, response.GetInputs())
	answer := propertyLines("inputs", checked)
	if len(response.GetFailures()) > 0 { // the engine ignores the inputs then
		answer = failureLines(response.GetFailures())
	}
	number := p.said("check", urn(typ), propertyLines("news", inputs), answer)
	return checked, response.GetFailures(), fmt.Sprintf("inputs of %d", number)
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
	return p.createOr(t, typ, inputs, false)
}

// preview is a create as the engine previews it: nothing happens.
func (p *provider) preview(t *testing.T, typ tokens.Type, inputs resource.PropertyMap) resource.PropertyMap {
	t.Helper()
	previewed, err := p.createOr(t, typ, inputs, true)
	require.NoError(t, err)
	return previewed.outputs
}

func (p *provider) createOr(t *testing.T, typ tokens.Type, inputs resource.PropertyMap, preview bool) (state, error) {
	t.Helper()
	checked, failures, inputsOf := p.checkOf(t, typ, inputs)
	require.Empty(t, failures)
	response, err := p.client.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: string(urn(typ)), Properties: marshal(t, checked), Preview: preview,
	})
	method, request := "create", []string{"properties: " + inputsOf}
	if preview {
		method = "preview create"
	}
	if err != nil {
		p.said(method, urn(typ), request, errorLine(err))
		return state{}, err
	}
	outputs := unmarshal(t, response.GetProperties())
	number := p.said(method, urn(typ), request, idLine(response.GetId()), propertyLines("properties", outputs))
	return state{
		urn: urn(typ), id: response.GetId(), inputs: checked, outputs: outputs,
		inputsOf: inputsOf, outputsOf: fmt.Sprintf("properties of %d", number),
	}, nil
}

// diff checks inputs and compares a resource with them.
func (p *provider) diff(t *testing.T, old state, inputs resource.PropertyMap) *pulumirpc.DiffResponse {
	t.Helper()
	checked, failures, inputsOf := p.checkOf(t, old.urn.Type(), inputs)
	require.Empty(t, failures)
	response, err := p.client.Diff(context.Background(), &pulumirpc.DiffRequest{
		Id: old.id, Urn: string(old.urn),
		Olds: marshal(t, old.outputs), OldInputs: marshal(t, old.inputs), News: marshal(t, checked),
	})
	require.NoError(t, err)
	p.said("diff", old.urn, append(old.lines(), "news: "+inputsOf), diffLines(response))
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
	checked, failures, inputsOf := p.checkOf(t, old.urn.Type(), inputs)
	require.Empty(t, failures)
	response, err := p.client.Update(context.Background(), &pulumirpc.UpdateRequest{
		Id: old.id, Urn: string(old.urn), Preview: preview,
		Olds: marshal(t, old.outputs), OldInputs: marshal(t, old.inputs), News: marshal(t, checked),
	})
	method, request := "update", append(old.lines(), "news: "+inputsOf)
	if preview {
		method = "preview update"
	}
	if err != nil {
		p.said(method, old.urn, request, errorLine(err))
		return state{}, err
	}
	outputs := unmarshal(t, response.GetProperties())
	number := p.said(method, old.urn, request, propertyLines("properties", outputs))
	return state{
		urn: old.urn, id: old.id, inputs: checked, outputs: outputs,
		inputsOf: inputsOf, outputsOf: fmt.Sprintf("properties of %d", number),
	}, nil
}

// read refreshes a resource.
func (p *provider) read(t *testing.T, old state) state {
	t.Helper()
	response, err := p.client.Read(context.Background(), &pulumirpc.ReadRequest{
		Id: old.id, Urn: string(old.urn), Properties: marshal(t, old.outputs), Inputs: marshal(t, old.inputs),
	})
	require.NoError(t, err)
	inputs, outputs := unmarshal(t, response.GetInputs()), unmarshal(t, response.GetProperties())
	number := p.said("read", old.urn, old.lines(),
		idLine(response.GetId()), propertyLines("inputs", inputs), propertyLines("properties", outputs))
	return state{
		urn: old.urn, id: response.GetId(), inputs: inputs, outputs: outputs,
		inputsOf: fmt.Sprintf("inputs of %d", number), outputsOf: fmt.Sprintf("properties of %d", number),
	}
}

func (p *provider) delete(t *testing.T, old state) error {
	t.Helper()
	_, err := p.client.Delete(context.Background(), &pulumirpc.DeleteRequest{
		Id: old.id, Urn: string(old.urn), Properties: marshal(t, old.outputs), OldInputs: marshal(t, old.inputs),
	})
	p.said("delete", old.urn, old.lines(), errorLine(err))
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
