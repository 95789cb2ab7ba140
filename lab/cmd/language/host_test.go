package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/bridge"
	"tripvpn/lab/cloud/command"
	"tripvpn/lab/cloud/tls"
)

// project makes a folder with a Go program in "program", and returns both.
func project(t *testing.T, source string) (root, program string) {
	t.Helper()
	root = t.TempDir()
	program = filepath.Join(root, "program")
	require.NoError(t, os.Mkdir(program, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module example\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(program, "main.go"), []byte(source), 0o600))
	return root, program
}

func run(t *testing.T, root, program string) (*pulumirpc.RunResponse, error) {
	t.Helper()
	return (&host{engine: "127.0.0.1:1"}).Run(t.Context(), &pulumirpc.RunRequest{
		Project: "example", Stack: "dev", Organization: "organization", Pwd: program, DryRun: true, Parallel: 16,
		Config: map[string]string{"example:key": "value"}, MonitorAddress: "127.0.0.1:2",
		Info: &pulumirpc.ProgramInfo{RootDirectory: root, ProgramDirectory: program, EntryPoint: "."},
	})
}

func TestTheProgramGetsTheRequest(t *testing.T) {
	root, program := project(t, `package main

import (
	"encoding/json"
	"os"
)

func main() {
	folder, _ := os.Getwd()
	text, _ := json.Marshal(map[string]any{"folder": folder, "environment": os.Environ()})
	os.WriteFile(os.Getenv("ANSWER"), text, 0o600)
}
`)
	answer := filepath.Join(root, "answer")
	t.Setenv("ANSWER", answer)
	response, err := run(t, root, program)
	require.NoError(t, err)
	require.Empty(t, response.GetError())
	require.False(t, response.GetBail())

	text, err := os.ReadFile(answer)
	require.NoError(t, err)
	var got struct {
		Folder      string
		Environment []string
	}
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, program, got.Folder)
	for name, value := range map[string]string{
		pulumi.EnvProject: "example", pulumi.EnvStack: "dev", pulumi.EnvOrganization: "organization",
		pulumi.EnvPulumiRootDirectory: root, pulumi.EnvConfig: `{"example:key":"value"}`, pulumi.EnvConfigSecretKeys: "[]",
		pulumi.EnvDryRun: "true", pulumi.EnvParallel: "16", pulumi.EnvMonitor: "127.0.0.1:2", pulumi.EnvEngine: "127.0.0.1:1",
		"ANSWER": answer,
	} {
		require.Contains(t, got.Environment, name+"="+value)
	}
}

func TestTheEndOfAProgram(t *testing.T) {
	for source, want := range map[string]*pulumirpc.RunResponse{
		"package main\n\nfunc main() {}\n":                                  {},
		"package main\n\nimport \"os\"\n\nfunc main() { os.Exit(32) }\n":    {Bail: true},
		"package main\n\nimport \"os\"\n\nfunc main() { os.Exit(7) }\n":     {Error: "program exited with non-zero exit code: 7"},
		"package main\n\nfunc main() { panic(\"as a program may end\") }\n": {Error: "program exited with non-zero exit code: 2"},
	} {
		root, program := project(t, source)
		response, err := run(t, root, program)
		require.NoError(t, err)
		require.Equal(t, want.GetBail(), response.GetBail(), source)
		require.Equal(t, want.GetError(), response.GetError(), source)
	}
}

func TestAProgramThatDoesNotCompile(t *testing.T) {
	root, program := project(t, "package main\n\nfunc main() { nothing() }\n")
	_, err := run(t, root, program)
	require.ErrorContains(t, err, "error in compiling Go")
	_, err = run(t, root, t.TempDir())
	require.ErrorContains(t, err, "Failed to find go files for 'go build' matching")
}

// TestTheProgramsPlugins asks about the real program.
func TestTheProgramsPlugins(t *testing.T) {
	response, err := (&host{}).GetRequiredPackages(t.Context(), &pulumirpc.GetRequiredPackagesRequest{
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: filepath.Join("..", "..", "..", "infra")},
	})
	require.NoError(t, err)
	found := map[string]string{}
	for _, plugin := range response.GetPackages() {
		require.Equal(t, "resource", plugin.GetKind())
		found[plugin.GetName()] = plugin.GetVersion()
	}
	require.Equal(t, map[string]string{"aws": "v" + bridge.Version, tls.Name: "v" + tls.Version, command.Name: "v" + command.Version}, found)
}
