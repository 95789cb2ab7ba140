package command

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// run runs the command on the host and returns its output. Without a
// command, the previous output stays. A failure's error holds the command and
// its output, but not its standard input.
func (a CommandArgs) run(ctx context.Context, previous Output) (Output, error) {
	if a.Create == nil {
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

	var stdout, stderr bytes.Buffer
	session.Stdout, session.Stderr = &stdout, &stderr
	if a.Stdin != nil && *a.Stdin != "" {
		session.Stdin = strings.NewReader(*a.Stdin)
	}
	if err := session.Run(*a.Create); err != nil {
		return previous, fmt.Errorf("%w: running %q:\n%s%s", err, *a.Create, stdout.String(), stderr.String())
	}
	return Output{
		Stdout: strings.TrimSuffix(stdout.String(), "\n"),
		Stderr: strings.TrimSuffix(stderr.String(), "\n"),
	}, nil
}
