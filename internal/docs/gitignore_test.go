package vpn

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// checkout is the root of the repository.
const checkout = "../.."

// redirected finds the file that a line of a document has the shell write. The
// documents have one redirection a line.
var redirected = regexp.MustCompile(`(?m)^[^#>\n]* > ([\w.-]+)\)?$`)

func TestGitIgnoresWhatTheOperatorWrites(t *testing.T) {
	written := []string{".pulumi/backups/trip.json"} // the README warns of it
	documents, err := filepath.Glob(checkout + "/docs/*.md")
	require.NoError(t, err)
	for _, document := range append(documents, checkout+"/README.md") {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		for _, match := range redirected.FindAllStringSubmatch(string(text), -1) {
			written = append(written, match[1])
		}
	}
	require.Subset(t, written, []string{"darrell.ovpn", "admin.key", "known_hosts"})
	for _, name := range written {
		require.Equal(t, name, git(t, "check-ignore", "--", name), "%s is not ignored", name)
	}
}

func TestGitIgnoresNothingThatIsTracked(t *testing.T) {
	require.Empty(t, git(t, "ls-files", "--cached", "--ignored", "--exclude-per-directory=.gitignore"))
}

// git returns what git prints in the checkout, without the user's own ignore
// file. Its exit code may be 1, which is how check-ignore says no. It skips the
// test where the sources are no checkout of git.
func git(t *testing.T, args ...string) string {
	t.Helper()
	if _, err := os.Stat(checkout + "/.git"); err != nil {
		t.Skipf("not a checkout of git: %v", err)
	}
	command := exec.Command("git", append([]string{"-C", checkout, "-c", "core.excludesFile="}, args...)...)
	output, err := command.Output()
	if command.ProcessState == nil || command.ProcessState.ExitCode() != 1 {
		require.NoError(t, err)
	}
	return strings.TrimSpace(string(output))
}
