package main

import (
	"context"
	"crypto/rand"
	"io"
	"net/netip"
	"os"
	"time"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
)

// program holds the dependencies of a run. Tests replace them with a simulated host.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	// readyTimeout bounds the time from systemd's "started" until OpenVPN
	// answers.
	readyTimeout time.Duration
	now          func() time.Time
	commands     func(root string) host.Runner
	// probe returns an error unless the server at that listener's port of this
	// machine has the control-channel key.
	probe func(ctx context.Context, key controlchannel.Key, l spec.Listener) error
	// ask returns an error unless a resolver answers a question from one of this
	// machine's addresses.
	ask func(ctx context.Context, from, resolver netip.Addr) error
	// free returns the bytes that are free in the file system of a path.
	free func(path string) (uint64, error)
}

func onThisMachine() program {
	return program{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		readyTimeout: 5 * time.Second,
		now:          time.Now,
		commands:     host.Commands,
		probe:        probe,
		ask:          ask,
		free:         host.Free,
	}
}

// probe starts a handshake over IPv4, which OpenVPN's IPv6 socket serves only if it is
// dual-stack, and checks the answer.
func probe(ctx context.Context, key controlchannel.Key, l spec.Listener) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	packet, accept, err := key.Probe(rand.Reader)
	if err != nil {
		return err
	}
	answer, err := host.Exchange(ctx, string(l.Protocol), netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), l.Port), packet)
	if err != nil {
		return err
	}
	return accept(answer)
}
