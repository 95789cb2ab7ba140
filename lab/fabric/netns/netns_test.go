package netns_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
	"tripvpn/lab/fabric/netns"
)

const name = "tvl-netns-test"

func namespace(t *testing.T) {
	t.Helper()
	testenv.RequireRoot(t)
	testenv.RequirePrograms(t, "ip")
	require.NoError(t, netns.Delete(context.Background(), name))
	require.NoError(t, netns.Add(context.Background(), name))
	t.Cleanup(func() { require.NoError(t, netns.Delete(context.Background(), name)) })
}

func TestAddListDelete(t *testing.T) {
	namespace(t)
	names, err := netns.List()
	require.NoError(t, err)
	require.Contains(t, names, name)
	require.False(t, netns.Inside(name))

	require.NoError(t, netns.Delete(context.Background(), name))
	require.False(t, netns.Exists(name))
	require.NoError(t, netns.Delete(context.Background(), name), "deleting twice")
}

func TestSocketsStayInTheirNamespace(t *testing.T) {
	namespace(t)
	ctx := context.Background()
	listener, err := netns.Listen(ctx, name, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	go func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			conn.Write([]byte("hello"))
			conn.Close()
		}
	}()

	conn, err := netns.Dial(ctx, name, "tcp", listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	answer := make([]byte, 5)
	_, err = conn.Read(answer)
	require.NoError(t, err)
	require.Equal(t, "hello", string(answer))
}

func TestIPNamesTheLineThatFailed(t *testing.T) {
	namespace(t)
	err := netns.IP(context.Background(), name, "link set lo up", "link set nothing up")
	require.ErrorContains(t, err, `"nothing"`)
	require.ErrorContains(t, err, "Command failed -:2")
}

func TestForwardingIsOffInANewNamespace(t *testing.T) {
	namespace(t)
	require.NoError(t, netns.Do(name, func() error {
		value, err := os.ReadFile("/proc/sys/net/ipv4/ip_forward")
		require.NoError(t, err)
		require.Equal(t, "0\n", string(value))
		return nil
	}))
}

func TestDoWithoutNamespace(t *testing.T) {
	err := netns.Do("tvl-no-such", func() error { return nil })
	require.Error(t, err)
}
