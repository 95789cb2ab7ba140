package machine

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// listen opens the socket to which nspawn reports its state (sd_notify(3)).
func listen(folder, name string) (*net.UnixConn, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("making run folder: %w", err)
	}
	path := filepath.Join(folder, name+".notify")
	if err := os.RemoveAll(path); err != nil {
		return nil, fmt.Errorf("removing old socket: %w", err)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("listening for systemd-nspawn: %w", err)
	}
	return conn, nil
}

// hear reads nspawn's messages until it ends: first the process ID of the init,
// just before that runs, and later that the init has booted.
func (r *run) hear(notify *net.UnixConn, leader chan<- int) {
	defer notify.Close()
	go func() {
		<-r.exited
		notify.SetReadDeadline(time.Unix(1, 0))
	}()
	buffer := make([]byte, 4096)
	for {
		n, err := notify.Read(buffer)
		if err != nil {
			return
		}
		pid, ready := parseNotice(string(buffer[:n]))
		if pid > 0 {
			leader <- pid
		}
		if ready {
			close(r.booted)
			return
		}
	}
}

// parseNotice reads one message: the init's process id, if it is in it, and
// whether the machine is ready, which --notify-ready makes nspawn pass on from
// the init.
func parseNotice(message string) (init int, ready bool) {
	for line := range strings.Lines(message) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "READY":
			ready = value == "1"
		case "X_NSPAWN_LEADER_PID":
			init, _ = strconv.Atoi(value)
		}
	}
	return init, ready
}
