package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec/spectest"
)

// imitation is the configuration of a server that is not ours. It has our server's
// control-channel key, which is more than a device knows.
const imitation = `
proto udp
port 1194
dev tun
topology subnet
server 10.99.0.0 255.255.255.0
dh none
tls-crypt-v2 /root/server.key
verb 3
<ca>
%s</ca>
<cert>
%s</cert>
<key>
%s</key>
`

// exposesImitation lures the client to a server with a device's certificate, and to one
// whose certificate could be a server's, but has a device's name. A client that does not
// check the name accepts the second.
func (c *trip) exposesImitation(t *testing.T) {
	rogue := c.newDevice(t, "rogue")
	defer func() { require.NoError(t, rogue.Remove(t.Context())) }()
	require.NoError(t, rogue.Place(t.Context(), "/root/server.key", []byte(c.spec(t).Identity.ControlChannel.Key.Reveal())))
	lured := remote.ReplaceAllLiteralString(c.profile, "remote "+rogue.Address().String()+" 1194 udp")
	intermediate := c.property(t, "LocallySignedCert::darrell-intermediate", "certPem")
	serves := func(pair spectest.Pair) {
		t.Helper()
		text := fmt.Sprintf(imitation, blockOf(t, c.profile, "ca"), pair.Certificate+intermediate, pair.Key)
		require.NoError(t, rogue.Place(t.Context(), profilePath, []byte(text)))
		rogue.connect(t)
	}
	connects := func(profile, said string) {
		t.Helper()
		require.NoError(t, c.traveller.Place(t.Context(), "/root/lured.ovpn", []byte(profile)))
		session, err := c.traveller.Connect("/root/lured.ovpn")
		require.NoError(t, err)
		require.NoError(t, session.AwaitLog(within(t, 20*time.Second), said), session.Log())
		require.NoError(t, session.Disconnect(within(t, 20*time.Second)))
	}

	serves(spectest.Pair{Certificate: blockOf(t, c.profile, "cert"), Key: blockOf(t, c.profile, "key")})
	connects(lured, "VERIFY ERROR: depth=0, error=unsuitable certificate purpose: CN=darrell")
	rogue.disconnect(t)

	issuer, key := c.certificate(t, "LocallySignedCert::darrell-intermediate"), c.signer(t, "PrivateKey::darrell-intermediate")
	serves(issuePair(t, "darrell", time.Now().Add(time.Hour), issuer, key))
	connects(lured, "VERIFY X509NAME ERROR: CN=darrell, must be darrell-server")
	var careless strings.Builder
	for line := range strings.Lines(lured) {
		if !strings.HasPrefix(line, "verify-x509-name") {
			careless.WriteString(line)
		}
	}
	connects(careless.String(), "VERIFY OK: depth=0, CN=darrell")
	rogue.disconnect(t)
}
