package controlchannel

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
	"tripvpn/internal/testenv/openvpntest"
)

// These tests compare our formats with the real openvpn's. It reads keys from
// standard input, never from a file.

func TestUnwrapsOpenVPNsClientKey(t *testing.T) {
	testenv.RequirePrograms(t, "openvpn")
	server, err := DeriveServerKey(seed)
	require.NoError(t, err)
	command := exec.Command("openvpn", "--config", "stdin", "--genkey", "tls-crypt-v2-client")
	command.Stdin = strings.NewReader(openvpntest.Inline("tls-crypt-v2", server.Text()))
	output, err := command.Output()
	require.NoError(t, err, "openvpn --genkey tls-crypt-v2-client")
	client, err := ParseClientKey(string(output))
	require.NoError(t, err)
	metadata, err := server.Unwrap(client)
	require.NoError(t, err)
	require.EqualValues(t, 1, metadata[0], "OpenVPN's own metadata is a time stamp")
}

func TestParsesOpenVPNsStaticKey(t *testing.T) {
	testenv.RequirePrograms(t, "openvpn")
	output, err := exec.Command("openvpn", "--genkey", "secret", "/dev/stdout").Output()
	require.NoError(t, err)
	key, err := ParseStaticKey(string(output))
	require.NoError(t, err)
	require.Equal(t, string(output), key.Text())
}

// The real server answers a probe with its key, and does not answer a probe with
// another key.
func TestOpenVPNAnswersOnlyProbesWithItsKey(t *testing.T) {
	for mode, option := range map[Mode]string{
		TLSCryptV2: "",
		TLSCrypt:   "",
		TLSAuth:    "key-direction 0\nauth SHA512\n",
	} {
		for _, network := range []string{"udp4", "tcp4"} {
			t.Run(string(mode)+" over "+network, func(t *testing.T) { answersOnlyItsKey(t, network, mode, option) })
		}
	}
}

func answersOnlyItsKey(t *testing.T, network string, mode Mode, option string) {
	ours, strangers := keyFrom(t, seed, mode), keyFrom(t, []byte(strings.Repeat("s", 32)), mode)
	options := option + openvpntest.Inline(string(mode), ours.Text())
	packet, accept, err := ours.Probe(rand.Reader)
	require.NoError(t, err)
	answer := exchange(t, network, serve(t, network, options), packet, 5*time.Second)
	require.NotEmpty(t, answer, "the server did not answer a probe with its key")
	require.NoError(t, accept(answer))

	_, acceptAnother, err := ours.Probe(rand.Reader)
	require.NoError(t, err)
	require.Error(t, acceptAnother(answer), "an answer to another probe")
	answer[len(answer)-1] ^= 1
	require.ErrorContains(t, accept(answer), "not authentic")
	for n := range answer {
		require.Error(t, accept(answer[:n]), "a truncated answer")
	}

	packet, _, err = strangers.Probe(rand.Reader)
	require.NoError(t, err)
	require.Empty(t, exchange(t, network, serve(t, network, options), packet, 500*time.Millisecond), "the server answered a probe with another key")
}

func keyFrom(t *testing.T, seed []byte, mode Mode) Key {
	t.Helper()
	text, err := DeriveServer(seed, mode)
	require.NoError(t, err)
	key, err := ParseKey(mode, crypto.SHA512, text)
	require.NoError(t, err)
	return key
}

// exchange sends one packet and returns the answer, or nil after the timeout or at the
// end of the connection.
func exchange(t *testing.T, network, address string, packet []byte, wait time.Duration) []byte {
	t.Helper()
	var conn net.Conn
	var err error
	require.Eventually(t, func() bool { // openvpn logs that it listens just before it does
		conn, err = net.Dial(network, address)
		return err == nil
	}, 5*time.Second, time.Millisecond)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(wait)))
	if network == "tcp4" {
		packet = Frame(packet)
	}
	_, err = conn.Write(packet)
	require.NoError(t, err)
	if network == "tcp4" {
		answer, _ := ReadFrame(conn)
		return answer
	}
	answer := make([]byte, 2048)
	n, err := conn.Read(answer)
	if err != nil {
		return nil
	}
	return answer[:n]
}

// serve runs openvpn with the control channel's options, and returns its address.
func serve(t *testing.T, network, options string) (address string) {
	t.Helper()
	certificate, private := selfSigned(t)
	for tag, body := range map[string]string{"ca": certificate, "cert": certificate, "key": private} {
		options += openvpntest.Inline(tag, body)
	}
	return openvpntest.Serve(t, network, options).Address
}

func selfSigned(t *testing.T) (certificate, private string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	sec1, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	return encodePEM("CERTIFICATE", der), string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}))
}
