package management_test

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/management"
	"tripvpn/internal/spec/spectest"
	"tripvpn/internal/testenv"
)

// A real server parses the commands. It has no clients, so it answers that the client
// was not found.
func TestOpenVPNUnderstandsTheCommands(t *testing.T) {
	socket := serve(t)
	talk := func(line string) (string, error) { return host.Commands("/").Talk(t.Context(), socket, line) }

	answer, err := talk(management.StatusCommand)
	require.NoError(t, err)
	clients, err := management.ParseStatus(answer)
	require.NoError(t, err)
	require.Empty(t, clients)

	for command, refusal := range map[string]host.Refusal{
		management.HaltCommand(7):      "ERROR: client-kill command failed",
		management.RestartCommand(7):   "ERROR: client-kill command failed",
		management.CutCommand("phone"): "ERROR: common name 'phone' not found",
	} {
		_, err := talk(command)
		require.ErrorIs(t, err, refusal, command)
	}
}

// serve runs an OpenVPN server in its own network namespace until the test ends, and
// returns the path of its management socket.
func serve(t *testing.T) string {
	t.Helper()
	testenv.RequireRoot(t)
	testenv.RequirePrograms(t, "unshare", "openvpn")
	socket := filepath.Join(t.TempDir(), "socket")
	vpn := spectest.New(t).Spec(t, "phone").Identity
	config := "mode server\ntls-server\ndev tun\ndh none\nmanagement " + socket + " unix\n"
	for option, text := range map[string]string{"ca": vpn.CA, "cert": vpn.Certificate, "key": vpn.Key.Reveal()} {
		config += fmt.Sprintf("<%s>\n%s</%s>\n", option, text, option)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	command := exec.CommandContext(ctx, "unshare", "--net", "--", "openvpn", "--config", "stdin")
	command.Stdin = strings.NewReader(config)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { cancel(); _ = command.Wait() })

	var log strings.Builder
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		log.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Initialization Sequence Completed") {
			return socket
		}
	}
	t.Fatalf("openvpn did not start:\n%s", log.String())
	return ""
}
