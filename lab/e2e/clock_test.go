package e2e

import (
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec/spectest"
)

// fakeClock sets the clock two years ahead for OpenVPN, and for no other process
// of the host.
const fakeClock = `
export DEBIAN_FRONTEND=noninteractive
apt-get -qq install -y --no-install-recommends libfaketime >/dev/null
mkdir -p /run/systemd/system/openvpn-server@darrell.service.d
cat >/run/systemd/system/openvpn-server@darrell.service.d/zz-clock.conf <<EOT
[Service]
Environment=LD_PRELOAD=$(dpkg -L libfaketime | grep '/libfaketime.so.1$') FAKETIME=+2y FAKETIME_DONT_FAKE_MONOTONIC=1
EOT
systemctl daemon-reload
systemctl restart openvpn-server@darrell`

const realClock = `
rm -r /run/systemd/system/openvpn-server@darrell.service.d
systemctl daemon-reload
systemctl restart openvpn-server@darrell`

// looksAhead connects with a leaf that is valid for three years. So in two years
// only the ordinary leaf has expired: issuers and control channel still work. With
// the real clock, it connects with the ordinary leaf.
func (d *devices) looksAhead(t *testing.T) {
	_, err := d.host(t).Run(t.Context(), "sh", "-euc", fakeClock)
	require.NoError(t, err)
	d.requireOrdinaryLeafRefused(t)
	d.connectsWithALongLeaf(t)

	_, err = d.host(t).Run(t.Context(), "sh", "-euc", realClock)
	require.NoError(t, err)
	d.hand(t, d.bert, "bert")
	d.bert.connect(t)
	d.bert.disconnect(t)
}

func (d *devices) requireOrdinaryLeafRefused(t *testing.T) {
	const reason = "VERIFY ERROR: depth=0, error=certificate has expired: CN=bert"
	require.NotContains(t, d.serverLog(t), reason)
	d.bert.start(t)
	d.awaitServerLog(t, reason, 0)
	require.Zero(t, d.bert.connections())
	d.bert.disconnect(t)
	require.NotContains(t, d.serverLog(t), "CRL has expired")
}

func (d *devices) connectsWithALongLeaf(t *testing.T) {
	issuer := d.certificate(t, "LocallySignedCert::darrell-intermediate")
	issuerKey := d.signer(t, "PrivateKey::darrell-intermediate")
	leaf, key := issue(t, "bert", false, time.Now().AddDate(3, 0, 0), issuer, issuerKey)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	profile, err := d.stack.Text(t.Context(), "bert.ovpn")
	require.NoError(t, err)
	profile = withPair(t, profile, spectest.Pair{
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})),
		Key:         string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	})
	require.NoError(t, d.bert.Place(t.Context(), profilePath, []byte(profile)))
	d.bert.connect(t)
	d.bert.disconnect(t)
}
