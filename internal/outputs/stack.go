package outputs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Stack is a stack of the project in the working directory. The zero value is the
// selected stack.
type Stack struct{ Name string }

// Read returns the outputs that are not secret.
func (s Stack) Read(ctx context.Context) (Outputs, error) {
	text, err := s.run(ctx)
	if err != nil {
		return Outputs{}, err
	}
	all, err := parse(text)
	if err != nil {
		return Outputs{}, fmt.Errorf("reading the stack's outputs: %w", err)
	}
	return all, nil
}

// Profile returns a device's profile, a secret: the content of its file. It must have
// the fingerprint that the outputs list.
func (s Stack) Profile(ctx context.Context, o Outputs, device string) (string, error) {
	want, err := o.fingerprintOf(device)
	if err != nil {
		return "", err
	}
	text, err := s.run(ctx, device+".ovpn", "--show-secrets")
	if err != nil {
		return "", err
	}
	var line string
	if err := json.Unmarshal(text, &line); err != nil {
		return "", fmt.Errorf("reading the profile of %q: the CLI printed no JSON string", device)
	}
	profile := line + "\n" // the output lacks it, see infra/vpn/outputs.go
	if got := Fingerprint(profile); got != want {
		return "", fmt.Errorf("the profile of %q has the fingerprint %s, and the output %q says %s; if pulumi up has run meanwhile, try again",
			device, got, "profiles", want)
	}
	return profile, nil
}

// run returns what `pulumi stack output --json` prints with these arguments. The
// backend, its credentials and the passphrase come from the environment. Neither the
// arguments nor an error contain a secret.
func (s Stack) run(ctx context.Context, args ...string) ([]byte, error) {
	argv := append([]string{"stack", "output", "--json", "--non-interactive"}, args...)
	if s.Name != "" {
		argv = append(argv, "--stack", s.Name)
	}
	command := exec.CommandContext(ctx, "pulumi", argv...)
	var said bytes.Buffer
	command.Stderr = &said
	text, err := command.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("the command pulumi is not in PATH; install it: https://www.pulumi.com/docs/install")
	case err != nil:
		return nil, fmt.Errorf("running %q: %w: %s", command.Args, err, strings.TrimSpace(said.String()))
	}
	return text, nil
}
