package vpn

import (
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// TestProcess runs the program as the engine does: as a process that gets its
// settings from the environment.
func TestProcess(t *testing.T) {
	program := filepath.Join(t.TempDir(), "infra")
	output, err := exec.Command("go", "build", "-o", program, "tripvpn/infra").CombinedOutput()
	require.NoError(t, err, "%s", output)

	t.Run("refuses a bad configuration before any resource", func(t *testing.T) {
		cloud, code := runProcess(t, program, t.TempDir(), true, map[string]any{
			"clients": []string{"phone", "phone"}, "instanceType": "none", "adminCidrs": []string{"198.51.100.7/32"},
		})
		require.Equal(t, constant.ExitStatusLoggedError, code)
		require.Empty(t, cloud.resources)
		logged := strings.Join(cloud.errors, "\n")
		require.Contains(t, logged, "tripvpn:clients[1]")
		require.Contains(t, logged, "tripvpn:instanceType")
	})
	for name, preview := range map[string]bool{"previews": true, "updates": false} {
		t.Run(name, func(t *testing.T) {
			root := stubCheckout(t)
			cloud, code := runProcess(t, program, root, preview, map[string]any{
				"clients": []string{"phone"}, "instanceType": "t4g.nano", "adminCidrs": []string{"198.51.100.7/32"},
			})
			require.Zero(t, code, "%q", cloud.errors)
			upload := cloud.ofType(t, "command:remote:CopyToRemote", 1)[0]
			binary := filepath.Join(root, ".build", "tripvpn-bootstrap-linux-arm64")
			require.Equal(t, binary, upload.Inputs["source"].AssetValue().Path)
			built, err := elf.Open(binary)
			require.NoError(t, err)
			require.Equal(t, elf.EM_AARCH64, built.Machine)
			require.NoError(t, built.Close())
			if !preview { // in a preview, the connection is unknown
				connection := upload.Inputs["connection"].SecretValue().Element.ObjectValue()
				require.Greater(t, connection["dialErrorLimit"].NumberValue(), 1.0, "a booting host does not answer at first")
			}
		})
	}
}

// stubCheckout returns a folder with the source of a host binary that does
// nothing.
func stubCheckout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "bootstrap"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module checkout\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(root, "bootstrap", "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o644))
	return root
}

// stubCLI returns a folder with a Pulumi CLI that knows only the export of a stack
// without resources.
func stubCLI(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pulumi"), []byte(`#!/bin/sh
[ "$*" = "stack export --stack organization/tripvpn/dev --non-interactive" ] && echo '{"version": 3, "deployment": {}}'
`), 0o755))
	return folder
}

// runProcess runs the built program against mocks, and returns its exit status.
func runProcess(t *testing.T, program, root string, preview bool, settings map[string]any) (*recorder, int) {
	t.Helper()
	cloud := &recorder{preview: preview, keys: newTestKeys(t), now: time.Now()}
	address := serveMonitor(t, cloud)
	config, err := json.Marshal(encodeSettings(t, settings))
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), program)
	command.Env = append(os.Environ(), "PATH="+stubCLI(t)+":"+os.Getenv("PATH"),
		pulumi.EnvProject+"=tripvpn", pulumi.EnvStack+"=dev", pulumi.EnvPulumiRootDirectory+"="+root,
		pulumi.EnvConfig+"="+string(config), pulumi.EnvDryRun+"="+strconv.FormatBool(preview),
		pulumi.EnvMonitor+"="+address, pulumi.EnvEngine+"="+address)
	output, err := command.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		require.NoError(t, err)
	}
	t.Logf("the program printed: %s", output)
	return cloud, command.ProcessState.ExitCode()
}
