// Package openvpntest runs the real openvpn on loopback for tests. Its servers have no
// tunnel device, so they need no root.
package openvpntest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
)

// Server is a server that listens. It ends with its test, after a minute at the latest.
type Server struct {
	Address string // of loopback, with the port

	mu    sync.Mutex
	lines []string
}

// Log is what the server has logged so far.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// Serve runs openvpn with options on top of those of a TLS server. The network is "udp4" or
// "tcp4"; over TCP, the server serves one connection. Serve returns once openvpn has logged
// that it listens.
func Serve(t *testing.T, network, options string) *Server {
	t.Helper()
	testenv.RequirePrograms(t, "openvpn")
	s := &Server{Address: freeAddress(t, network)}
	_, port, err := net.SplitHostPort(s.Address)
	require.NoError(t, err)
	protocol, ready := "udp4", "UDPv4 link remote"
	if network == "tcp4" {
		protocol, ready = "tcp4-server", "Listening for incoming TCP connection"
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	command := exec.CommandContext(ctx, "openvpn", "--verb", "3", "--suppress-timestamps", "--config", "stdin")
	command.Stdin = strings.NewReader(fmt.Sprintf(
		"dev null\nproto %s\nlocal 127.0.0.1\nport %s\ntls-server\ndh none\n", protocol, port) + options)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { cancel(); _ = command.Wait() })

	listening := make(chan bool, 1)
	go func() {
		defer close(listening)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			s.mu.Lock()
			s.lines = append(s.lines, lines.Text())
			s.mu.Unlock()
			if strings.Contains(lines.Text(), ready) {
				listening <- true
			}
		}
	}()
	require.True(t, <-listening, "openvpn ended before it listened:\n%s", s.Log())
	return s
}

// Inline is an inline file of openvpn's configuration.
func Inline(tag, body string) string { return fmt.Sprintf("<%s>\n%s</%s>\n", tag, body, tag) }

// freeAddress returns an address of loopback with a port that nothing uses.
func freeAddress(t *testing.T, network string) string {
	t.Helper()
	if network == "tcp4" {
		listener, err := net.Listen(network, "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		return listener.Addr().String()
	}
	socket, err := net.ListenPacket(network, "127.0.0.1:0")
	require.NoError(t, err)
	defer socket.Close()
	return socket.LocalAddr().String()
}
