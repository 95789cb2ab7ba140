package hosttest

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"tripvpn/bootstrap/host"
)

// session is a connected client.
type session struct {
	ID      int
	Name    string
	Address string // IPv4, inside the tunnel
	Since   int64  // Unix time
}

// Connect connects a client to an instance, even if it is not admitted: it may have
// connected while it was. Its address is the one in its file, if there is one. Each client
// connects a second after the one before.
func (m Machine) Connect(instance, client string) error {
	return m.change(func(state *memory) error {
		id, since := 0, int64(1763924281)
		for _, s := range state.Sessions[instance] {
			id = max(id, s.ID+1)
		}
		for _, all := range state.Sessions {
			for _, s := range all {
				since = max(since, s.Since+1)
			}
		}
		if state.Sessions == nil {
			state.Sessions = map[string][]session{}
		}
		state.Sessions[instance] = append(state.Sessions[instance], session{id, client, m.addressOf(instance, client), since})
		return nil
	})
}

// addressOf returns the address of a client's --ifconfig-push, or a fixed one if there
// is none.
func (m Machine) addressOf(instance, client string) string {
	for line := range strings.Lines(m.read("/etc/openvpn/server/" + instance + "/clients/" + client)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "ifconfig-push" {
			return fields[1]
		}
	}
	return "10.8.0.250"
}

// Connected returns the names of an instance's clients, in the order of their
// connections.
func (m Machine) Connected(instance string) []string {
	state, _ := m.recall()
	var names []string
	for _, s := range state.Sessions[instance] {
		names = append(names, s.Name)
	}
	return names
}

// Talk implements host.Runner. It simulates OpenVPN's management interface, and differs
// from the real one: client-kill never ends a session, and there is no time limit.
func (m Machine) Talk(_ context.Context, socket, line string) (answer string, err error) {
	instance := strings.TrimSuffix(strings.TrimPrefix(socket, "/run/tripvpn/"), "/management.sock")
	err = m.change(func(state *memory) error {
		if _, active := state.Active["openvpn-server@"+instance+".service"]; !active {
			return fmt.Errorf("sending %q to %q: %w", line, socket, fs.ErrNotExist)
		}
		answer, err = state.answer(instance, line)
		return err
	})
	return answer, err
}

const statusHeader = "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\t" +
	"Bytes Received\tBytes Sent\tConnected Since\tConnected Since (time_t)\tClient ID\n"

func (state *memory) answer(instance, line string) (string, error) {
	order, object, _ := strings.Cut(line, " ")
	switch order {
	case "status":
		text := statusHeader
		for _, s := range state.Sessions[instance] {
			text += fmt.Sprintf("CLIENT_LIST\t%s\t198.51.100.2:40712\t%s\t\t3521\t4096\t-\t%d\t%d\n", s.Name, s.Address, s.Since, s.ID)
		}
		return text, nil
	case "client-kill":
		object, _, _ = strings.Cut(object, " ") // the id, without the message to the client
		if slices.ContainsFunc(state.Sessions[instance], func(s session) bool { return fmt.Sprint(s.ID) == object }) {
			return "SUCCESS: client-kill command succeeded", nil
		}
	case "kill":
		left := slices.DeleteFunc(slices.Clone(state.Sessions[instance]), func(s session) bool { return s.Name == object })
		if len(left) < len(state.Sessions[instance]) {
			state.Sessions[instance] = left
			return "SUCCESS: common name found", nil
		}
	}
	return "", host.Refusal("ERROR: " + line)
}
