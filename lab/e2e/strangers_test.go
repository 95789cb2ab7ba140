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
	t.Run("a certificate from another CA", c.refusesAnotherCA)
	t.Run("a client without the control-channel key", c.ignoresKeyless)
	t.Run("closed ports", c.closedPorts)
	t.Run("the inner network without VPN", c.innerNetwork)
}

// refusesAnotherCA connects with the right control-channel key, so that only the
// certificate is wrong.
func (c *trip) refusesAnotherCA(t *testing.T) {
	profile := withPair(t, c.profile, spectest.New(t).Issue(t, "darrell", x509.ExtKeyUsageClientAuth))
	require.NoError(t, c.traveller.Place(t.Context(), "/root/stranger.ovpn", []byte(profile)))

	session, err := c.traveller.Connect("/root/stranger.ovpn")
	require.NoError(t, err)
	host, err := c.world.Host(region)
	require.NoError(t, err)
	eventually(t, 20*time.Second, func() error {
		journal, err := host.Run(t.Context(), "journalctl", "--no-pager", "--output=cat", "--unit=openvpn-server@darrell")
		if err == nil && !regexp.MustCompile(`VERIFY ERROR: depth=0.*CN=darrell`).MatchString(journal) {
			err = fmt.Errorf("the server has not refused the certificate")
		}
		return err
	})
	require.NotContains(t, session.Log(), "Initialization Sequence Completed")
	require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
}

// withPair returns the profile with another certificate and key.
func withPair(t *testing.T, profile string, pair spectest.Pair) string {
	t.Helper()
	for tag, text := range map[string]string{"cert": pair.Certificate, "key": pair.Key} {
		block := regexp.MustCompile("(?s)<" + tag + ">.*?</" + tag + ">")
		require.Len(t, block.FindAllString(profile, -1), 1)
		profile = block.ReplaceAllLiteralString(profile, fmt.Sprintf("<%s>\n%s</%s>", tag, text, tag))
	}
	return profile
}

// ignoresKeyless requires that the server does not answer. With the key, the same
// port answers the same traveller, so silence means refusal.
func (c *trip) ignoresKeyless(t *testing.T) {
	keyless := regexp.MustCompile("(?s)<tls-crypt-v2>.*?</tls-crypt-v2>\n?").ReplaceAllString(c.profile, "")
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
