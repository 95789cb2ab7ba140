package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/docs"
	"tripvpn/lab/repo"
	"tripvpn/lab/stack"
)

// backupBlock matches the blocks of docs/backup.md, in a list or not.
var backupBlock = regexp.MustCompile("(?s)<!-- lab: (save|restore) -->\n *```sh\n(.*?)```")

// restoresABackup follows docs/backup.md: it saves the state, restores it on another
// machine, which has nothing but both files and the passphrase, and requires that the
// stack there needs no change and has the same profile.
func (c *trip) restoresABackup(t *testing.T) {
	root, err := repo.Root()
	require.NoError(t, err)
	text, err := docs.Guide(root)
	require.NoError(t, err)
	scripts := map[string]string{}
	for _, block := range backupBlock.FindAllStringSubmatch(text, -1) {
		scripts[block[1]] = block[2]
	}
	require.Len(t, scripts, 2)

	runs(t, c.stack, scripts["save"])
	saved := c.stack.Command(t.Context(), "true").Dir
	other, err := c.world.NewStack(t.Context(), "restored", c.settings)
	require.NoError(t, err)
	runs(t, other, "pulumi stack rm --yes trip")
	checkout := other.Command(t.Context(), "true").Dir
	copyFile(t, filepath.Join(c.stack.Folder(), "passphrase"), filepath.Join(other.Folder(), "passphrase"))
	for _, name := range []string{"trip.backup", "trip.backup.yaml"} {
		backup := filepath.Join(saved, name)
		info, err := os.Stat(backup)
		require.NoError(t, err)
		require.EqualValues(t, 0o600, info.Mode().Perm(), name)
		content, err := os.ReadFile(backup)
		require.NoError(t, err)
		c.needles.requireNone(t, name, string(content))
		copyFile(t, backup, filepath.Join(checkout, name))
	}
	runs(t, other, scripts["restore"])

	preview, err := other.Preview(t.Context())
	require.NoError(t, err)
	require.False(t, preview.Changed(), "%v", preview.Changes)
	require.Empty(t, preview.Warnings)
	profile, err := other.Text(t.Context(), "darrell.ovpn")
	require.NoError(t, err)
	require.Equal(t, c.profile, profile)
}

// runs runs a script as the stack's operator. The lab's stack has its own name.
func runs(t *testing.T, s *stack.Stack, script string) {
	t.Helper()
	script = strings.NewReplacer("Pulumi.trip.yaml", "Pulumi.dev.yaml", "rm --yes trip", "rm --yes dev", "init trip", "init dev").Replace(script)
	output, err := s.Command(t.Context(), "bash", "-euo", "pipefail", "-c", script).CombinedOutput()
	require.NoError(t, err, "%s\n%s", script, output)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, content, 0o600))
}
