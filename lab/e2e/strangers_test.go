package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
	"tripvpn/lab/traveller"
)

func (c *trip) refusesStrangers(t *testing.T) {
	for _, stranger := range []chapter{
		{"a certificate from another CA", c.refusesAnotherCA},
		{"an expired certificate", c.refusesExpired},
		{"the server's certificate", c.refusesServersCertificate},
		{"a client without the control-channel key", c.ignoresKeyless},
		{"closed ports", c.closedPorts},
		{"a scan of all ports", c.withstandsScan},
		{"the inner network without VPN", c.innerNetwork},
		{"a device that poses as the server", c.exposesImitation},
	} {
		part(t, stranger.name, stranger.test)
	}
}

func (c *trip) refusesAnotherCA(t *testing.T) {
	c.refuses(t, spectest.New(t).Issue(t, "darrell", x509.ExtKeyUsageClientAuth), "VERIFY ERROR: depth=0, error=unable to get local issuer certificate: CN=darrell")
}

// refusesExpired connects with a certificate of the right CA that ended a minute ago.
func (c *trip) refusesExpired(t *testing.T) {
	issuer, key := c.certificate(t, "LocallySignedCert::darrell-intermediate"), c.signer(t, "PrivateKey::darrell-intermediate")
	c.refuses(t, issuePair(t, "darrell", time.Now().Add(-time.Minute), issuer, key), "VERIFY ERROR: depth=0, error=certificate has expired: CN=darrell")
}

func (c *trip) refusesServersCertificate(t *testing.T) {
	identity := c.spec(t).Identity
	c.refuses(t, spectest.Pair{Certificate: identity.Certificate, Key: identity.Key.Reveal()}, "VERIFY ERROR: depth=0, error=unsuitable certificate purpose: CN=darrell-server")
}

// refuses connects with the right control-channel key and another certificate, which the
// server must refuse with a reason.
func (c *trip) refuses(t *testing.T, pair spectest.Pair, reason string) {
	t.Helper()
	require.NoError(t, c.traveller.Place(t.Context(), "/root/stranger.ovpn", []byte(withPair(t, c.profile, pair))))
	before := strings.Count(c.serverLog(t), reason)
	session, err := c.traveller.Connect("/root/stranger.ovpn")
	require.NoError(t, err)
	c.awaitServerLog(t, reason, before)
	require.NotContains(t, session.Log(), "Initialization Sequence Completed")
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
}

// withPair returns the profile with another certificate and key.
func withPair(t *testing.T, profile string, pair spectest.Pair) string {
	t.Helper()
	return withBlock(t, withBlock(t, profile, "cert", pair.Certificate), "key", pair.Key)
}

// block matches a profile's block between tags.
func block(tag string) *regexp.Regexp {
	return regexp.MustCompile("(?s)<" + tag + ">\n(.*?)</" + tag + ">")
}

// withBlock returns the profile with another text in a block.
func withBlock(t *testing.T, profile, tag, text string) string {
	t.Helper()
	blockOf(t, profile, tag)
	return block(tag).ReplaceAllLiteralString(profile, fmt.Sprintf("<%s>\n%s</%s>", tag, text, tag))
}

// blockOf is the text in a profile's block.
func blockOf(t *testing.T, profile, tag string) string {
	t.Helper()
	found := block(tag).FindAllStringSubmatch(profile, -1)
	require.Len(t, found, 1, tag)
	return found[0][1]
}

// ignoresKeyless requires that the server does not answer. With the key, the same
// port answers the same traveller, so silence means refusal.
func (c *trip) ignoresKeyless(t *testing.T) {
	keyless := block("tls-crypt-v2").ReplaceAllString(c.profile, "")
	require.NotContains(t, keyless, "tls-crypt")
	require.NoError(t, c.traveller.Place(t.Context(), "/root/keyless.ovpn", []byte(keyless)))
	session, err := c.traveller.Connect("/root/keyless.ovpn")
	require.NoError(t, err)
	require.NoError(t, session.AwaitLog(within(t, 10*time.Second), "UDPv4 link remote"))
	require.Error(t, session.AwaitLog(within(t, 5*time.Second), "TLS: Initial packet from"), "the server answered a client without the key")
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))

	key, err := c.spec(t).Identity.ControlChannelKey()
	require.NoError(t, err)
	packet, _, err := key.Probe(rand.Reader)
	require.NoError(t, err)
	require.Equal(t, traveller.Open, c.probe(t, "udp", c.endpoint, 1194, packet))
	packet[20] ^= 1
	require.Equal(t, traveller.Silent, c.probe(t, "udp", c.endpoint, 1194, packet))
}

// spec is the whole spec that the stack sent to the host.
func (c *trip) spec(t *testing.T) spec.Spec {
	t.Helper()
	s, err := spec.Decode(strings.NewReader(c.property(t, "Command::darrell-"+c.at+"-vpn", "stdin")))
	require.NoError(t, err)
	return s
}

func (c *trip) probe(t *testing.T, network, address string, port uint16, payload []byte) traveller.Answer {
	t.Helper()
	answer, err := c.traveller.Probe(within(t, 2*time.Second), network, netip.AddrPortFrom(netip.MustParseAddr(address), port), payload)
	require.NoError(t, err)
	return answer
}

func (c *trip) closedPorts(t *testing.T) {
	require.Equal(t, traveller.Silent, c.probe(t, "tcp", c.endpoint, 22, nil), "SSH is open only to the operator")
	require.Equal(t, traveller.Silent, c.probe(t, "tcp", c.endpoint, 444, nil))
	require.Equal(t, traveller.Open, c.probe(t, "tcp", c.endpoint, 443, nil))
	address6 := c.address6(t, region).String()
	require.Equal(t, traveller.Silent, c.probe(t, "tcp", address6, 22, nil), "SSH is open only to the operator, over IPv6 too")
	require.Equal(t, traveller.Open, c.probe(t, "tcp", address6, 443, nil))
	require.Equal(t, traveller.Silent, c.probe(t, "udp", c.endpoint, 1195, []byte("hello")))
	require.Equal(t, traveller.Open, c.probe(t, "tcp", "192.0.2.80", 80, nil), "an open port answers")
}

// innerNetwork probes the server's addresses in the tunnel and in the VPC.
func (c *trip) innerNetwork(t *testing.T) {
	host, err := c.world.Host(region)
	require.NoError(t, err)
	for _, inner := range []string{"10.8.0.1", c.property(t, "Instance::darrell-us-east-1-instance", "privateIp")} {
		_, err := host.Run(t.Context(), "sh", "-euc", "ip -4 -oneline address show to "+inner+" | grep -q .")
		require.NoError(t, err, "the host must have the address %s", inner)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		answer, err := c.traveller.Probe(ctx, "tcp", netip.AddrPortFrom(netip.MustParseAddr(inner), 22), nil)
		cancel()
		if err == nil {
			require.Equal(t, traveller.Silent, answer, inner)
		} else {
			require.ErrorContains(t, err, "unreachable", inner)
		}
	}
}

// encode encodes the spec for the host.
func encode(t *testing.T, s spec.Spec) *bytes.Reader {
	t.Helper()
	text, err := s.Encode()
	require.NoError(t, err)
	return bytes.NewReader(text)
}
