package controlchannel

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var seed = bytes.Repeat([]byte{7}, 32)

func TestDerivedKeysAreDeterministicAndDifferByUse(t *testing.T) {
	first, err := DeriveServerKey(seed)
	require.NoError(t, err)
	again, err := DeriveServerKey(seed)
	require.NoError(t, err)
	require.Equal(t, first.Text(), again.Text())

	phone, err := DeriveClientKey(seed, first, "phone")
	require.NoError(t, err)
	laptop, err := DeriveClientKey(seed, first, "laptop")
	require.NoError(t, err)
	require.NotEqual(t, phone.Text(), laptop.Text())
	require.NotEqual(t, phone.shared[:serverKeySize], first.raw)
}

func TestKeysRefuseAShortSeed(t *testing.T) {
	_, err := DeriveServerKey(seed[:31])
	require.ErrorContains(t, err, "31 bytes")
}

func TestKeysSurviveAPEMRoundTrip(t *testing.T) {
	server, err := DeriveServerKey(seed)
	require.NoError(t, err)
	parsed, err := ParseServerKey(server.Text())
	require.NoError(t, err)
	require.Equal(t, server, parsed)

	client, err := DeriveClientKey(seed, server, "phone")
	require.NoError(t, err)
	read, err := ParseClientKey(client.Text())
	require.NoError(t, err)
	require.Equal(t, client, read)
}

func TestParsingRefusesInvalidKeys(t *testing.T) {
	server, err := DeriveServerKey(seed)
	require.NoError(t, err)
	client, err := DeriveClientKey(seed, server, "phone")
	require.NoError(t, err)
	for name, text := range map[string]string{
		"empty":         "",
		"another type":  client.Text(),
		"trailing text": server.Text() + "x",
		"too short":     encodePEM(serverKeyType, server.raw[1:]),
	} {
		_, err := ParseServerKey(text)
		require.Error(t, err, name)
	}
	_, err = ParseClientKey(encodePEM(clientKeyType, client.shared))
	require.ErrorContains(t, err, "no wrapped key")
}

func TestStaticKeysSurviveARoundTrip(t *testing.T) {
	crypt, err := DeriveStaticKey(seed, TLSCrypt)
	require.NoError(t, err)
	parsed, err := ParseStaticKey(crypt.Text())
	require.NoError(t, err)
	require.Equal(t, crypt, parsed)
	auth, err := DeriveStaticKey(seed, TLSAuth)
	require.NoError(t, err)
	require.NotEqual(t, crypt, auth, "each mode has its own key")
}

func TestParsingRefusesInvalidStaticKeys(t *testing.T) {
	key, err := DeriveStaticKey(seed, TLSCrypt)
	require.NoError(t, err)
	text := key.Text()
	for name, wrong := range map[string]string{
		"empty":         "",
		"a line less":   text[:len(text)-len(staticKeyEnd)-33] + staticKeyEnd,
		"not hex":       strings.Replace(text, "V1-----\n0", "V1-----\nx", 1) + "x",
		"trailing text": text + "x\n",
	} {
		_, err := ParseStaticKey(wrong)
		require.Error(t, err, name)
	}
}

func TestOnlyTLSCryptV2HasAKeyPerClient(t *testing.T) {
	for mode, own := range map[Mode]bool{TLSCryptV2: true, TLSCrypt: false, TLSAuth: false} {
		server, err := DeriveServer(seed, mode)
		require.NoError(t, err)
		phone, err := DeriveClient(seed, mode, "phone")
		require.NoError(t, err)
		laptop, err := DeriveClient(seed, mode, "laptop")
		require.NoError(t, err)
		require.Equal(t, own, phone != laptop, mode)
		require.Equal(t, own, phone != server, mode)
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	server, err := DeriveServerKey(seed)
	require.NoError(t, err)
	client, err := DeriveClientKey(seed, server, "phone")
	require.NoError(t, err)
	static, err := DeriveStaticKey(seed, TLSAuth)
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.Equal(t, "[OpenVPN static key]", fmt.Sprintf(verb, static))
		require.NotContains(t, fmt.Sprintf(verb, keyFrom(t, seed, TLSAuth)), fmt.Sprint(static.raw[:4]))
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
			return // the seed is too short
		}
		client, err := DeriveClientKey(seed, server, name)
		if err != nil {
			require.Greater(t, len(name), 700, "only a name that is too long is refused")
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
		require.Error(t, err, "only the server can wrap keys")
	})
}

func FuzzParseStaticKey(f *testing.F) {
	key, err := DeriveStaticKey(seed, TLSCrypt)
	require.NoError(f, err)
	f.Add(key.Text())
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseStaticKey(text)
		if err != nil {
			return
		}
		require.Len(t, key.raw, staticKeySize)
		again, err := ParseStaticKey(key.Text())
		require.NoError(t, err)
		require.Equal(t, key, again)
	})
}
