package internet

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnswersWithTheSizeInTheQuestion(t *testing.T) {
	var at net.Addr
	replier, err := ServeReplier(context.Background(), func(ctx context.Context, network, address string) (net.PacketConn, error) {
		require.Equal(t, "127.0.0.1:19", address)
		conn, err := new(net.ListenConfig).ListenPacket(ctx, network, "127.0.0.1:0")
		at = conn.LocalAddr()
		return conn, err
	}, netip.MustParseAddr("127.0.0.1"))
	require.NoError(t, err)
	defer replier.Close()
	conn, err := net.Dial("udp", at.String())
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	answer := make([]byte, 2000)
	for question, size := range map[string]int{"1300": 1300, "4       ": 4} {
		_, err := conn.Write([]byte("no number")) // gets no answer
		require.NoError(t, err)
		_, err = conn.Write([]byte(question))
		require.NoError(t, err)
		n, err := conn.Read(answer)
		require.NoError(t, err)
		require.Equal(t, size, n)
	}
}
