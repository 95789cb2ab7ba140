package controlchannel

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestReadFrame(t *testing.T) {
	long := bytes.Repeat([]byte{7}, maximumPacket)
	for name, test := range map[string]struct {
		stream string
		want   string
		err    string
	}{
		"one packet":               {"\x00\x02ab", "ab", ""},
		"the next packet is left":  {"\x00\x02ab\x00\x01c", "ab", ""},
		"network byte order":       {"\x01\x00" + string(long[:256]), string(long[:256]), ""},
		"the longest":              {"\x08\x00" + string(long), string(long), ""},
		"nothing":                  {"", "", "reading a packet's length: EOF"},
		"half a length":            {"\x00", "", "reading a packet's length: unexpected EOF"},
		"an empty packet":          {"\x00\x00", "", "its length is 0, not from 1 to 2048"},
		"too long":                 {"\x08\x01" + string(long) + "x", "", "its length is 2049, not from 1 to 2048"},
		"another protocol's":       {"HTTP/1.1 400 Bad Request\r\n", "", "its length is 18516"},
		"a packet that is cut off": {"\x00\x03ab", "", "reading a packet of 3 bytes: unexpected EOF"},
		"a packet without content": {"\x00\x03", "", "reading a packet of 3 bytes: EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			stream := bytes.NewReader([]byte(test.stream))
			packet, err := ReadFrame(iotest.OneByteReader(stream))
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				require.Nil(t, packet)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, string(packet))
			require.Equal(t, len(test.stream)-2-len(test.want), stream.Len())
		})
	}
}

// FuzzReadFrame: a packet that was read is bounded, and framing it gives what was read.
func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("\x00\x02ab\x00\x01c"))
	f.Add([]byte("\x00\x00"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, input []byte) {
		stream := bytes.NewReader(input)
		packet, err := ReadFrame(stream)
		if err != nil {
			require.Nil(t, packet)
			return
		}
		require.LessOrEqual(t, len(packet), maximumPacket)
		left, err := io.ReadAll(stream)
		require.NoError(t, err)
		require.Equal(t, input, append(Frame(packet), left...))
	})
}
