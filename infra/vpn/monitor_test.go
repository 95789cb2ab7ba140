package vpn

import (
	"context"
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// monitor replaces the engine in a program's run. The SDK's own mocks do not
// support inputs that are both unknown and secret, and a first preview has many
// of them, so monitor implements the protocol.
//
// Unlike the engine it has no state, compares nothing, and calls no provider:
// the recorder answers.
type monitor struct {
	pulumirpc.UnimplementedResourceMonitorServer
	pulumirpc.UnimplementedEngineServer
	cloud *recorder
}

// keepAll is the encoding of properties between a program and the engine.
var keepAll = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}

// serveMonitor serves the recorder on loopback and returns the address.
func serveMonitor(t *testing.T, cloud *recorder) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	pulumirpc.RegisterResourceMonitorServer(server, monitor{cloud: cloud})
	pulumirpc.RegisterEngineServer(server, monitor{cloud: cloud})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func (monitor) SupportsFeature(_ context.Context, in *pulumirpc.SupportsFeatureRequest) (*pulumirpc.SupportsFeatureResponse, error) {
	known := []string{"secrets", "resourceReferences", "aliasSpecs", "deletedWith", "resourceHooks", "errorHooks"}
	return &pulumirpc.SupportsFeatureResponse{HasSupport: slices.Contains(known, in.GetId())}, nil
}

func (m monitor) RegisterResource(_ context.Context, in *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	urn := urnOf(in)
	if in.GetType() == string(resource.RootStackType) {
		return &pulumirpc.RegisterResourceResponse{Urn: urn}, nil
	}
	inputs, err := plugin.UnmarshalProperties(in.GetObject(), keepAll)
	if err != nil {
		return nil, err
	}
	if in.GetName() == m.cloud.broken {
		return nil, fmt.Errorf("creating %s: it is broken", in.GetName())
	}
	id, outputs := m.cloud.register(registered{inputs, in})
	object, err := plugin.MarshalProperties(outputs, keepAll)
	return &pulumirpc.RegisterResourceResponse{Urn: urn, Id: id, Object: object}, err
}

func urnOf(in *pulumirpc.RegisterResourceRequest) string {
	parentType := tokens.Type("")
	if parent := resource.URN(in.GetParent()); parent != "" && parent.QualifiedType() != resource.RootStackType {
		parentType = parent.QualifiedType()
	}
	return string(resource.NewURN("dev", "tripvpn", parentType, tokens.Type(in.GetType()), in.GetName()))
}

func (m monitor) RegisterResourceOutputs(_ context.Context, in *pulumirpc.RegisterResourceOutputsRequest) (*emptypb.Empty, error) {
	outputs, err := plugin.UnmarshalProperties(in.GetOutputs(), keepAll)
	if err == nil && resource.URN(in.GetUrn()).Type() == resource.RootStackType {
		m.cloud.export(outputs)
	}
	return &emptypb.Empty{}, err
}

func (m monitor) Invoke(_ context.Context, in *pulumirpc.ResourceInvokeRequest) (*pulumirpc.ResourceInvokeResponse, error) {
	args, err := plugin.UnmarshalProperties(in.GetArgs(), keepAll)
	if err != nil {
		return nil, err
	}
	answer, err := m.cloud.invoke(in.GetTok(), args)
	if err != nil {
		return nil, err
	}
	object, err := plugin.MarshalProperties(answer, keepAll)
	return &pulumirpc.ResourceInvokeResponse{Return: object}, err
}

func (monitor) RegisterResourceHook(context.Context, *pulumirpc.RegisterResourceHookRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (monitor) RegisterErrorHook(context.Context, *pulumirpc.RegisterErrorHookRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (monitor) SignalAndWaitForShutdown(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (m monitor) Log(_ context.Context, in *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	m.cloud.log(in.GetSeverity(), in.GetMessage())
	return &emptypb.Empty{}, nil
}

func (monitor) SetRootResource(context.Context, *pulumirpc.SetRootResourceRequest) (*pulumirpc.SetRootResourceResponse, error) {
	return &pulumirpc.SetRootResourceResponse{}, nil
}
