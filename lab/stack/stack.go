// Package stack drives the program through the real engine and CLI, as the
// operator does with `pulumi`, against the providers it is given. It keeps the
// state in a folder, encrypted with a passphrase that it makes up.
package stack

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"go.yaml.in/yaml/v3"

	"tripvpn/lab/cloud/serve"
)

// Options are the parts of a stack.
type Options struct {
	CLI      string                // path of the Pulumi CLI
	Folder   string                // the stack's own: state, passphrase, working directory
	Project  string                // path of the Pulumi.yaml to run under
	Settings map[string]any        // configuration, keys without the namespace "tripvpn"
	Program  pulumi.RunFunc        // what to run
	Plugins  func() []serve.Plugin // made anew for each operation, because the engine ends them
	Log      io.Writer             // all output of CLI and engine
}

// Stack is one stack.
type Stack struct {
	options Options
	stack   auto.Stack
}

const (
	project   = "tripvpn"
	stackName = "dev"
)

// New makes the stack, or finds the one that is in the folder.
func New(ctx context.Context, o Options) (*Stack, error) {
	work := filepath.Join(o.Folder, "work")
	if err := layOut(o, work); err != nil {
		return nil, fmt.Errorf("laying out the stack's folder %q: %w", o.Folder, err)
	}
	command, err := commandAt(ctx, o)
	if err != nil {
		return nil, err
	}
	made, err := auto.UpsertStackInlineSource(ctx, stackName, project, o.Program,
		auto.WorkDir(work), auto.Pulumi(command), auto.EnvVars(environment(o)))
	if err != nil {
		return nil, fmt.Errorf("making the stack: %w", err)
	}
	s := &Stack{o, made}
	return s, s.Configure(ctx, o.Settings)
}

// layOut makes the files that the CLI needs: the real project file, the folder
// that its `main` names, one for the state, and a passphrase.
func layOut(o Options, work string) error {
	for _, folder := range []string{filepath.Join(work, "infra"), stateFolder(o)} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	definition, err := os.ReadFile(o.Project)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, "Pulumi.yaml"), definition, 0o600); err != nil {
		return err
	}
	if _, err := os.Stat(passphraseFile(o)); err == nil {
		return nil
	}
	return os.WriteFile(passphraseFile(o), []byte(rand.Text()), 0o600)
}

// commandAt wraps the CLI for the Automation API, which expects it as bin/pulumi.
func commandAt(ctx context.Context, o Options) (auto.PulumiCommand, error) {
	link := filepath.Join(o.Folder, "cli", "bin", "pulumi")
	if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
		return nil, fmt.Errorf("linking the CLI: %w", err)
	}
	if err := os.Symlink(o.CLI, link); err != nil && !os.IsExist(err) {
		return nil, fmt.Errorf("linking the CLI: %w", err)
	}
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: filepath.Join(o.Folder, "cli")})
	if err != nil {
		return nil, fmt.Errorf("starting the CLI %q: %w", o.CLI, err)
	}
	return command, nil
}

func stateFolder(o Options) string    { return filepath.Join(o.Folder, "state") }
func passphraseFile(o Options) string { return filepath.Join(o.Folder, "passphrase") }

func environment(o Options) map[string]string {
	return map[string]string{
		"PULUMI_BACKEND_URL":            "file://" + stateFolder(o),
		"PULUMI_CONFIG_PASSPHRASE_FILE": passphraseFile(o),
		// Nothing on the lab's Internet answers these questions, so that asking
		// them takes minutes.
		"PULUMI_SKIP_UPDATE_CHECK":                    "true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
	}
}

// Configure replaces the stack's configuration, as an editor of the stack's
// file would, and keeps what the CLI wrote there about encryption.
func (s *Stack) Configure(_ context.Context, settings map[string]any) error {
	path := filepath.Join(s.stack.Workspace().WorkDir(), "Pulumi."+stackName+".yaml")
	file := map[string]any{}
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("configuring the stack: %w", err)
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("reading %q: %w", path, err)
	}
	config := map[string]any{}
	for key, value := range settings {
		config[project+":"+key] = value
	}
	file["config"] = config
	if text, err = yaml.Marshal(file); err != nil {
		return fmt.Errorf("configuring the stack: %w", err)
	}
	return os.WriteFile(path, text, 0o600)
}

// Output returns one output of the stack, a secret one in plain text.
func (s *Stack) Output(ctx context.Context, name string) (any, error) {
	outputs, err := s.stack.Outputs(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the stack's outputs: %w", err)
	}
	output, ok := outputs[name]
	if !ok {
		return nil, fmt.Errorf("reading the stack's outputs: there is no %q", name)
	}
	return output.Value, nil
}

// Text returns an output that is a string.
func (s *Stack) Text(ctx context.Context, name string) (string, error) {
	value, err := s.Output(ctx, name)
	if err != nil {
		return "", err
	}
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("reading the stack's outputs: %q is not a string", name)
	}
	return text, nil
}

// Decrypted returns the state with its secrets in plain text, for a test to
// search for the secrets in them. It must not be written anywhere.
func (s *Stack) Decrypted(ctx context.Context) (json.RawMessage, error) {
	deployment, err := s.stack.Export(ctx)
	if err != nil {
		return nil, fmt.Errorf("exporting the stack: %w", err)
	}
	return deployment.Deployment, nil
}

// Export returns the state as the operator's CLI prints it, with encrypted secrets.
func (s *Stack) Export(ctx context.Context) ([]byte, error) {
	text, err := s.Command(ctx, "pulumi", "stack", "export").Output()
	if err != nil {
		return nil, fmt.Errorf("exporting the state: %w", err)
	}
	return text, nil
}

// Command prepares a program to run as the operator would: in the project's
// folder, with the CLI at hand and the stack selected.
func (s *Stack) Command(ctx context.Context, argv ...string) *exec.Cmd {
	// env(1) looks the program up in the PATH that is set below.
	command := exec.CommandContext(ctx, "env", argv...)
	command.Dir = s.stack.Workspace().WorkDir()
	command.Env = append(os.Environ(), "PATH="+filepath.Join(s.options.Folder, "cli", "bin")+":"+os.Getenv("PATH"))
	for key, value := range environment(s.options) {
		command.Env = append(command.Env, key+"="+value)
	}
	return command
}

// Folder is the stack's own, with its state and its project in it.
func (s *Stack) Folder() string { return s.options.Folder }
