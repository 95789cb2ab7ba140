package serve

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"
)

// remembering makes providers that give a resource the region that they were
// configured with for an id.
func remembering() p.Provider {
	var region string
	return p.Provider{
		Configure: func(_ context.Context, req p.ConfigureRequest) error {
			region = req.Args.Get("region").AsString()
			return nil
		},
		Create: func(context.Context, p.CreateRequest) (p.CreateResponse, error) {
			return p.CreateResponse{ID: region}, nil
		},
	}
}

func connect(t *testing.T, address string) pulumirpc.ResourceProviderClient {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return pulumirpc.NewResourceProviderClient(conn)
}

func listen(t *testing.T, factory func() p.Provider) *Server {
	t.Helper()
	server, err := Listen(Plugin{Name: "aws", Version: "1.0.0", New: factory})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	return server
}

func configure(t *testing.T, client pulumirpc.ResourceProviderClient, region string) {
	t.Helper()
	args, err := structpb.NewStruct(map[string]any{"region": region})
	require.NoError(t, err)
	_, err = client.Configure(t.Context(), &pulumirpc.ConfigureRequest{Args: args})
	require.NoError(t, err)
}

func create(t *testing.T, client pulumirpc.ResourceProviderClient) string {
	t.Helper()
	response, err := client.Create(t.Context(), &pulumirpc.CreateRequest{Properties: &structpb.Struct{}})
	require.NoError(t, err)
	return response.GetId()
}

func TestEveryConnectionHasAProviderOfItsOwn(t *testing.T) {
	var made atomic.Int32
	server := listen(t, func() p.Provider {
		made.Add(1)
		return remembering()
	})
	first, second := connect(t, server.Address()), connect(t, server.Address())
	configure(t, first, "us-east-1")
	configure(t, second, "eu-west-1")
	require.Equal(t, "us-east-1", create(t, first))
	require.Equal(t, "eu-west-1", create(t, second))
	require.EqualValues(t, 2, made.Load())
}

func TestCancelledProviderDoesNotSpoilTheNext(t *testing.T) {
	server := listen(t, func() p.Provider {
		ctx, cancel := context.WithCancel(context.Background())
		return p.Provider{
			Cancel: func(context.Context) error { cancel(); return nil },
			Create: func(context.Context, p.CreateRequest) (p.CreateResponse, error) {
				return p.CreateResponse{ID: "made"}, ctx.Err()
			},
		}
	})
	first := connect(t, server.Address())
	_, err := first.Cancel(t.Context(), nil)
	require.NoError(t, err)
	_, err = first.Create(t.Context(), &pulumirpc.CreateRequest{Properties: &structpb.Struct{}})
	require.ErrorContains(t, err, context.Canceled.Error())
	require.Equal(t, "made", create(t, connect(t, server.Address())))
}

func TestStopCancelsWhatRunsAndWaitsForIt(t *testing.T) {
	started := make(chan struct{})
	var ended atomic.Bool
	server := listen(t, func() p.Provider {
		return p.Provider{Create: func(ctx context.Context, _ p.CreateRequest) (p.CreateResponse, error) {
			close(started)
			<-ctx.Done()
			ended.Store(true)
			return p.CreateResponse{}, ctx.Err()
		}}
	})
	client := connect(t, server.Address())
	failed := make(chan error, 1)
	go func() {
		_, err := client.Create(context.Background(), &pulumirpc.CreateRequest{Properties: &structpb.Struct{}})
		failed <- err
	}()
	<-started
	server.Stop()
	require.True(t, ended.Load())
	require.Error(t, <-failed)
	_, err := net.Dial("tcp", server.Address())
	require.Error(t, err, "nobody listens any more")
}

func TestLargeMessages(t *testing.T) {
	large := strings.Repeat("x", 8<<20)
	server := listen(t, remembering)
	client := connect(t, server.Address())
	configure(t, client, large)
	response, err := client.Create(t.Context(), &pulumirpc.CreateRequest{Properties: &structpb.Struct{}}, grpc.MaxCallRecvMsgSize(maxMessage))
	require.NoError(t, err)
	require.Equal(t, large, response.GetId())
}

func TestAttach(t *testing.T) {
	value, stop, err := Attach(
		Plugin{Name: "aws", Version: "1.0.0", New: remembering},
		Plugin{Name: "tls", Version: "2.0.0", New: remembering},
	)
	require.NoError(t, err)
	require.Regexp(t, `^aws:\d+,tls:\d+$`, value)
	for attachment, version := range map[string]string{"aws": "1.0.0", "tls": "2.0.0"} {
		_, port, found := strings.Cut(value[strings.Index(value, attachment):], ":")
		require.True(t, found)
		port, _, _ = strings.Cut(port, ",")
		info, err := connect(t, "127.0.0.1:"+port).GetPluginInfo(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, version, info.GetVersion())
	}
	stop()
	_, port, _ := strings.Cut(value[strings.Index(value, "tls"):], ":")
	_, err = net.Dial("tcp", "127.0.0.1:"+port)
	require.Error(t, err)
}
