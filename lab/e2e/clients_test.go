package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec"
)

// devices is a trip that adds and removes clients.
type devices struct {
	*trip
	anna, bert, carl *device
	process          string // the server's PID
}

// TestClientsComeAndGo lists the chapters of a trip that adds and removes clients.
func TestClientsComeAndGo(t *testing.T) {
	d := &devices{trip: newTrip(t, "clients", map[string]any{"clients": []string{"anna", "bert"}})}
	inOrder(t, []chapter{
		{"two clients connect", d.twoConnect},
		{"adding one does not disturb the others", d.adds},
		{"devices reach only the Internet", d.reachesOnlyTheInternet},
		{"addresses do not depend on the order of the list", d.reorders},
		{"revoking one informs and disconnects it, and does not disturb the others", d.revokes},
		{"parts of two profiles are refused", d.refusesMixtures},
		{"replayed first packets neither fill the server nor lock devices out", d.holdsAgainstReplays},
		{"a client that is no longer revoked comes back", d.admitsAgain},
		{"dropping one informs and disconnects it, and does not disturb the others", d.drops},
		{"the server's certificate renews itself", d.renewsServer},
		{"a client's certificate is renewed on request", d.renewsClient},
		{"with the clock ten minutes and a day off", d.hasAnotherClock},
		{"with the clock two years ahead", d.looksAhead},
		{"tls-crypt", func(t *testing.T) { d.connectsOver(t, "tls-crypt") }},
		{"with one key for all, certificate and name are refused", d.refusesByCertificateAndName},
		{"tls-auth", func(t *testing.T) { d.connectsOver(t, "tls-auth") }},
		{"RSA keys", d.connectsWithRSA},
		{"the classic style", d.connectsClassically},
		{"destroy leaves nothing", d.end},
	})
}

func (d *devices) twoConnect(t *testing.T) {
	d.change(t, nil)
	var err error
	d.endpoint, err = d.stack.Text(t.Context(), "endpoint")
	require.NoError(t, err)
	d.anna, d.bert, d.carl = d.newDevice(t, "anna"), d.newDevice(t, "bert"), d.newDevice(t, "carl")
	for name, device := range map[string]*device{"anna": d.anna, "bert": d.bert} {
		d.hand(t, device, name)
		device.connect(t)
		device.download(t)
	}
	d.process = d.serverProcess(t)
	require.ElementsMatch(t, []string{"anna", "bert"}, d.connected(t))
}

func (d *devices) adds(t *testing.T) {
	changes := d.change(t, map[string]any{"clients": []string{"anna", "bert", "carl"}})
	require.Equal(t, 3, changes["create"], "key, request and certificate: %v", changes)
	require.Equal(t, 1, changes["update"], "one command on the host: %v", changes)
	for operation := range changes {
		require.Contains(t, []string{"create", "update", "same"}, operation)
	}
	d.hand(t, d.carl, "carl")
	d.carl.connect(t)
	d.anna.requireUndisturbed(t, "anna")
	d.bert.requireUndisturbed(t, "bert")
	require.Equal(t, d.process, d.serverProcess(t))
}

// reorders leaves every address unchanged, and restarts nothing.
func (d *devices) reorders(t *testing.T) {
	before := d.tunnelAddresses(t)
	require.Len(t, before, 3)
	d.change(t, map[string]any{"clients": []string{"carl", "anna", "bert"}})
	for _, device := range []*device{d.anna, d.bert, d.carl} {
		require.Equal(t, device.settled, device.connections())
	}
	d.carl.disconnect(t)
	d.carl.connect(t)
	require.Equal(t, before, d.tunnelAddresses(t))
}

// keyRefused is the server's log line about a device with its own control-channel
// key that is not admitted.
const keyRefused = "tripvpn: refusing the control-channel key of 'anna', which is not admitted"

func (d *devices) revokes(t *testing.T) {
	require.NotContains(t, d.serverLog(t), keyRefused)
	changes := d.change(t, map[string]any{"revoked": []string{"anna"}})
	require.Equal(t, 1, changes["update"], "%v", changes)
	d.requireGone(t)
	d.requireStateHides(t, d.anna.Address().String(), d.anna.Address6().String())
	_, err := d.stack.Text(t.Context(), "anna.ovpn")
	require.Error(t, err, "a revoked client has no profile")
}

// requireGone requires that the server informed and disconnected anna, refuses it,
// and does not disturb the others.
func (d *devices) requireGone(t *testing.T) {
	t.Helper()
	require.ElementsMatch(t, []string{"bert", "carl"}, d.connected(t), "connected when up returns")
	d.anna.requireCut(t, d.began, d.returned)
	d.anna.requireToldToStop(t, d.returned)
	require.Equal(t, 1, d.anna.connections())
	d.anna.stream.Close()

	refused := strings.Count(d.serverLog(t), keyRefused)
	d.anna.start(t)
	d.awaitServerLog(t, keyRefused, refused)
	require.Zero(t, d.anna.connections(), "a new client is refused as well")
	d.anna.disconnect(t)
	require.ElementsMatch(t, []string{"bert", "carl"}, d.connected(t))

	d.bert.requireUndisturbed(t, "bert")
	require.Equal(t, d.process, d.serverProcess(t))
}

func (d *devices) admitsAgain(t *testing.T) {
	d.change(t, map[string]any{"revoked": []string{}})
	d.hand(t, d.anna, "anna")
	d.anna.connect(t)
	d.anna.download(t)
	d.bert.requireUndisturbed(t, "bert")
	require.Equal(t, d.process, d.serverProcess(t))
}

func (d *devices) drops(t *testing.T) {
	before := d.tunnelAddresses(t)
	delete(before, "anna")
	changes := d.change(t, map[string]any{"clients": []string{"bert", "carl"}})
	require.Equal(t, 3, changes["delete"], "%v", changes)
	require.Equal(t, 1, changes["update"], "%v", changes)
	d.requireGone(t)
	require.Equal(t, before, d.tunnelAddresses(t))
	d.bert.stream.Close()
	d.bert.disconnect(t)
	d.bert.connect(t)
	require.Equal(t, before, d.tunnelAddresses(t), "no client is renumbered")
}

// renewsServer makes the tls provider believe that the server's certificate ends
// soon.
func (d *devices) renewsServer(t *testing.T) {
	d.bert.disconnect(t)
	d.carl.disconnect(t)
	const leaf = "LocallySignedCert::darrell-server"
	old := d.certificate(t, leaf)
	soon := time.Now().Add(10 * 24 * time.Hour).Format(time.RFC3339)
	require.NoError(t, d.stack.Rewrite(t.Context(), leaf, "validityEndTime", soon))
	changes := d.change(t, nil)
	require.Equal(t, 1, changes["replace"], "%v", changes)
	require.Equal(t, 1, changes["update"], "%v", changes)

	d.bert.connect(t)
	renewed := d.certificate(t, leaf)
	require.NotEqual(t, old.SerialNumber, renewed.SerialNumber)
	require.Equal(t, old.PublicKey, renewed.PublicKey)
	served, err := d.host(t).Run(t.Context(), "openssl", "x509", "-noout", "-serial", "-in", "/etc/openvpn/server/darrell/server.crt")
	require.NoError(t, err)
	require.Equal(t, strings.ToUpper(renewed.SerialNumber.Text(16)), strings.TrimLeft(strings.TrimPrefix(strings.TrimSpace(served), "serial="), "0"))
	d.bert.disconnect(t)
}

// renewsClient runs the command in the warning.
func (d *devices) renewsClient(t *testing.T) {
	const leaf = "LocallySignedCert::darrell-client-bert"
	old := d.certificate(t, leaf)
	command := spec.RenewCommand("darrell", "bert")
	d.world.Now = func() time.Time { return old.NotAfter.Add(-29 * 24 * time.Hour) }
	d.change(t, nil)
	d.world.Now = time.Now
	require.Contains(t, d.log.String(), command)
	require.Equal(t, old.SerialNumber, d.certificate(t, leaf).SerialNumber, "the update only warns")

	glob := strings.Trim(strings.TrimPrefix(command, "pulumi up --replace "), "'")
	before := d.fingerprints(t)
	changes := d.change(t, nil, glob)
	require.Equal(t, 3, changes["replace"], "key, request and certificate: %v", changes)
	require.Equal(t, 1, changes["update"], "%v", changes)
	after := d.fingerprints(t)
	require.NotEqual(t, before["bert"], after["bert"])
	require.Equal(t, before["carl"], after["carl"])
	require.NotEqual(t, old.SerialNumber, d.certificate(t, leaf).SerialNumber)
	d.bert.connect(t) // with the old profile, which is valid until its end
	d.bert.disconnect(t)
	d.hand(t, d.bert, "bert")
	d.bert.connect(t)
	d.bert.disconnect(t)
}

func (d *devices) end(t *testing.T) {
	for _, device := range []*device{d.anna, d.bert} {
		require.NoError(t, device.Remove(t.Context()))
	}
	d.traveller = d.carl.Traveller
	d.destroys(t)
}
