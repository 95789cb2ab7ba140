package conformance

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

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
	drop    atomic.Int32 // so many connections are closed before a word is said
	dialled atomic.Int32 // connections so far

	config  *ssh.ServerConfig
	running sync.WaitGroup
	mu      sync.Mutex
	open    map[net.Conn]struct{}
}

// startSSHD starts a server that lets in the user "lab" with this key.
func startSSHD(t *testing.T, client ssh.PublicKey) *sshd {
	t.Helper()
	s := &sshd{dir: t.TempDir(), hostKey: newSigner(t), open: map[net.Conn]struct{}{}}
	s.config = &ssh.ServerConfig{
		PublicKeyCallback: func(conn ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if conn.User() != "lab" || string(key.Marshal()) != string(client.Marshal()) {
				return nil, errors.New("not let in")
			}
			return nil, nil
		},
	}
	s.config.AddHostKey(s.hostKey)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.address = listener.Addr().(*net.TCPAddr)
	s.running.Go(func() { s.accept(listener) })
	t.Cleanup(func() {
		_ = listener.Close()
		s.closeAll()
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

func (s *sshd) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		s.dialled.Add(1)
		if s.drop.Add(-1) >= 0 {
			_ = conn.Close()
			continue
		}
		s.mu.Lock()
		s.open[conn] = struct{}{}
		s.mu.Unlock()
		s.running.Go(func() { s.serve(conn) })
	}
}

func (s *sshd) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		_ = conn.Close()
	}
}

func (s *sshd) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		return
	}
	s.running.Go(func() { ssh.DiscardRequests(requests) })
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		s.running.Go(func() { s.session(channel, requests) })
	}
}

// session serves one channel: variables, then one command or SFTP. It does not
// accept variables whose names start with REFUSED.
func (s *sshd) session(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer func() { _ = channel.Close() }()
	environment := os.Environ()
	for request := range requests {
		var payload struct{ Name, Value string }
		switch request.Type {
		case "env":
			_ = ssh.Unmarshal(request.Payload, &payload)
			environment = append(environment, payload.Name+"="+payload.Value)
			_ = request.Reply(!strings.HasPrefix(payload.Name, "REFUSED"), nil)
		case "exec":
			var command struct{ Line string }
			_ = ssh.Unmarshal(request.Payload, &command)
			_ = request.Reply(true, nil)
			s.execute(channel, requests, command.Line, environment)
			return
		case "subsystem":
			_ = request.Reply(true, nil)
			s.sftp(channel)
			return
		default:
			_ = request.Reply(false, nil)
		}
	}
}

// execute runs a command, and kills it if the channel ends first.
func (s *sshd) execute(channel ssh.Channel, requests <-chan *ssh.Request, line string, environment []string) {
	ctx, cancel := context.WithCancel(context.Background())
	s.running.Go(func() {
		ssh.DiscardRequests(requests)
		cancel()
	})
	shell := exec.CommandContext(ctx, "sh", "-c", line)
	shell.Dir, shell.Env = s.dir, environment
	shell.Stdout, shell.Stderr = channel, channel.Stderr()
	// Not shell.Stdin: Run would then wait for a client that keeps its end open.
	stdin, err := shell.StdinPipe()
	if err != nil || shell.Start() != nil {
		return
	}
	s.running.Go(func() {
		_, _ = io.Copy(stdin, channel)
		_ = stdin.Close()
	})
	_ = shell.Wait()
	status := struct{ Status uint32 }{uint32(shell.ProcessState.ExitCode())}
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(status))
}

func (s *sshd) sftp(channel ssh.Channel) {
	server, err := sftp.NewServer(channel, sftp.WithServerWorkingDirectory(s.dir))
	if err != nil {
		return
	}
	_ = server.Serve()
	_ = server.Close()
}
