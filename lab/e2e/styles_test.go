package e2e

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
	"tripvpn/lab/traveller"
)

func (d *devices) connectsOver(t *testing.T, mode controlchannel.Mode) {
	d.change(t, map[string]any{"controlChannel": mode})
	d.requireOnlyTheKeyIsAnswered(t, mode, spec.Modern)
}

// refusesByCertificateAndName tests a control channel with one key for all devices.
// The first reason is the file of the revoked certificate, the second the device's
// missing file.
func (d *devices) refusesByCertificateAndName(t *testing.T) {
	for reason, settings := range map[string]map[string]any{
		"VERIFY CRL: depth=0, CN=carl, serial=":                            {"revoked": []string{"carl"}},
		"--client-config-dir authentication failed for common name 'carl'": {"revoked": []string{}, "clients": []string{"bert"}},
	} {
		d.change(t, map[string]any{"revoked": []string{}, "clients": []string{"bert", "carl"}})
		d.hand(t, d.carl, "carl")
		d.carl.connect(t)
		d.change(t, settings)
		d.carl.requireToldToStop(t, d.returned)
		refused := strings.Count(d.serverLog(t), reason)
		d.carl.start(t)
		d.awaitServerLog(t, reason, refused)
		require.Zero(t, d.carl.connections())
		d.carl.disconnect(t)
	}
	d.change(t, map[string]any{"revoked": []string{}, "clients": []string{"bert", "carl"}})
}

func (d *devices) connectsWithRSA(t *testing.T) {
	d.change(t, map[string]any{"controlChannel": "auto", "keyAlgorithm": "rsa"})
	d.hand(t, d.bert, "bert")
	d.bert.connect(t)
	d.bert.disconnect(t)
}

func (d *devices) connectsClassically(t *testing.T) {
	d.change(t, map[string]any{"keyAlgorithm": "auto", "style": "classic"})
	d.requireOnlyTheKeyIsAnswered(t, controlchannel.TLSAuth, spec.Classic)
	require.Contains(t, d.bert.session.Log(), "Data Channel: cipher 'AES-256-CBC', auth 'SHA512'")
	require.Contains(t, d.serverLog(t), "Diffie-Hellman initialized with 4096 bit key")
}

// requireOnlyTheKeyIsAnswered connects with the profile. With another key, the
// server must answer neither our first packet nor a real client's.
func (d *devices) requireOnlyTheKeyIsAnswered(t *testing.T, mode controlchannel.Mode, style spec.Style) {
	t.Helper()
	stranger := d.strangersKey(t, mode)
	key, err := controlchannel.ParseKey(mode, style.Digest(), stranger)
	require.NoError(t, err)
	d.traveller = d.bert.Traveller
	require.Equal(t, traveller.Silent, d.probeWith(t, key))
	ours, err := d.spec(t).Identity.ControlChannelKey()
	require.NoError(t, err)
	require.Equal(t, traveller.Open, d.probeWith(t, ours))

	profile, err := d.stack.Text(t.Context(), "bert.ovpn")
	require.NoError(t, err)
	require.NoError(t, d.bert.Place(t.Context(), profilePath, []byte(withBlock(t, profile, string(mode), stranger))))
	d.bert.start(t)
	require.NoError(t, d.bert.session.AwaitLog(within(t, 10*time.Second), "UDPv4 link remote"))
	require.Error(t, d.bert.session.AwaitLog(within(t, 3*time.Second), "TLS: Initial packet from"), "the server answered another key")
	d.bert.disconnect(t)

	d.hand(t, d.bert, "bert")
	d.bert.connect(t)
	require.Contains(t, d.bert.session.Log(), "TLS: Initial packet from")
	require.NoError(t, d.looksLikeTheServer(t))
	d.bert.disconnect(t)
}

func (d *devices) probeWith(t *testing.T, key controlchannel.Key) traveller.Answer {
	t.Helper()
	packet, _, err := key.Probe(rand.Reader)
	require.NoError(t, err)
	return d.probe(t, "udp", d.endpoint, 1194, packet)
}

func (d *devices) strangersKey(t *testing.T, mode controlchannel.Mode) string {
	t.Helper()
	text, err := controlchannel.DeriveServer([]byte(strings.Repeat("s", 32)), mode)
	require.NoError(t, err)
	return text
}
