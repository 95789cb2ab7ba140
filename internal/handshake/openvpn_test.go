package handshake

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec/spectest"
	"tripvpn/internal/testenv/openvpntest"
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
				got := run(t, network, server.Address, b.client(t), b.identity(t, b.Authority))
				require.Equal(t, Result{Admitted, nil}, got, "%s", server.Log())
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
				got := run(t, network, server.Address, b.client(t), id)
				require.Equal(t, test.stage, got.Stage, "%v", got.Err)
				require.ErrorContains(t, got.Err, test.want, "%s", server.Log())
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
			got := run(t, network, other.serve(t, network).Address, b.client(t), b.identity(t, b.Authority))
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

// serve runs openvpn with the authority's certificate for servers.
func (b both) serve(t *testing.T, network string) *openvpntest.Server {
	t.Helper()
	key, err := controlchannel.DeriveServer(b.seed, b.mode)
	require.NoError(t, err)
	pair := b.Issue(t, "server", x509.ExtKeyUsageServerAuth)
	options := "auth SHA256\nremote-cert-tls client\n"
	if b.mode == controlchannel.TLSAuth {
		options += "key-direction 0\n"
	}
	for tag, body := range map[string]string{
		"ca": b.Intermediate() + b.Root(), "cert": pair.Certificate, "key": pair.Key, string(b.mode): key,
	} {
		options += openvpntest.Inline(tag, body)
	}
	return openvpntest.Serve(t, network, options)
}
