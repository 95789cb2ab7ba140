package hosttest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tripvpn/bootstrap/host"
)

// session is a client that is connected.
type session struct {
	ID      int
	Name    string
	Address string // IPv4, inside the tunnel
}

// Connect lets a client connect, whether it may or not: it may have come when
// it still was admitted. Its address is the one in its file, if it has one.
func (m Machine) Connect(client string) error {
	return m.change(func(state *memory) error {
		id := 0
		for _, s := range state.Sessions {
			id = max(id, s.ID+1)
		}
		state.Sessions = append(state.Sessions, session{id, client, m.addressOf(client)})
		return nil
	})
}

// addressOf is what a client's --ifconfig-push says. Without one, any will do.
func (m Machine) addressOf(client string) string {
	files, _ := filepath.Glob(m.path("/etc/openvpn/server/*/clients/" + client))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "ifconfig-push" {
				return fields[1]
			}
		}
	}
	return "10.8.0.250"
}

// Connected lists who is connected, in the order of coming.
func (m Machine) Connected() []string {
	state, _ := m.recall()
	var names []string
	for _, s := range state.Sessions {
		names = append(names, s.Name)
	}
	return names
}

// Talk plays the management interface of the one OpenVPN server. It differs
// from the real one: a client that is told to go by client-kill never does, and
// there is no time limit.
func (m Machine) Talk(_ context.Context, socket, line string) (answer string, err error) {
	name := strings.TrimSuffix(strings.TrimPrefix(socket, "/run/openvpn-server/"), ".sock")
	err = m.change(func(state *memory) error {
		if _, active := state.Active["openvpn-server@"+name+".service"]; !active {
			return fmt.Errorf("talking to %q: %w", socket, fs.ErrNotExist)
		}
		answer, err = state.answer(line)
		return err
	})
	return answer, err
}

const statusHeader = "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\t" +
	"Bytes Received\tBytes Sent\tConnected Since\tConnected Since (time_t)\tClient ID\n"

func (state *memory) answer(line string) (string, error) {
	order, object, _ := strings.Cut(line, " ")
	switch order {
	case "status":
		text := statusHeader
		for _, s := range state.Sessions {
			text += fmt.Sprintf("CLIENT_LIST\t%s\t198.51.100.2:40712\t%s\t\t3521\t4096\t-\t1763924281\t%d\n", s.Name, s.Address, s.ID)
		}
		return text, nil
	case "client-kill":
		object, _, _ = strings.Cut(object, " ") // what the client is told
		if slices.ContainsFunc(state.Sessions, func(s session) bool { return fmt.Sprint(s.ID) == object }) {
			return "SUCCESS: client-kill command succeeded", nil
		}
	case "kill":
		before := len(state.Sessions)
		state.Sessions = slices.DeleteFunc(state.Sessions, func(s session) bool { return s.Name == object })
		if len(state.Sessions) < before {
			return "SUCCESS: common name found", nil
		}
	}
	return "", host.Refusal("ERROR: " + line)
}
