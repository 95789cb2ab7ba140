package conformance

import (
	"context"
	"net"
	"sync"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// engine is the part of the engine that a provider calls back: its log.
type engine struct {
	pulumirpc.UnimplementedEngineServer
	address string

	mu       sync.Mutex
	messages []*pulumirpc.LogRequest
}

func newEngine(t *testing.T) *engine {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	e := &engine{address: listener.Addr().String()}
	server := grpc.NewServer()
	pulumirpc.RegisterEngineServer(server, e)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-served
	})
	return e
}

// Log keeps what a provider tells the operator.
func (e *engine) Log(_ context.Context, request *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.messages = append(e.messages, request)
	return &emptypb.Empty{}, nil
}

// logged returns the texts of all messages so far. A provider's calls to Log
// return before the operation that made them does, so there is nothing to wait for.
func (e *engine) logged() []string { return e.from(pulumirpc.LogSeverity_DEBUG) }

// shown returns those that an operator sees.
func (e *engine) shown() []string { return e.from(pulumirpc.LogSeverity_INFO) }

func (e *engine) from(least pulumirpc.LogSeverity) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var texts []string
	for _, message := range e.messages {
		if message.GetSeverity() >= least {
			texts = append(texts, message.GetMessage())
		}
	}
	return texts
}
