package acceptance

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// stack is a stack with a backend, a passphrase and a copy of the program, all in one
// folder. It is made elsewhere and moved there when it is complete, so a folder that
// exists can be operated.
type stack struct {
	name    string
	folder  string
	regions []string // in which it may have had resources
	lock    *os.File
	log     *os.File
}

func stackFolder(folder string) string { return filepath.Join(folder, "run") }

// record is what is written down about a stack.
type record struct {
	Stack   string   `json:"stack"`
	Regions []string `json:"regions"`
}

// openStack finds the stack in the folder. It returns nil if there is none.
func openStack(o Options) (*stack, error) {
	text, err := os.ReadFile(filepath.Join(stackFolder(o.Folder), "record.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the stack of an earlier run: %w", err)
	}
	var known record
	if err := json.Unmarshal(text, &known); err != nil {
		return nil, fmt.Errorf("looking for the stack of an earlier run: reading %q: %w", stackFolder(o.Folder), err)
	}
	return &stack{known.Stack, stackFolder(o.Folder), known.Regions, o.Lock, o.Log}, nil
}

// newStack makes a stack, and configures it. There is none in the folder.
func newStack(ctx context.Context, o Options, name string, settings []setting) (*stack, error) {
	s := &stack{
		name:    name,
		folder:  stackFolder(o.Folder) + ".partial",
		regions: []string{o.From, o.To},
		lock:    o.Lock,
		log:     o.Log,
	}
	if err := s.layOut(o.Root); err != nil {
		return nil, fmt.Errorf("laying out the stack's folder %q: %w", s.folder, err)
	}
	if _, err := s.pulumi(ctx, "stack", "init", "--no-select"); err != nil {
		return nil, err
	}
	for _, to := range settings {
		if err := s.set(ctx, to); err != nil {
			return nil, err
		}
	}
	if err := os.Rename(s.folder, stackFolder(o.Folder)); err != nil {
		return nil, fmt.Errorf("keeping the stack: %w", err)
	}
	s.folder = stackFolder(o.Folder)
	return s, nil
}

// layOut makes what the CLI needs. The program is a copy, so that neither the run
// changes the checkout, nor a change of the checkout the run.
func (s *stack) layOut(root string) error {
	if err := os.RemoveAll(s.folder); err != nil {
		return err
	}
	if err := os.MkdirAll(s.state(), 0o700); err != nil {
		return err
	}
	if err := copyProgram(root, s.project()); err != nil {
		return err
	}
	text, err := json.Marshal(record{s.name, s.regions})
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(s.folder, "record.json"), text, 0o600),
		os.WriteFile(s.passphrase(), []byte(rand.Text()), 0o600),
	)
}

// copyProgram copies the parts of the checkout that make the program.
func copyProgram(root, project string) error {
	for _, folder := range []string{"bootstrap", "infra", "internal", "templates"} {
		if err := os.CopyFS(filepath.Join(project, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
			return err
		}
	}
	for _, name := range []string{"Pulumi.yaml", "go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(project, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// use remembers that resources may exist from now on.
func (s *stack) use() error { return os.WriteFile(s.usedFile(), nil, 0o600) }

func (s *stack) used() bool {
	_, err := os.Stat(s.usedFile())
	return err == nil
}

func (s *stack) usedFile() string   { return filepath.Join(s.folder, "used") }
func (s *stack) state() string      { return filepath.Join(s.folder, "state") }
func (s *stack) project() string    { return filepath.Join(s.folder, "project") }
func (s *stack) passphrase() string { return filepath.Join(s.folder, "passphrase") }
func (s *stack) backend() string    { return "file://" + s.state() }

// advice is how the operator destroys the stack by hand.
func (s *stack) advice() string {
	return fmt.Sprintf(`Stack %[1]s may still have resources that cost money, in %[2]s.
Run the acceptance again: it begins with destroying that stack. Or do it by hand:

    cd '%[3]s'
    export PULUMI_BACKEND_URL='%[4]s' PULUMI_CONFIG_PASSPHRASE_FILE='%[5]s'
    pulumi cancel --yes --stack %[1]s
    pulumi destroy --yes --stack %[1]s

If that fails too, delete everything that has the tag tripvpn:stack with the value %[1]s.`,
		s.name, strings.Join(s.regions, " and "), s.project(), s.backend(), s.passphrase())
}

// setting is a configuration key, without the namespace, and its value.
type setting struct{ key, value string }

func (s *stack) set(ctx context.Context, to setting) error {
	_, err := s.pulumi(ctx, "config", "set", "--path", "tripvpn:"+to.key, to.value)
	return err
}

// pulumi runs the CLI on the stack, and returns what it wrote to the log.
func (s *stack) pulumi(ctx context.Context, arguments ...string) (string, error) {
	before, err := s.log.Stat()
	if err != nil {
		return "", fmt.Errorf("writing the log: %w", err)
	}
	command := s.command(ctx, arguments...)
	fmt.Fprintf(s.log, "\n$ pulumi %s\n", strings.Join(arguments, " "))
	// The CLI gets the file itself, so that it can go on if this process is killed.
	command.Stdout, command.Stderr = s.log, s.log
	failed := command.Run()
	text, err := io.ReadAll(io.NewSectionReader(s.log, before.Size(), 1<<30))
	if err != nil {
		return "", fmt.Errorf("reading the log: %w", err)
	}
	if failed != nil {
		return string(text), fmt.Errorf("pulumi %s: %w; it ended with:\n%s", strings.Join(arguments, " "), failed, lastLines(string(text)))
	}
	return string(text), nil
}

// output writes an output of the stack to a file that only this user can read.
func (s *stack) output(ctx context.Context, name, path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("keeping output %q: %w", name, err)
	}
	defer file.Close()
	command := s.command(ctx, "stack", "output", "--show-secrets", name)
	command.Stdout, command.Stderr = file, s.log
	if err := command.Run(); err != nil {
		return fmt.Errorf("reading output %q of stack %s: %w", name, s.name, err)
	}
	return file.Close()
}

// command prepares the CLI. The end of the context interrupts it, as Ctrl-C does, and a
// Ctrl-C on the terminal does not reach it directly.
func (s *stack) command(ctx context.Context, arguments ...string) *exec.Cmd {
	arguments = append(arguments, "--stack", s.name, "--non-interactive", "--color", "never")
	command := exec.CommandContext(ctx, "pulumi", arguments...)
	command.Dir = s.project()
	command.Env = append(withoutPassphrase(os.Environ()),
		"PULUMI_BACKEND_URL="+s.backend(),
		"PULUMI_CONFIG_PASSPHRASE_FILE="+s.passphrase(),
		"PULUMI_SKIP_UPDATE_CHECK=true",
	)
	command.ExtraFiles = []*os.File{s.lock}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	return command
}

// withoutPassphrase drops the variable that comes before the one for a file.
func withoutPassphrase(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		if !strings.HasPrefix(variable, "PULUMI_CONFIG_PASSPHRASE=") {
			kept = append(kept, variable)
		}
	}
	return kept
}

func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}
