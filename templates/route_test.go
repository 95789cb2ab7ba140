package templates

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The script runs as OpenVPN runs it, with a stand-in for ip(8) that prints its
// arguments, and fails as ip does where there is no route to delete.
func TestTheAddressFollowsTheDevice(t *testing.T) {
	dir := t.TempDir()
	script := write(t, filepath.Join(dir, "route"), rendered(t, RouteScript{}), 0o700)
	write(t, filepath.Join(dir, "bin", "ip"), "#!/bin/sh\necho \"$*\"\n[ \"$2\" != delete ]\n", 0o700)
	for operation, want := range map[string]string{
		"add 10.8.0.2 laptop":         "route replace 10.8.0.2 dev tripvpn1\n",
		"update fd00:8::2 laptop":     "route replace fd00:8::2 dev tripvpn1\n",
		"delete 10.8.0.2":             "route delete 10.8.0.2 dev tripvpn1\n",
		"explode 10.8.0.2 \"laptop\"": "",
	} {
		command := exec.Command("sh", "-c", script+" tripvpn1 "+operation)
		command.Env = []string{"PATH=" + filepath.Join(dir, "bin") + ":/usr/bin:/bin"}
		output, err := command.Output()
		require.Equal(t, want != "", err == nil, operation)
		require.Equal(t, want, string(output))
	}
}
