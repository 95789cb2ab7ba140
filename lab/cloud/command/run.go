package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"
)

// The variables that tell a command what the one before it wrote.
const (
	previousStdout = "PULUMI_COMMAND_STDOUT"
	previousStderr = "PULUMI_COMMAND_STDERR"
)

// run runs a command line on the host and returns what it wrote. Without a
// line, what was written before stays. A failure's error holds the line and
// what it wrote to both streams, but not what it read.
func (a CommandArgs) run(ctx context.Context, line *string, previous Output) (Output, error) {
	if line == nil {
		return previous, nil
	}
	client, err := a.Connection.dial(ctx)
	if err != nil {
		return previous, err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return previous, fmt.Errorf("opening a session: %w", err)
	}
	defer session.Close()
	if err := a.setEnvironment(ctx, session, previous); err != nil {
		return previous, err
	}

	transcript := newTranscript(a.Logging, p.GetLogger(ctx))
	session.Stdout, session.Stderr = transcript.stdout, transcript.stderr
	if a.Stdin != nil && *a.Stdin != "" {
		session.Stdin = strings.NewReader(*a.Stdin)
	}
	err = session.Run(*line)
	transcript.flush()
	if err != nil {
		return previous, fmt.Errorf("%w: running %q:\n%s", err, *line, transcript.both.String())
	}
	return transcript.output(), nil
}

// setEnvironment sends the variables. A server that does not accept one of
// those that were asked for fails the command; those of the previous output
// are sent on the off chance.
func (a CommandArgs) setEnvironment(ctx context.Context, session *ssh.Session, previous Output) error {
	const advice = "the SSH server must accept it (AcceptEnv), or the command can set it itself: VAR=value command"
	for _, name := range slices.Sorted(maps.Keys(a.Environment)) {
		if err := session.Setenv(name, a.Environment[name]); err != nil {
			return fmt.Errorf("could not set environment variable %q: %w (%s)", name, err, advice)
		}
	}
	if a.AddPreviousOutputInEnv != nil && !*a.AddPreviousOutputInEnv {
		return nil
	}
	for _, variable := range []struct{ name, value string }{{previousStdout, previous.Stdout}, {previousStderr, previous.Stderr}} {
		if variable.value == "" {
			continue
		}
		if err := session.Setenv(variable.name, variable.value); err != nil {
			p.GetLogger(ctx).Warningf("Unable to set '%s': %s", variable.name, advice)
		}
	}
	return nil
}
