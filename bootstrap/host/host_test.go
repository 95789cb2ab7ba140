package host_test

import (
	"context"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
)

// none is a Runner that fails the test when it is used.
type none struct{ t *testing.T }

func (n none) Run(_ context.Context, args ...string) (string, error) {
	n.t.Errorf("ran %q", args)
	return "", nil
}

func (n none) Talk(_ context.Context, _, line string) (string, error) {
	n.t.Errorf("sent %q", line)
	return "", nil
}

func TestReaderSendsOnlyQuestions(t *testing.T) {
	r := host.NewReader(t.TempDir(), none{t})
	for _, line := range []string{"", "kill laptop", "client-kill 0", "signal SIGTERM", "statusx"} {
		_, err := r.Ask(context.Background(), "/s", line)
		require.ErrorContains(t, err, "it is not on the list of questions")
	}
}

func TestReaderRunsOnlyQueries(t *testing.T) {
	r := host.NewReader(t.TempDir(), none{t})
	for _, args := range [][]string{
		{}, {"systemctl"}, {"systemctl", "restart", "x"}, {"iptables", "-F"}, {"dpkg", "--purge", "x"}, {"sh", "-c", "iptables-save"},
	} {
		_, err := r.Query(context.Background(), args...)
		require.ErrorContains(t, err, "it is not on the list of queries")
	}
	_, isWriter := r.(host.Writer)
	require.False(t, isWriter)
}

func TestWriteFile(t *testing.T) {
	root := t.TempDir()
	w := host.NewWriter(root, none{t})
	require.ErrorIs(t, w.WriteFile("/etc/x", []byte("a"), 0o600), fs.ErrNotExist, "a separate step makes directories")
	require.NoError(t, w.MakeDir("/etc/deep", 0o700))
	require.NoError(t, w.WriteFile("/etc/deep/x", []byte("old"), 0o644))
	before, err := os.Open(filepath.Join(root, "/etc/deep/x"))
	require.NoError(t, err)
	defer before.Close()

	require.NoError(t, os.WriteFile(filepath.Join(root, host.TempPath("/etc/deep/x")), []byte("left by a killed run"), 0o666))
	require.NoError(t, w.WriteFile("/etc/deep/x", []byte("new"), 0o600))
	content, err := w.ReadFile("/etc/deep/x")
	require.NoError(t, err)
	require.Equal(t, "new", string(content))
	info, err := w.Stat("/etc/deep/x")
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), info.Modified, time.Minute)
	require.Equal(t, host.Info{Mode: 0o600, Ours: true, Modified: info.Modified}, info)
	names, err := w.ReadDir("/etc/deep")
	require.NoError(t, err)
	require.Equal(t, []string{"x"}, names)

	old := make([]byte, 3)
	_, err = before.Read(old)
	require.NoError(t, err)
	require.Equal(t, "old", string(old), "an open file keeps its old content")
}

// WriteFile replaces a link and does not follow it: anyone may own its target.
func TestWriteFileReplacesLinks(t *testing.T) {
	root := t.TempDir()
	w := host.NewWriter(root, none{t})
	target, link := filepath.Join(root, "target"), filepath.Join(root, "link")
	require.NoError(t, os.WriteFile(target, []byte("kept"), 0o600))
	require.NoError(t, os.Symlink(target, link))
	require.NoError(t, os.Symlink(target, filepath.Join(root, host.TempPath("/link"))))
	require.NoError(t, w.WriteFile("/link", []byte("secret"), 0o600))
	content, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, "kept", string(content))
	info, err := w.Stat("/link")
	require.NoError(t, err)
	require.True(t, info.Mode.IsRegular())
}

func TestRemoveAndMakeDirMayBeRepeated(t *testing.T) {
	w := host.NewWriter(t.TempDir(), none{t})
	require.NoError(t, w.Remove("/nothing"))
	require.NoError(t, w.MakeDir("/a/b", 0o755))
	require.NoError(t, w.MakeDir("/a/b", 0o700))
	info, err := w.Stat("/a/b")
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), info.Mode.Perm())
	require.Error(t, w.Remove("/a"), "the directory is not empty")
}

func TestCommands(t *testing.T) {
	run := host.Commands("/").Run
	t.Setenv("LC_ALL", "xx_XX")
	output, err := run(context.Background(), "sh", "-c", "echo $LC_ALL; echo $0")
	require.NoError(t, err)
	require.Equal(t, "C\nsh\n", output)

	_, err = run(context.Background(), "sh", "-c", "echo out; echo err >&2; exit 3")
	require.EqualError(t, err, `running "sh -c echo out; echo err >&2; exit 3": exit status 3: err`+"\nout")
	require.Equal(t, 3, host.ExitCode(err))

	_, err = run(context.Background(), "no-such-program")
	require.ErrorContains(t, err, `running "no-such-program": executable file not found`)
	require.Equal(t, -1, host.ExitCode(err))
	require.Equal(t, -1, host.ExitCode(nil))
}

func TestLockExcludesAndWaits(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "run"), 0o755))
	release, err := host.Lock(context.Background(), root)
	require.NoError(t, err)

	soon, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err = host.Lock(soon, root)
	require.ErrorContains(t, err, "another run holds the lock; wait for it to end")

	got := make(chan error)
	go func() {
		release, err := host.Lock(context.Background(), root)
		if err == nil {
			err = release()
		}
		got <- err
	}()
	require.NoError(t, release())
	require.NoError(t, <-got)
}

func TestExchange(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer server.Close()
	go func() {
		question := make([]byte, 100)
		n, from, err := server.ReadFrom(question)
		if err == nil {
			_, _ = server.WriteTo(append(question[:n], '!'), from)
		}
	}()
	to := netip.MustParseAddrPort(server.LocalAddr().String())
	answer, err := host.Exchange(context.Background(), "udp", to, []byte("hello"))
	require.NoError(t, err)
	require.Equal(t, "hello!", string(answer))

	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = host.Exchange(ctx, "udp", to, []byte("hello"))
	require.ErrorContains(t, err, "i/o timeout", "the server answers only once")
}

func TestExchangeOverTCP(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer server.Close()
	to := netip.MustParseAddrPort(server.Addr().String())
	// answering serves one connection, and keeps it open until the test ends.
	answering := func(answer string) <-chan string {
		question := make(chan string, 1)
		go func() {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			read := make([]byte, len("\x00\x05hello"))
			_, _ = io.ReadFull(conn, read)
			_, _ = io.WriteString(conn, answer)
			question <- string(read)
		}()
		return question
	}
	question := answering("\x00\x06hello!\x00\x01")
	answer, err := host.Exchange(t.Context(), "tcp", to, []byte("hello"))
	require.NoError(t, err)
	require.Equal(t, "hello!", string(answer))
	require.Equal(t, "\x00\x05hello", <-question)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	answering("\x00\x06hell")
	_, err = host.Exchange(ctx, "tcp", to, []byte("hello"))
	require.ErrorContains(t, err, "i/o timeout", "the server sends only a part")

	answering("\xff\xff")
	_, err = host.Exchange(t.Context(), "tcp", to, []byte("hello"))
	require.ErrorContains(t, err, "its length is 65535", "the size is bounded")

	require.NoError(t, server.Close())
	_, err = host.Exchange(t.Context(), "tcp", to, []byte("hello"))
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestTalk(t *testing.T) {
	root := t.TempDir()
	socket, err := net.Listen("unix", filepath.Join(root, "s"))
	require.NoError(t, err)
	answers := []string{
		">INFO:hello\r\none\r\n>LOG:x\ntwo\r\nEND\r\n",
		">INFO:hello\r\nSUCCESS: done\r\n",
		"ERROR: no such client\r\n",
		"one\n",
	}
	go func() {
		for _, answer := range answers {
			conn, err := socket.Accept()
			if err != nil {
				return
			}
			question := make([]byte, 100)
			_, _ = conn.Read(question)
			_, _ = conn.Write([]byte(answer))
			_ = conn.Close()
		}
	}()
	talk := func(line string) (string, error) { return host.Commands(root).Talk(context.Background(), "/s", line) }
	answer, err := talk("status 3")
	require.NoError(t, err)
	require.Equal(t, "one\ntwo\n", answer)
	answer, err = talk("kill x")
	require.NoError(t, err)
	require.Equal(t, "SUCCESS: done", answer)
	_, err = talk("kill x")
	require.EqualError(t, err, `sending "kill x" to "/s": ERROR: no such client`)
	_, err = talk("status 3")
	require.ErrorContains(t, err, "the answer ends too early")
	_, err = talk("status 3\nkill x")
	require.ErrorContains(t, err, "more than one line")

	require.NoError(t, socket.Close())
	_, err = talk("status 3")
	require.ErrorIs(t, err, fs.ErrNotExist, "no server, no socket")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(root, "s"), Net: "unix"})
	require.NoError(t, err)
	dead.SetUnlinkOnClose(false)
	require.NoError(t, dead.Close())
	_, err = talk("status 3")
	require.ErrorIs(t, err, syscall.ECONNREFUSED, "a crashed server leaves its socket behind")
}
