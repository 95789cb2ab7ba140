// Package management builds commands for OpenVPN's management interface and parses its
// answers. It opens no socket.
//
// Source: multi_print_status in OpenVPN's multi.c, status version 3, and
// doc/management-notes.txt.
package management

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// StatusCommand requests the status that ParseStatus reads: lines with tab-separated
// fields.
const StatusCommand = "status 3"

// HaltCommand returns the command that orders the client of session id to exit, with
// the reason, and ends the session. OpenVPN 2 exits, OpenVPN 3 reports CLIENT_HALT. The
// session ends within five seconds (send_restart and server_pushed_signal in push.c).
func HaltCommand(id uint64) string {
	return fmt.Sprintf(`client-kill %d "HALT,this device is no longer admitted"`, id)
}

// RestartCommand is like HaltCommand, but orders the client to reconnect.
func RestartCommand(id uint64) string { return fmt.Sprintf("client-kill %d RESTART", id) }

// CutCommand returns the command that ends the sessions of a common name at once,
// without notifying the client.
func CutCommand(name string) string { return "kill " + name }

// Client is a connected client.
type Client struct {
	ID            uint64     // of its session
	Name          string     // common name
	From          string     // its public address and port, as OpenVPN prints them
	Address       netip.Addr // inside the tunnel, IPv4; the zero value if it has none
	Address6      netip.Addr // inside the tunnel, IPv6; the zero value if it has none
	BytesReceived uint64     // by the server
	BytesSent     uint64     // by the server
	Since         time.Time  // UTC
}

// ParseStatus returns the clients in an answer to StatusCommand. It finds columns by
// the names in the answer's header, so new columns do not matter. OpenVPN also lists
// peers during their handshake, and for some seconds those that it refused. ParseStatus
// skips them: they have no address inside the tunnel, because OpenVPN assigns one when
// it admits a client (multi_connection_established in multi.c).
func ParseStatus(text string) ([]Client, error) {
	var header []string
	clients := []Client{}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		switch {
		case len(fields) > 2 && fields[0] == "HEADER" && fields[1] == "CLIENT_LIST":
			header = fields[2:]
		case fields[0] == "CLIENT_LIST":
			client, err := parseClient(header, fields[1:])
			if err != nil {
				return nil, fmt.Errorf("parsing status: %w", err)
			}
			if client.Address.IsValid() || client.Address6.IsValid() {
				clients = append(clients, client)
			}
		}
	}
	if header == nil {
		return nil, errors.New("parsing status: it has no header for the client list")
	}
	return clients, nil
}

func parseClient(header, fields []string) (Client, error) {
	if len(header) != len(fields) {
		return Client{}, fmt.Errorf("a client has %d fields, but the header names %d", len(fields), len(header))
	}
	row := map[string]string{}
	for i, column := range header {
		row[column] = fields[i]
	}
	received, errReceived := strconv.ParseUint(row["Bytes Received"], 10, 64)
	sent, errSent := strconv.ParseUint(row["Bytes Sent"], 10, 64)
	id, errID := strconv.ParseUint(row["Client ID"], 10, 64)
	since, errSince := strconv.ParseInt(row["Connected Since (time_t)"], 10, 64)
	address, errAddress := parseAddress(row["Virtual Address"])
	address6, errAddress6 := parseAddress(row["Virtual IPv6 Address"])
	if err := errors.Join(errID, errReceived, errSent, errSince, errAddress, errAddress6); err != nil {
		return Client{}, fmt.Errorf("client %q: %w", row["Common Name"], err)
	}
	return Client{
		ID: id, Name: row["Common Name"], From: row["Real Address"], Address: address, Address6: address6,
		BytesReceived: received, BytesSent: sent, Since: time.Unix(since, 0).UTC(),
	}, nil
}

// parseAddress parses an address. An empty text is the zero value.
func parseAddress(text string) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	return netip.ParseAddr(text)
}
