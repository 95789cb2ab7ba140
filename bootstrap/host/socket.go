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
)

// Exchange sends one datagram to a UDP port of the host itself and returns
// the first answer, until the context is done.
func Exchange(ctx context.Context, to netip.AddrPort, packet []byte) ([]byte, error) {
	conn, err := dial(ctx, "udp", to.String())
	if err != nil {
		return nil, err
	}
	defer conn.Close() // nothing is left to lose
	if _, err := conn.Write(packet); err != nil {
		return nil, err
	}
	answer := make([]byte, 2048)
	n, err := conn.Read(answer)
	return answer[:n], err
}

// Refusal is what a management socket said to a line that it understood and
// did not follow.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Talk implements Runner. The socket serves one caller at a time, so this one
// does not stay.
func (c commands) Talk(ctx context.Context, socket, line string) (string, error) {
	answer, err := talk(ctx, filepath.Join(c.root, socket), line)
	if err != nil {
		return "", fmt.Errorf("saying %q to %q: %w", line, socket, err)
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
	defer conn.Close() // nothing is left to lose
	if _, err := fmt.Fprintf(conn, "%s\n", line); err != nil {
		return "", err
	}
	return readAnswer(conn)
}

// readAnswer reads up to the end of an answer, and leaves out the notices that
// nobody asked for.
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
	return "", errors.Join(errors.New("the answer has no end"), lines.Err())
}

// dial connects, and gives the connection the context's deadline.
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
