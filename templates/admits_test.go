package templates

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The script runs as OpenVPN runs it: its environment is only the two variables of
// --tls-crypt-v2-verify.
func TestAdmitsGoesByTheNameInTheKey(t *testing.T) {
	dir := t.TempDir()
	script := write(t, filepath.Join(dir, "admits"), rendered(t, Admits{}), 0o700)
	write(t, filepath.Join(dir, "clients", "laptop"), "", 0o600)
	write(t, filepath.Join(dir, "secret"), "", 0o600)
	for name, test := range map[string]struct {
		kind, name string
		admitted   bool
	}{
		"admitted":       {"0", "laptop", true},
		"not admitted":   {"0", "phone", false},
		"a probe":        {"0", "", true},
		"no name":        {"0", "\nlaptop", false},
		"no timestamp":   {"1", "", false},
		"another's file": {"0", "../secret", false},
		"two lines":      {"0", "phone\nlaptop", false},
		"a timestamp":    {"1", "laptop", false},
	} {
		metadata := write(t, filepath.Join(dir, "metadata"), test.name, 0o600)
		command := exec.Command(script, filepath.Join(dir, "clients"))
		command.Env = []string{"metadata_type=" + test.kind, "metadata_file=" + metadata}
		output, err := command.CombinedOutput()
		require.Equal(t, test.admitted, err == nil, "%s: %s", name, output)
		if !test.admitted && test.name != "" {
			require.Contains(t, string(output), "refusing the control-channel key of '")
		}
	}
}

func TestAdmitsRefusesWithoutOpenVPNsVariables(t *testing.T) {
	dir := t.TempDir()
	script := write(t, filepath.Join(dir, "admits"), rendered(t, Admits{}), 0o700)
	write(t, filepath.Join(dir, "clients", "laptop"), "", 0o600)
	metadata := write(t, filepath.Join(dir, "metadata"), "laptop", 0o600)
	for missing, env := range map[string][]string{
		"metadata_type": {"metadata_file=" + metadata},
		"metadata_file": {"metadata_type=0"},
	} {
		command := exec.Command(script, filepath.Join(dir, "clients"))
		command.Env = env
		output, err := command.CombinedOutput()
		require.Error(t, err, missing)
		require.Contains(t, string(output), missing+": OpenVPN sets it")
	}
}
