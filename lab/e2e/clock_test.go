package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeClock sets the clock off for OpenVPN, and for no other process of the host. The
// argument is an offset as libfaketime spells it.
const fakeClock = `
export DEBIAN_FRONTEND=noninteractive
apt-get -qq install -y --no-install-recommends libfaketime >/dev/null
mkdir -p /run/systemd/system/openvpn-server@darrell.service.d
cat >/run/systemd/system/openvpn-server@darrell.service.d/zz-clock.conf <<EOT
[Service]
Environment=LD_PRELOAD=$(dpkg -L libfaketime | grep '/libfaketime.so.1$') FAKETIME=$1 FAKETIME_DONT_FAKE_MONOTONIC=1
EOT
systemctl daemon-reload
systemctl restart openvpn-server@darrell`

const realClock = `
rm -r /run/systemd/system/openvpn-server@darrell.service.d
systemctl daemon-reload
systemctl restart openvpn-server@darrell`

func (d *devices) setClock(t *testing.T, offset string) {
	t.Helper()
	_, err := d.host(t).Run(t.Context(), "sh", "-euc", fakeClock, "sh", offset)
	require.NoError(t, err)
}

// hasAnotherClock connects while OpenVPN's clock is off. A certificate begins when it is
// issued, so a clock that is behind refuses the devices of a young trip.
func (d *devices) hasAnotherClock(t *testing.T) {
	for _, offset := range []string{"+10m", "+1d"} {
		d.setClock(t, offset)
		d.bert.connect(t)
		d.bert.disconnect(t)
	}
	for _, offset := range []string{"-10m", "-1d"} {
		d.setClock(t, offset)
		d.requireRefused(t, "error=certificate is not yet valid: CN=") // of the device, or of a CA
	}
}

// looksAhead connects with a leaf that is valid for three years. So in two years
// only the ordinary leaf has expired: issuers and control channel still work. With
// the real clock, it connects with the ordinary leaf.
func (d *devices) looksAhead(t *testing.T) {
	d.setClock(t, "+2y")
	d.requireRefused(t, "VERIFY ERROR: depth=0, error=certificate has expired: CN=bert")
	require.NotContains(t, d.serverLog(t), "CRL has expired")
	d.connectsWithALongLeaf(t)

	_, err := d.host(t).Run(t.Context(), "sh", "-euc", realClock)
	require.NoError(t, err)
	d.hand(t, d.bert, "bert")
	d.bert.connect(t)
	d.bert.disconnect(t)
}

// requireRefused requires that the server refuses bert for a reason.
func (d *devices) requireRefused(t *testing.T, reason string) {
	t.Helper()
	refused := strings.Count(d.serverLog(t), reason)
	d.bert.start(t)
	d.awaitServerLog(t, reason, refused)
	require.Zero(t, d.bert.connections())
	d.bert.disconnect(t)
}

func (d *devices) connectsWithALongLeaf(t *testing.T) {
	issuer := d.certificate(t, "LocallySignedCert::darrell-intermediate")
	issuerKey := d.signer(t, "PrivateKey::darrell-intermediate")
	profile, err := d.stack.Text(t.Context(), "bert.ovpn")
	require.NoError(t, err)
	profile = withPair(t, profile, issuePair(t, "bert", time.Now().AddDate(3, 0, 0), issuer, issuerKey))
	require.NoError(t, d.bert.Place(t.Context(), profilePath, []byte(profile)))
	d.bert.connect(t)
	d.bert.disconnect(t)
}
