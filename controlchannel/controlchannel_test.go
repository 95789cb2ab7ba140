package controlchannel

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

var seed = bytes.Repeat([]byte{7}, 32)

func TestDerivedKeysAreTheSameEachTimeAndDifferByUse(t *testing.T) {
	first, err := DeriveServerKey(seed)
	require.NoError(t, err)
	again, err := DeriveServerKey(seed)
	require.NoError(t, err)
	require.Equal(t, first.PEM(), again.PEM())

	phone, err := DeriveClientKey(seed, first, "phone")
	require.NoError(t, err)
	laptop, err := DeriveClientKey(seed, first, "laptop")
	require.NoError(t, err)
	require.NotEqual(t, phone.PEM(), laptop.PEM())
	require.NotEqual(t, phone.shared[:serverKeySize], first.octets)
}

func TestKeysRefuseAShortSeed(t *testing.T) {
	_, err := DeriveServerKey(seed[:31])
	require.ErrorContains(t, err, "31 octets")
}

func TestKeysSurviveTheirPEM(t *testing.T) {
	server, err := DeriveServerKey(seed)
	require.NoError(t, err)
	parsed, err := ParseServerKey(server.PEM())
	require.NoError(t, err)
	require.Equal(t, server, parsed)

	client, err := DeriveClientKey(seed, server, "phone")
	require.NoError(t, err)
	read, err := ParseClientKey(client.PEM())
	require.NoError(t, err)
	require.Equal(t, client, read)
}

func TestParsingRefusesWhatIsNoKey(t *testing.T) {
	server, err := DeriveServerKey(seed)
	require.NoError(t, err)
	client, err := DeriveClientKey(seed, server, "phone")
	require.NoError(t, err)
	for name, text := range map[string]string{
		"empty":          "",
		"another type":   client.PEM(),
		"something more": server.PEM() + "x",
		"too short":      encodePEM(serverKeyType, server.octets[1:]),
	} {
		_, err := ParseServerKey(text)
		require.Error(t, err, name)
	}
	_, err = ParseClientKey(encodePEM(clientKeyType, client.shared))
	require.ErrorContains(t, err, "no wrapped key")
}

func TestKeysDoNotPrint(t *testing.T) {
	server, err := DeriveServerKey(seed)
	require.NoError(t, err)
	client, err := DeriveClientKey(seed, server, "phone")
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.Equal(t, "[tls-crypt-v2 server key]", fmt.Sprintf(verb, server))
		require.Equal(t, "[tls-crypt-v2 client key]", fmt.Sprintf(verb, client))
	}
}

func TestUnwrapRefusesAnotherServersKey(t *testing.T) {
	ours, err := DeriveServerKey(seed)
	require.NoError(t, err)
	theirs, err := DeriveServerKey(bytes.Repeat([]byte{8}, 32))
	require.NoError(t, err)
	client, err := DeriveClientKey(seed, theirs, "phone")
	require.NoError(t, err)
	_, err = ours.Unwrap(client)
	require.ErrorContains(t, err, "not wrapped with this server key")
}

func FuzzWrappedKeysUnwrap(f *testing.F) {
	f.Add(seed, "phone")
	f.Add(bytes.Repeat([]byte{0}, 64), "")
	f.Fuzz(func(t *testing.T, seed []byte, name string) {
		server, err := DeriveServerKey(seed)
		if err != nil {
			t.Skip("a seed that is refused")
		}
		client, err := DeriveClientKey(seed, server, name)
		if err != nil {
			require.Greater(t, len(name), 700, "only a name that does not fit is refused")
			return
		}
		metadata, err := server.Unwrap(client)
		require.NoError(t, err)
		require.Equal(t, "\x00"+name, string(metadata))
		client.wrapped[len(client.wrapped)/2] ^= 1
		_, err = server.Unwrap(client)
		require.Error(t, err)
	})
}

func FuzzParseClientKey(f *testing.F) {
	f.Add("-----BEGIN OpenVPN tls-crypt-v2 client key-----\nAAAA\n-----END OpenVPN tls-crypt-v2 client key-----\n")
	server, err := DeriveServerKey(seed)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		client, err := ParseClientKey(text)
		if err != nil {
			return
		}
		_, err = server.Unwrap(client)
		require.Error(t, err, "nobody but the server wraps keys")
	})
}
