package serve

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Installed finds the plugin of a package that the engine would start, and
// returns the path of its binary. As in the engine, one on the PATH counts
// whatever its version, and otherwise exactly this version in the home's
// plugin folder (pulumi/sdk, go/common/workspace/plugins.go, GetPluginPath).
// An empty home means PULUMI_HOME, or .pulumi in the user's home.
func Installed(home, name, version string) (path string, ok bool) {
	file := "pulumi-resource-" + name
	if path, err := exec.LookPath(file); err == nil {
		return path, true
	}
	home, err := pulumiHome(home)
	if err != nil {
		return "", false
	}
	folder := filepath.Join(home, "plugins", fmt.Sprintf("resource-%s-v%s", name, version))
	if _, err := os.Stat(folder + ".partial"); err == nil {
		return "", false
	}
	path, err = exec.LookPath(filepath.Join(folder, file))
	return path, err == nil
}

// Missing returns those plugins that are not installed: the ones to attach.
func Missing(home string, plugins ...Plugin) []Plugin {
	var missing []Plugin
	for _, plugin := range plugins {
		if _, ok := Installed(home, plugin.Name, plugin.Version); !ok {
			missing = append(missing, plugin)
		}
	}
	return missing
}

// pulumiHome resolves an empty home as the CLI does.
func pulumiHome(home string) (string, error) {
	if home != "" {
		return home, nil
	}
	if home := os.Getenv("PULUMI_HOME"); home != "" {
		return home, nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding the home directory: %w", err)
	}
	return filepath.Join(user, ".pulumi"), nil
}
