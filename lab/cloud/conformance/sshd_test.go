package conformance

import (
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	sshserver "github.com/gliderlabs/ssh"
	"github.com/pkg/sftp"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
)

// sshd is an SSH server on loopback that lets one key in, runs commands with sh
// in a folder of the test, and serves SFTP there.
type sshd struct {
	address *net.TCPAddr
	dir     string
	hostKey ssh.Signer
	drop    atomic.Int32 // how many of the next connections are closed at once
	dialled atomic.Int32 // connections so far
	running sync.WaitGroup
}

// startSSHD starts a server that lets in the user "lab" with this key.
func startSSHD(t *testing.T, client ssh.PublicKey) *sshd {
	t.Helper()
	s := &sshd{dir: t.TempDir(), hostKey: newSigner(t)}
	server := &sshserver.Server{
		HostSigners: []sshserver.Signer{s.hostKey},
		PublicKeyHandler: func(ctx sshserver.Context, key sshserver.PublicKey) bool {
			return ctx.User() == "lab" && sshserver.KeysEqual(key, client)
		},
		ConnCallback:      s.admit,
		Handler:           s.execute,
		SubsystemHandlers: map[string]sshserver.SubsystemHandler{"sftp": s.sftp},
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.address = listener.Addr().(*net.TCPAddr)
	s.running.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		_ = server.Close()
		s.running.Wait()
	})
	return s
}

func newSigner(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	require.NoError(t, err)
	return signer
}

// pin is the host key as a connection's hostKey.
func pin(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// file reads what a command or a copy left in the server's folder.
func (s *sshd) file(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(s.dir, name))
	require.NoError(t, err)
	return string(content)
}

// admit counts a connection. The server closes it if the result is nil.
func (s *sshd) admit(_ sshserver.Context, conn net.Conn) net.Conn {
	s.dialled.Add(1)
	if s.drop.Add(-1) >= 0 {
		return nil
	}
	return conn
}

// execute runs a command, and kills it if the connection ends first.
func (s *sshd) execute(session sshserver.Session) {
	s.running.Add(1)
	defer s.running.Done()
	shell := exec.CommandContext(session.Context(), "sh", "-c", session.RawCommand())
	shell.Dir = s.dir
	shell.Stdout, shell.Stderr = session, session.Stderr()
	// Not shell.Stdin: Run would then wait for a client that keeps its end open.
	stdin, err := shell.StdinPipe()
	if err != nil || shell.Start() != nil {
		return
	}
	go func() {
		_, _ = io.Copy(stdin, session)
		_ = stdin.Close()
	}()
	_ = shell.Wait()
	_ = session.Exit(shell.ProcessState.ExitCode())
}

func (s *sshd) sftp(session sshserver.Session) {
	s.running.Add(1)
	defer s.running.Done()
	server, err := sftp.NewServer(session, sftp.WithServerWorkingDirectory(s.dir))
	if err != nil {
		return
	}
	_ = server.Serve()
	_ = server.Close()
}
