// Package serve puts providers that live in this process within reach of the
// Pulumi engine, which attaches to whatever PULUMI_DEBUG_PROVIDERS names
// instead of starting a plugin. It owns listening, and the rule that a plugin
// that is installed comes before a stand-in; it knows nothing about what a
// provider does.
package serve

import (
	"fmt"
	"net"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// maxMessage is the largest message the engine sends or accepts, in bytes
// (pulumi/sdk, go/common/util/rpcutil/serve.go).
const maxMessage = 400 << 20

// Plugin is a provider that can be served.
type Plugin struct {
	Name    string // of the package: "tls"
	Version string // of the plugin it stands in for: "5.5.1"
	New     func() p.Provider
}

// Server serves one plugin on a loopback port. The engine opens one connection
// for each provider resource and configures it there, and cancels it when its
// operation ends; so every connection gets a provider of its own, which keeps
// the providers of two regions apart and makes those of the next operation
// fresh.
type Server struct {
	plugin   Plugin
	listener net.Listener
	running  sync.WaitGroup

	mu          sync.Mutex
	stopped     bool
	connections map[*grpc.Server]struct{}
}

// Listen starts serving a plugin on a free port of 127.0.0.1.
func Listen(plugin Plugin) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for provider %q: %w", plugin.Name, err)
	}
	s := &Server{plugin: plugin, listener: listener, connections: map[*grpc.Server]struct{}{}}
	s.running.Go(s.accept)
	return s, nil
}

// Address is where the server listens, as "127.0.0.1:port".
func (s *Server) Address() string { return s.listener.Addr().String() }

// Attachment is the server's entry for PULUMI_DEBUG_PROVIDERS, as "name:port".
func (s *Server) Attachment() string {
	return fmt.Sprintf("%s:%d", s.plugin.Name, s.listener.Addr().(*net.TCPAddr).Port)
}

// Stop closes every connection, cancels what still runs on them, and returns
// when all of it has ended.
func (s *Server) Stop() {
	_ = s.listener.Close()
	for _, connection := range s.stop() {
		connection.Stop()
	}
	s.running.Wait()
}

// accept serves connections until the listener is closed.
func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.running.Go(func() { s.serve(conn) })
	}
}

// serve makes a provider for one connection and serves it until that is closed.
func (s *Server) serve(conn net.Conn) {
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage), grpc.WaitForHandlers(true))
	if !s.add(server) {
		_ = conn.Close()
		return
	}
	defer s.remove(server)

	provider, err := p.RawServer(s.plugin.Name, s.plugin.Version, s.plugin.New())(nil)
	if err != nil {
		_ = conn.Close()
		return
	}
	pulumirpc.RegisterResourceProviderServer(server, provider)
	_ = server.Serve(only(conn))
	server.Stop()
}

// add registers a connection's server, and returns false if it came too late.
func (s *Server) add(server *grpc.Server) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.connections[server] = struct{}{}
	}
	return !s.stopped
}

func (s *Server) remove(server *grpc.Server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.connections, server)
}

// stop refuses further connections and lists those that are open.
func (s *Server) stop() []*grpc.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	var open []*grpc.Server
	for server := range s.connections {
		open = append(open, server)
	}
	return open
}
