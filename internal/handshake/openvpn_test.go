package handshake

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec/spectest"
	"tripvpn/internal/testenv"
)

// These tests speak with the real openvpn on loopback, without a tunnel device.

// both are a server's authority and the protection of its control channel.
type both struct {
	*spectest.Authority
	mode controlchannel.Mode
	seed []byte
}

func newBoth(t *testing.T, mode controlchannel.Mode) both {
	return both{spectest.New(t), mode, bytes.Repeat([]byte{7}, 32)}
}

func (b both) client(t *testing.T) controlchannel.Client {
	t.Helper()
	text, err := controlchannel.DeriveClient(b.seed, b.mode, "laptop")
	require.NoError(t, err)
	client, err := controlchannel.ParseClient(b.mode, crypto.SHA256, text)
	require.NoError(t, err)
	return client
}

func (b both) identity(t *testing.T, issuer *spectest.Authority) Identity {
	t.Helper()
	pair := issuer.Issue(t, "laptop", x509.ExtKeyUsageClientAuth)
	certificate, err := tls.X509KeyPair([]byte(pair.Certificate), []byte(pair.Key))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(b.Root())))
	return Identity{&certificate, roots, "server", time.Now()}
}

func TestOpenVPNAccepts(t *testing.T) {
	for _, mode := range []controlchannel.Mode{controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth} {
		for _, network := range []string{"udp4", "tcp4"} {
			t.Run(string(mode)+" over "+network, func(t *testing.T) {
				t.Parallel()
				b := newBoth(t, mode)
				server := b.serve(t, network)
				got := run(t, network, server.address, b.client(t), b.identity(t, b.Authority))
				require.Equal(t, Result{Admitted, nil}, got, "%s", server.log())
			})
		}
	}
}

func TestEachEndRejectsTheOther(t *testing.T) {
	for _, network := range []string{"udp4", "tcp4"} {
		b, stranger := newBoth(t, controlchannel.TLSCryptV2), spectest.New(t)
		for name, test := range map[string]struct {
			change func(*Identity)
			issuer *spectest.Authority
			stage  Stage
			want   string
		}{
			// OpenVPN says nothing, and closes its socket.
			"a device of another trip":           {func(*Identity) {}, stranger, Known, ""},
			"a device without a certificate":     {func(i *Identity) { i.Certificate = nil }, b.Authority, Known, "the device has no valid certificate"},
			"a server of another trip":           {func(i *Identity) { i.Roots = x509.NewCertPool() }, b.Authority, Continued, "the server's certificate: x509: certificate signed by unknown authority"},
			"a server of another name":           {func(i *Identity) { i.ServerName = "other" }, b.Authority, Continued, `the server's certificate: it has the name "server", not "other"`},
			"the server's certificate has ended": {func(i *Identity) { i.Now = i.Now.AddDate(2, 0, 0) }, b.Authority, Continued, "the server's certificate: x509: certificate has expired"},
		} {
			t.Run(name+" over "+network, func(t *testing.T) {
				t.Parallel()
				server, id := b.serve(t, network), b.identity(t, test.issuer)
				test.change(&id)
				got := run(t, network, server.address, b.client(t), id)
				require.Equal(t, test.stage, got.Stage, "%v", got.Err)
				require.ErrorContains(t, got.Err, test.want, "%s", server.log())
			})
		}
	}
}

func TestAServerWithAnotherKeyDoesNotAnswer(t *testing.T) {
	for _, network := range []string{"udp4", "tcp4"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			b := newBoth(t, controlchannel.TLSCryptV2)
			other := b
			other.seed = bytes.Repeat([]byte{8}, 32)
			got := run(t, network, other.serve(t, network).address, b.client(t), b.identity(t, b.Authority))
			require.Equal(t, Silent, got.Stage)
			require.Error(t, got.Err)
		})
	}
}

// run begins a handshake when the server listens, for at most five seconds.
func run(t *testing.T, network, address string, client controlchannel.Client, id Identity) Result {
	t.Helper()
	var conn net.Conn
	var err error
	require.Eventually(t, func() bool { // openvpn logs that it listens just before it does
		conn, err = net.Dial(network, address)
		return err == nil
	}, 5*time.Second, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return Run(ctx, conn, client, id)
}

type server struct {
	address string
	mu      sync.Mutex
	lines   []string
}

func (s *server) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// serve runs openvpn. Over TCP, it serves one connection.
func (b both) serve(t *testing.T, network string) *server {
	t.Helper()
	testenv.RequirePrograms(t, "openvpn")
	s := &server{address: freeAddress(t, network)}
	_, port, err := net.SplitHostPort(s.address)
	require.NoError(t, err)
	protocol, ready := "udp4", "UDPv4 link remote"
	if network == "tcp4" {
		protocol, ready = "tcp4-server", "Listening for incoming TCP connection"
	}
	key, err := controlchannel.DeriveServer(b.seed, b.mode)
	require.NoError(t, err)
	pair := b.Issue(t, "server", x509.ExtKeyUsageServerAuth)
	options := fmt.Sprintf("dev null\nproto %s\nlocal 127.0.0.1\nport %s\ntls-server\ndh none\nauth SHA256\nremote-cert-tls client\n", protocol, port)
	if b.mode == controlchannel.TLSAuth {
		options += "key-direction 0\n"
	}
	for tag, body := range map[string]string{
		"ca": b.Intermediate() + b.Root(), "cert": pair.Certificate, "key": pair.Key, string(b.mode): key,
	} {
		options += fmt.Sprintf("<%s>\n%s</%s>\n", tag, body, tag)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	command := exec.CommandContext(ctx, "openvpn", "--verb", "3", "--suppress-timestamps", "--config", "stdin")
	command.Stdin = strings.NewReader(options)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { cancel(); _ = command.Wait() })

	listening := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			s.mu.Lock()
			s.lines = append(s.lines, lines.Text())
			s.mu.Unlock()
			if strings.Contains(lines.Text(), ready) {
				listening <- true
			}
		}
		close(listening)
	}()
	require.True(t, <-listening, "openvpn ended before it listened:\n%s", s.log())
	return s
}

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
