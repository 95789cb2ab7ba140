package e2e

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/docs"
	"tripvpn/lab/fabric/command"
	"tripvpn/lab/repo"
	"tripvpn/lab/world"
)

// labBlock matches a block of the documentation that can run here. Its mark names
// the person, "operator" or "traveller", and "stays" if it does not end by itself.
var labBlock = regexp.MustCompile("(?s)<!-- lab: (operator|traveller)(, stays)? -->\n```sh\n(.*?)```")

// labBlocks are the marked blocks, as labBlock matches them.
func labBlocks(t *testing.T) [][]string {
	t.Helper()
	root, err := repo.Root()
	require.NoError(t, err)
	text, err := docs.Guide(root)
	require.NoError(t, err)
	blocks := labBlock.FindAllStringSubmatch(text, -1)
	require.Len(t, blocks, 4, "marked blocks")
	return blocks
}

// documentedService is the script that installs OpenVPN as a service.
func documentedService(t *testing.T) string {
	t.Helper()
	for _, block := range labBlocks(t) {
		if block[1] == "traveller" && block[2] == "" {
			return block[3]
		}
	}
	t.Fatal("the documentation does not install a service")
	return ""
}

// documentedCommands runs the marked blocks verbatim and in order. It copies the
// operator's file to the traveller, as the README describes.
func (c *trip) documentedCommands(t *testing.T) {
	for _, block := range labBlocks(t) {
		switch who, stays, script := block[1], block[2] != "", block[3]; {
		case who == "operator":
			c.operatorRuns(t, script)
		case stays:
			c.travellerKeepsRunning(t, script)
		default:
			c.travellerRuns(t, script)
		}
	}
}

// documentedDay is before all dates in the documentation.
var documentedDay = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// documentedSettings runs every `pulumi config` line of the documentation in order
// on a separate stack, and requires that the program accepts the result.
func (c *trip) documentedSettings(t *testing.T) {
	root, err := repo.Root()
	require.NoError(t, err)
	text, err := docs.Guide(root)
	require.NoError(t, err)
	lines := regexp.MustCompile(`(?m)^pulumi config (?:set|rm) .*$`).FindAllString(text, -1)
	require.Greater(t, len(lines), 8)
	s, err := c.world.NewStack(t.Context(), "documented", map[string]any{"instanceType": world.InstanceType()})
	require.NoError(t, err)
	output, err := s.Command(t.Context(), "bash", "-euo", "pipefail", "-c", strings.Join(lines, "\n")).CombinedOutput()
	require.NoError(t, err, "%s", output)
	c.world.Now = func() time.Time { return documentedDay }
	defer func() { c.world.Now = time.Now }()
	_, err = s.Preview(t.Context())
	require.NoError(t, err)
}

func (c *trip) operatorRuns(t *testing.T, script string) {
	command := c.stack.Command(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	output, err := command.CombinedOutput()
	c.needles.requireNone(t, "the output of a documented command", string(output))
	require.NoError(t, err, "%s\n%s", script, output)
	profile := filepath.Join(command.Dir, "darrell.ovpn")
	info, err := os.Stat(profile)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	carried, err := os.ReadFile(profile)
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%x", sha256.Sum256(carried))[:16], c.fingerprints(t)["darrell"], "the fingerprint is the file's")
	require.NoError(t, c.traveller.Place(t.Context(), "/root/darrell.ovpn", carried))
}

func (c *trip) travellerKeepsRunning(t *testing.T, script string) {
	said := &command.Log{}
	command := c.traveller.Machine().Command(t.Context(), "bash", "-euo", "pipefail", "-c", "cd /root; echo $$ >/run/documented.pid; exec "+script)
	command.Stdout, command.Stderr = said, said
	require.NoError(t, command.Start())
	eventually(t, 30*time.Second, func() error {
		if !strings.Contains(said.String(), "Initialization Sequence Completed") {
			return fmt.Errorf("not connected; output: %s", said)
		}
		return nil
	})
	require.NoError(t, c.looksLikeTheServer(t))
	_, err := c.traveller.Machine().Run(t.Context(), "sh", "-euc", "kill -TERM $(cat /run/documented.pid)")
	require.NoError(t, err)
	_ = command.Wait() // SIGTERM ended it
	require.Contains(t, said.String(), "process exiting")
}

func (c *trip) travellerRuns(t *testing.T, script string) {
	addresses := []netip.Addr{netip.MustParseAddr(c.endpoint), c.address6(t, region)}
	c.asksAsService(t, c.traveller, script, addresses)
	_, err := c.traveller.Machine().Run(t.Context(), "systemctl", "disable", "openvpn-client@darrell")
	require.NoError(t, err)
}
