package host

import (
	"bufio"
	"context"
	"fmt"
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

// Ask sends one line to a socket that speaks OpenVPN's management protocol
// and returns the lines of the answer before END.
func Ask(ctx context.Context, root, socket, question string) (string, error) {
	conn, err := dial(ctx, "unix", filepath.Join(root, socket))
	if err != nil {
		return "", fmt.Errorf("asking %q: %w", socket, err)
	}
	defer conn.Close() // nothing is left to lose
	if _, err := fmt.Fprintf(conn, "%s\n", question); err != nil {
		return "", fmt.Errorf("asking %q: %w", socket, err)
	}
	var answer strings.Builder
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if strings.TrimSpace(lines.Text()) == "END" {
			return answer.String(), nil
		}
		if !strings.HasPrefix(lines.Text(), ">") { // a notice that nobody asked for
			answer.WriteString(lines.Text() + "\n")
		}
	}
	return "", fmt.Errorf("asking %q: the answer has no end", socket)
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
