package controlchannel

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// clientFrom returns the client's side of a mode, and what protects the server's packets.
func clientFrom(t testing.TB, mode Mode) (Client, func(header, message []byte) []byte) {
	t.Helper()
	text, err := DeriveClient(seed, mode, "phone")
	require.NoError(t, err)
	c, err := ParseClient(mode, crypto.SHA256, text)
	require.NoError(t, err)
	switch e := c.envelope.(type) {
	case encrypted:
		return c, func(header, message []byte) []byte {
			header = slices.Concat(header, replay(1))
			tag := e.toClient().tag(header, message)
			return slices.Concat(header, tag, e.toClient().crypt(tag, message))
		}
	case authenticated:
		return c, func(header, message []byte) []byte {
			return slices.Concat(header, e.sign(serverHMACSlot, replay(1), header, message), replay(1), message)
		}
	}
	panic("unreachable")
}

var allModes = []Mode{TLSCryptV2, TLSCrypt, TLSAuth}

var theirs = bytes.Repeat([]byte{9}, sessionSize)

func TestASessionOpensTheServersPackets(t *testing.T) {
	for _, mode := range allModes {
		client, seal := clientFrom(t, mode)
		session, err := client.Start(rand.Reader)
		require.NoError(t, err)
		header := func(opcode byte) []byte { return append([]byte{opcode}, theirs...) }
		early := seal(header(ackV1), slices.Concat([]byte{1}, number(0), session.own))
		_, err = session.Open(early)
		require.ErrorIs(t, err, errAnotherSession, "before the answer to the reset")

		flags := []byte{0, 1, 0, 2, 0, 1}
		got, err := session.Open(seal(header(hardResetServerV2), slices.Concat([]byte{1}, number(0), session.own, number(0), flags)))
		require.NoError(t, err)
		require.Equal(t, Packet{Acks: []uint32{0}, Payload: flags}, got)
		require.True(t, session.resend)

		got, err = session.Open(seal(header(controlV1), slices.Concat([]byte{2}, number(0), number(1), session.own, number(1), []byte("hello"))))
		require.NoError(t, err)
		require.Equal(t, Packet{Acks: []uint32{0, 1}, Number: 1, Payload: []byte("hello")}, got)
		got, err = session.Open(early)
		require.NoError(t, err)
		require.Equal(t, Packet{Acks: []uint32{0}, Ack: true}, got)

		for name, packet := range map[string][]byte{
			"our own":                       session.Control(1, nil),
			"a packet of a data channel":    append([]byte{9 << 3}, make([]byte, 100)...),
			"another session of the server": seal(append([]byte{controlV1}, make([]byte, sessionSize)...), slices.Concat([]byte{0}, number(2))),
			"another session of ours":       seal(header(ackV1), slices.Concat([]byte{1}, number(0), theirs)),
			"no number":                     seal(header(controlV1), []byte{0, 0, 0}),
			"too few acknowledgements":      seal(header(ackV1), []byte{200, 0, 0, 0, 0}),
			"no message":                    seal(header(ackV1), nil),
		} {
			_, err := session.Open(packet)
			require.Error(t, err, "%s: %s", mode, name)
		}
	}
}

func TestOnlyTheFirstPacketHasTheWrappedKeyAgain(t *testing.T) {
	client, _ := clientFrom(t, TLSCryptV2)
	session, err := client.Start(rand.Reader)
	require.NoError(t, err)
	session.server = theirs
	require.Equal(t, byte(controlV1), session.Control(1, nil)[0])
	session.resend = true
	first := session.Control(1, nil)
	require.Equal(t, byte(controlWKCV1), first[0])
	require.True(t, bytes.HasSuffix(first, client.wrapped))
	require.Equal(t, byte(controlV1), session.Control(2, nil)[0])
}

func TestAResetIsPadded(t *testing.T) {
	for _, mode := range allModes {
		client, _ := clientFrom(t, mode)
		session, err := client.Start(rand.Reader)
		require.NoError(t, err)
		require.Len(t, session.Reset(500), len(session.Reset(0))+500)
	}
}

func TestParseClientRefuses(t *testing.T) {
	server, err := DeriveServer(seed, TLSCryptV2)
	require.NoError(t, err)
	for _, mode := range append(allModes, "tls-none") {
		_, err := ParseClient(mode, crypto.SHA256, server)
		require.Error(t, err, mode)
		require.NotContains(t, err.Error(), server[60:80])
	}
	static, err := DeriveServer(seed, TLSAuth)
	require.NoError(t, err)
	_, err = ParseClient(TLSAuth, crypto.MD4, static)
	require.ErrorContains(t, err, "the digest MD4 is not supported")
}

func TestAClientsKeyDoesNotPrint(t *testing.T) {
	for _, mode := range allModes {
		client, _ := clientFrom(t, mode)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			require.Equal(t, "[control-channel key]", fmt.Sprintf(verb, client))
		}
	}
}

// FuzzOpen opens authentic packets with any message, as a server with our key could send.
func FuzzOpen(f *testing.F) {
	f.Add(byte(hardResetServerV2), []byte{0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 1}, true)
	f.Add(byte(controlV1), []byte{1, 0, 0, 0, 0}, true)
	f.Add(byte(ackV1), []byte{255}, false)
	f.Fuzz(func(t *testing.T, opcode byte, message []byte, authentic bool) {
		for _, mode := range allModes {
			client, seal := clientFrom(t, mode)
			session, err := client.Start(bytes.NewReader(make([]byte, sessionSize)))
			require.NoError(t, err)
			packet := append([]byte{opcode}, message...)
			if authentic {
				packet = seal(append([]byte{opcode}, theirs...), message)
			}
			opened, err := session.Open(packet)
			if err != nil {
				require.Equal(t, Packet{}, opened)
				continue
			}
			require.True(t, authentic)
			require.LessOrEqual(t, len(opened.Payload)+4*len(opened.Acks), len(message))
			require.NotEmpty(t, session.Control(1, opened.Payload))
		}
	})
}
