package machine

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync"
)

// monitor speaks with qemu (QMP: qemu's docs/interop/qmp-spec.rst), which connects to it.
type monitor struct {
	ready chan struct{} // closed when qemu has made its devices
	over  chan struct{} // closed when qemu has ended

	listener net.Listener

	mu     sync.Mutex
	conn   net.Conn // nil before qemu has connected
	reason string   // of the last shutdown
}

// notice is a message from qemu, as far as it matters here.
type notice struct {
	QMP   json.RawMessage
	Event string
	Data  struct{ Reason string }
}

// newMonitor waits for qemu at a socket.
func newMonitor(path string) (*monitor, error) {
	if err := os.RemoveAll(path); err != nil {
		return nil, fmt.Errorf("removing old socket: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening for qemu: %w", err)
	}
	m := &monitor{ready: make(chan struct{}), over: make(chan struct{}), listener: listener}
	go m.hear()
	return m, nil
}

// hear reads qemu's messages until it ends.
func (m *monitor) hear() {
	defer close(m.over)
	conn, err := m.listener.Accept()
	if err != nil {
		return // closed
	}
	defer conn.Close()
	m.mu.Lock()
	m.conn = conn
	m.mu.Unlock()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		var n notice
		if json.Unmarshal(lines.Bytes(), &n) != nil {
			continue
		}
		switch {
		case n.QMP != nil:
			m.order("qmp_capabilities") // without it qemu takes no other
			close(m.ready)
		case n.Event == "SHUTDOWN":
			m.mu.Lock()
			m.reason = n.Data.Reason
			m.mu.Unlock()
		}
	}
}

// order fails only where qemu does not run, which over tells.
func (m *monitor) order(command string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conn != nil {
		_, _ = fmt.Fprintf(m.conn, "{\"execute\": %q}\n", command)
	}
}

// close ends hear where qemu has never connected.
func (m *monitor) close() { m.listener.Close() }

func (m *monitor) powerDown() { m.order("system_powerdown") }

// ending reads the reason as qemu's qapi/run-state.json (ShutdownCause) has it.
func (m *monitor) ending() ending {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.reason {
	case "guest-shutdown":
		return poweredOff
	case "guest-reset":
		return rebooted
	}
	return cutOff
}
