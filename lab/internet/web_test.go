package internet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTellsAndRemembersCallers(t *testing.T) {
	loopback := netip.MustParseAddr("127.0.0.1")
	var at string
	web, err := Serve(context.Background(), func(ctx context.Context, network, address string) (net.Listener, error) {
		require.Equal(t, "127.0.0.1:80", address)
		l, err := new(net.ListenConfig).Listen(ctx, network, "127.0.0.1:0")
		at = "http://" + l.Addr().String()
		return l, err
	}, loopback)
	require.NoError(t, err)
	defer web.Close()
	require.Empty(t, web.Callers())

	response, err := http.Get(at + "/address")
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1\n", string(body))
	require.Equal(t, []netip.Addr{loopback}, web.Callers())

	web.Forget()
	require.Empty(t, web.Callers())
}

func TestPageHasTheSizeInItsName(t *testing.T) {
	var at string
	web, err := Serve(context.Background(), func(ctx context.Context, network, _ string) (net.Listener, error) {
		l, err := new(net.ListenConfig).Listen(ctx, network, "127.0.0.1:0")
		at = "http://" + l.Addr().String()
		return l, err
	}, netip.MustParseAddr("127.0.0.1"))
	require.NoError(t, err)
	defer web.Close()
	for name, size := range map[string]int{"0": 0, "70000": 70000, "-1": -1, "x": -1} {
		response, err := http.Get(at + "/zeros/" + name)
		require.NoError(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		if size < 0 {
			require.Equal(t, http.StatusBadRequest, response.StatusCode, name)
			continue
		}
		require.Equal(t, make([]byte, size), body, name)
	}
}

func TestSaysWhyItCannotListen(t *testing.T) {
	taken := func(context.Context, string, string) (net.Listener, error) { return nil, errors.New("address in use") }
	_, err := Serve(context.Background(), taken, netip.MustParseAddr("127.0.0.1"))
	require.EqualError(t, err, "starting web server: address in use")
}
