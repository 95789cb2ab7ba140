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
		command := exec.Command("sh", "-c", script+" "+operation)
		command.Env = []string{"dev=tripvpn1", "PATH=" + filepath.Join(dir, "bin") + ":/usr/bin:/bin"}
		output, err := command.Output()
		require.Equal(t, want != "", err == nil, operation)
		require.Equal(t, want, string(output))
	}
	command := exec.Command(script, "add", "10.8.0.2")
	command.Env = []string{"PATH=/usr/bin:/bin"}
	output, err := command.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), "dev: OpenVPN sets it")
}
