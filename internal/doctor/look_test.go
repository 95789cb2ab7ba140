package doctor

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/handshake"
	"tripvpn/internal/profile"
	"tripvpn/internal/spec"
)

func TestAPageIsGenuineOrNot(t *testing.T) {
	then := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		answer  http.HandlerFunc
		genuine bool
	}{
		"the page":       {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "success\n") }, true},
		"another page":   {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<p>success") }, false},
		"a redirect":     {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/success.txt", http.StatusFound) }, false},
		"another status": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(511); io.WriteString(w, "success\n") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				require.Empty(t, r.Header.Get("User-Agent"))
				w.Header().Set("Date", then.Format(http.TimeFormat))
				w.Header().Set("Age", "90")
				test.answer(w, r)
			}))
			defer server.Close()
			before := time.Now()
			web, now := lookAtWeb(t.Context(), server.URL)
			require.Equal(t, Web{Genuine: test.genuine, Time: then.Add(90 * time.Second)}, web)
			require.WithinRange(t, now, before, time.Now())
		})
	}
	server := httptest.NewServer(nil)
	server.Close()
	web, _ := lookAtWeb(t.Context(), server.URL)
	require.EqualError(t, web.Err, "it does not answer")
}

func TestTimeOf(t *testing.T) {
	for name, test := range map[string]struct {
		date, age string
		want      time.Time
	}{
		"no date":        {"", "", time.Time{}},
		"no time":        {"yesterday", "", time.Time{}},
		"no age":         {"Tue, 01 Dec 2026 10:00:00 GMT", "", time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)},
		"a wrong age":    {"Tue, 01 Dec 2026 10:00:00 GMT", "-1", time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)},
		"from a cache":   {"Tue, 01 Dec 2026 10:00:00 GMT", "60", time.Date(2026, 12, 1, 10, 1, 0, 0, time.UTC)},
		"a very old one": {"Tue, 01 Dec 2026 10:00:00 GMT", "99999999999999", time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)},
	} {
		h := http.Header{"Date": {test.date}, "Age": {test.age}}
		require.True(t, test.want.Equal(timeOf(h)), name)
	}
}

// TestContactsWithoutAServer meets ports of this machine at which there is no OpenVPN.
func TestContactsWithoutAServer(t *testing.T) {
	bound, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { bound.Close() })
	free, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	closes, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { closes.Close() })
	go func() {
		for conn, err := closes.Accept(); err == nil; conn, err = closes.Accept() {
			conn.Close()
		}
	}()
	freeTCP, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, freeTCP.Close())

	f := healthy(t)
	for _, test := range []struct {
		protocol spec.Protocol
		at       net.Addr
		want     Contact
	}{
		{spec.UDP, bound.LocalAddr(), Silent},
		{spec.UDP, free.LocalAddr(), Refused},
		{spec.TCP, closes.Addr(), Mute},
		{spec.TCP, freeTCP.Addr(), Refused},
	} {
		t.Run(string(test.protocol)+" "+string(test.want), func(t *testing.T) {
			t.Parallel()
			s := Server{Remote: profile.Remote{Protocol: test.protocol}, Address: netip.MustParseAddrPort(test.at.String())}
			require.Equal(t, test.want, meet(t.Context(), s, f.Profile, f.identity()))
		})
	}
}

func TestContactsOfHandshakes(t *testing.T) {
	for _, test := range []struct {
		protocol spec.Protocol
		result   handshake.Result
		want     Contact
	}{
		{spec.UDP, handshake.Result{Stage: handshake.Silent, Err: errors.New("lost")}, Silent},
		{spec.TCP, handshake.Result{Stage: handshake.Silent, Err: io.EOF}, Mute},
		{spec.UDP, handshake.Result{Stage: handshake.Answered, Err: errors.New("lost")}, Drops},
		{spec.UDP, handshake.Result{Stage: handshake.Continued, Err: errors.New("lost")}, Stalls},
		{spec.UDP, handshake.Result{Stage: handshake.Continued, Err: &handshake.ServerError{Err: errors.New("wrong")}}, Stranger},
		{spec.UDP, handshake.Result{Stage: handshake.Known, Err: io.EOF}, Rejects},
		{spec.UDP, handshake.Result{Stage: handshake.Admitted}, Admits},
	} {
		require.Equal(t, test.want, contact(test.protocol, controlchannel.TLSCryptV2, test.result), "%+v", test.result)
	}
	lost := handshake.Result{Stage: handshake.Answered, Err: errors.New("lost")}
	require.Equal(t, Stalls, contact(spec.UDP, controlchannel.TLSCrypt, lost), "the key is that of all devices")
}

func TestEachRemoteIsMetOnceAtEachAddress(t *testing.T) {
	one, two := netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("203.0.113.25")
	remotes := []profile.Remote{{Host: "vpn.example.org", Port: 1194, Protocol: spec.UDP}, {Host: "203.0.113.9", Port: 443, Protocol: spec.TCP}, {Host: "203.0.113.9", Port: 443, Protocol: spec.TCP}}
	names := []Name{{Host: "vpn.example.org", Here: []netip.Addr{one}, Reference: []netip.Addr{two, one}}}
	require.Equal(t, []Server{
		{Remote: remotes[0], Address: netip.AddrPortFrom(one, 1194)},
		{Remote: remotes[0], Address: netip.AddrPortFrom(two, 1194)},
		{Remote: remotes[1], Address: netip.AddrPortFrom(one, 443)},
	}, servers(remotes, names))
}
