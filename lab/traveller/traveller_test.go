package traveller_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/site"
	"tripvpn/lab/site/sitetest"
	"tripvpn/lab/traveller"
)

func TestMain(m *testing.M) { sitetest.Main(m) }

// identity is a certificate that the other side knows by its fingerprint
// (openvpn(8), --peer-fingerprint), and its key, as they stand in a profile.
type identity struct{ inline, certificate, fingerprint string }

func newIdentity(t *testing.T) identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	var hexadecimal []string
	for _, b := range sha256.Sum256(certificate) {
		hexadecimal = append(hexadecimal, fmt.Sprintf("%02X", b))
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
	return identity{
		inline: fmt.Sprintf("<cert>\n%s</cert>\n<key>\n%s</key>\n",
			text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		certificate: text,
		fingerprint: strings.Join(hexadecimal, ":"),
	}
}

func newTraveller(t *testing.T, s *site.Site, name string) *traveller.Traveller {
	t.Helper()
	who, err := s.Traveller(context.Background(), name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, who.Remove(context.Background())) })
	return who
}

// serve has one traveller be a server for those of that fingerprint.
func serve(t *testing.T, who *traveller.Traveller, own identity, admitted string) {
	t.Helper()
	config := "dev tun\nserver 10.99.0.0 255.255.255.0\ntopology subnet\ndh none\n" +
		"peer-fingerprint " + admitted + "\n" + own.inline
	require.NoError(t, who.Place(t.Context(), "/root/server.conf", []byte(config)))
	session, err := who.Connect("/root/server.conf")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, session.Disconnect(context.Background())) })
	require.NoError(t, session.AwaitConnected(within(t, 20*time.Second)))
}

func profile(server netip.Addr, own identity, admitted string) []byte {
	return fmt.Appendf(nil, "client\ndev tun\nremote %s\nnobind\npeer-fingerprint %s\n%s", server, admitted, own.inline)
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

var serverInTunnel = netip.MustParseAddrPort("10.99.0.1:9")

func TestSession(t *testing.T) {
	s := sitetest.New(t)
	server, client := newTraveller(t, s, "server"), newTraveller(t, s, "client")
	serverIdentity, clientIdentity := newIdentity(t), newIdentity(t)
	serve(t, server, serverIdentity, clientIdentity.fingerprint)

	require.NoError(t, client.Place(t.Context(), "/root/trip.ovpn", profile(server.Address(), clientIdentity, serverIdentity.fingerprint)))
	mode, err := client.Machine().Run(t.Context(), "stat", "-c", "%a %U", "/root/trip.ovpn")
	require.NoError(t, err)
	require.Equal(t, "600 root\n", mode)

	_, err = client.Probe(within(t, time.Second), "tcp", serverInTunnel, nil)
	require.ErrorContains(t, err, "unreachable", "without a tunnel there is no way")
	session, err := client.Connect("/root/trip.ovpn")
	require.NoError(t, err)
	require.NoError(t, session.AwaitConnected(within(t, 20*time.Second)))
	answer, err := client.Probe(within(t, 5*time.Second), "tcp", serverInTunnel, nil)
	require.NoError(t, err)
	require.Equal(t, traveller.Refused, answer, "nothing listens there, but it is there")

	require.NoError(t, session.Disconnect(within(t, 10*time.Second)))
	require.Contains(t, session.Log(), "process exiting", "it ended by itself")
	_, err = client.Probe(within(t, time.Second), "tcp", serverInTunnel, nil)
	require.ErrorContains(t, err, "unreachable")
}

func TestSessionTellsWhyItDoesNotConnect(t *testing.T) {
	s := sitetest.New(t)
	server, client := newTraveller(t, s, "server"), newTraveller(t, s, "client")
	serverIdentity, clientIdentity, stranger := newIdentity(t), newIdentity(t), newIdentity(t)
	serve(t, server, serverIdentity, clientIdentity.fingerprint)

	require.NoError(t, client.Place(t.Context(), "/root/trip.ovpn", profile(server.Address(), clientIdentity, stranger.fingerprint)))
	session, err := client.Connect("/root/trip.ovpn")
	require.NoError(t, err)
	require.NoError(t, session.AwaitLog(within(t, 20*time.Second), "TLS Error"))
	err = session.AwaitConnected(within(t, 100*time.Millisecond))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "TLS Error", "with the end of the log")
	require.NoError(t, session.Disconnect(within(t, 10*time.Second)))

	require.NoError(t, client.Place(t.Context(), "/root/broken.ovpn", []byte("no-such-option\n")))
	session, err = client.Connect("/root/broken.ovpn")
	require.NoError(t, err)
	err = session.AwaitConnected(within(t, 20*time.Second))
	require.ErrorContains(t, err, "the client ended")
	require.ErrorContains(t, err, "no-such-option")
}

func TestService(t *testing.T) {
	s := sitetest.New(t)
	server, client := newTraveller(t, s, "server"), newTraveller(t, s, "client")
	serverIdentity, clientIdentity := newIdentity(t), newIdentity(t)
	serve(t, server, serverIdentity, clientIdentity.fingerprint)

	service, err := client.Install(t.Context(), "trip", profile(server.Address(), clientIdentity, serverIdentity.fingerprint))
	require.NoError(t, err)
	require.NoError(t, service.AwaitConnected(within(t, 20*time.Second)))
	answer, err := client.Probe(within(t, 5*time.Second), "tcp", serverInTunnel, nil)
	require.NoError(t, err)
	require.Equal(t, traveller.Refused, answer)

	require.NoError(t, client.Machine().Reboot(within(t, 30*time.Second)))
	require.NoError(t, service.AwaitConnected(within(t, 20*time.Second)), "at every boot")

	require.NoError(t, service.Remove(t.Context()))
	_, err = client.Probe(within(t, time.Second), "tcp", serverInTunnel, nil)
	require.ErrorContains(t, err, "unreachable")

	broken, err := client.Install(t.Context(), "broken", []byte("no-such-option\n"))
	require.NoError(t, err)
	require.ErrorContains(t, broken.AwaitConnected(within(t, 20*time.Second)), "no-such-option")
}
