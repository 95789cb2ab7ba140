package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"tripvpn/internal/controlchannel"
)

// Exchange sends one packet to a local OpenVPN port and returns the first answer. The
// network is "udp" or "tcp". It waits until the context's deadline, or 5 s without one.
func Exchange(ctx context.Context, network string, to netip.AddrPort, packet []byte) ([]byte, error) {
	conn, err := dial(ctx, network, to.String())
	if err != nil {
		return nil, err
	}
	defer conn.Close() // no data can be lost
	if network == "tcp" {
		return exchangeFrames(conn, packet)
	}
	if _, err := conn.Write(packet); err != nil {
		return nil, err
	}
	answer := make([]byte, 2048)
	n, err := conn.Read(answer)
	return answer[:n], err
}

func exchangeFrames(conn net.Conn, packet []byte) ([]byte, error) {
	if _, err := conn.Write(controlchannel.Frame(packet)); err != nil {
		return nil, err
	}
	return controlchannel.ReadFrame(conn)
}

// Refusal is the ERROR line with which a management socket answers a command that it
// did not carry out.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Talk implements Runner. The socket serves one caller at a time, so Talk connects
// for only one line.
func (c commands) Talk(ctx context.Context, socket, line string) (string, error) {
	answer, err := talk(ctx, filepath.Join(c.root, socket), line)
	if err != nil {
		return "", fmt.Errorf("sending %q to %q: %w", line, socket, err)
	}
	return answer, nil
}

func talk(ctx context.Context, path, line string) (string, error) {
	if strings.ContainsAny(line, "\r\n") {
		return "", errors.New("it is more than one line")
	}
	conn, err := dial(ctx, "unix", path)
	if err != nil {
		return "", err
	}
	defer conn.Close() // no data can be lost
	if _, err := fmt.Fprintf(conn, "%s\n", line); err != nil {
		return "", err
	}
	return readAnswer(conn)
}

// readAnswer reads up to the end of an answer, and drops unsolicited notices.
func readAnswer(r io.Reader) (string, error) {
	var answer strings.Builder
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "END", strings.HasPrefix(line, "SUCCESS:"):
			return answer.String() + strings.TrimPrefix(line, "END"), nil
		case strings.HasPrefix(line, "ERROR:"):
			return "", Refusal(line)
		case !strings.HasPrefix(line, ">"):
			answer.WriteString(lines.Text() + "\n")
		}
	}
	return "", errors.Join(errors.New("the answer ends too early"), lines.Err())
}

// dial connects, and sets the context's deadline on the connection, or 5 s without one.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		err = conn.SetDeadline(deadline)
	} else {
		err = conn.SetDeadline(time.Now().Add(5 * time.Second))
	}
	return conn, err
}
