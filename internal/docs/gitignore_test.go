package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
)

// redirected matches a documented command that writes a file. A line has at most
// one redirection.
var redirected = regexp.MustCompile(`(?m)^[^#>\n]* > ([\w.-]+)\)?$`)

func TestGitIgnoresTheOperatorsFiles(t *testing.T) {
	written := []string{".pulumi/backups/trip.json", "darrell-phone.html"} // the README names them
	guide, err := Guide(root)
	require.NoError(t, err)
	for _, match := range redirected.FindAllStringSubmatch(guide, -1) {
		written = append(written, match[1])
	}
	require.Subset(t, written, []string{"darrell.ovpn", "admin.key", "known_hosts", "trip.backup", "trip.backup.yaml"})
	for _, name := range written {
		require.Equal(t, name, git(t, "check-ignore", "--", name), "%s is not ignored", name)
	}
}

func TestGitIgnoresNoTrackedFile(t *testing.T) {
	require.Empty(t, git(t, "ls-files", "--cached", "--ignored", "--exclude-per-directory=.gitignore"))
}

// git returns git's output in the checkout, without the user's own ignore file.
// The exit code may be 1, which is check-ignore's "no". git skips the test if the
// sources are not a Git checkout.
func git(t *testing.T, args ...string) string {
	t.Helper()
	_, err := os.Stat(filepath.Join(root, ".git"))
	testenv.Optional(t, err)
	command := exec.Command("git", append([]string{"-C", root, "-c", "core.excludesFile="}, args...)...)
	output, err := command.Output()
	if command.ProcessState == nil || command.ProcessState.ExitCode() != 1 {
		require.NoError(t, err)
	}
	return strings.TrimSpace(string(output))
}
