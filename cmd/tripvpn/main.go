// Command tripvpn does what the operator of a trip needs besides pulumi. It runs on the
// operator's machine, in the checkout, and reads the stack with the Pulumi CLI. Its doctor
// runs anywhere, with a profile alone.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitDone    = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commands lists the commands.
func commands() []*cobra.Command {
	return []*cobra.Command{handOverCommand(), doctorCommand()}
}

// run runs the command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:                        "tripvpn",
		Short:                      "What the operator of a trip needs besides pulumi",
		Long:                       "tripvpn does what the operator of a trip needs besides pulumi. Run it in the checkout,\nexcept the doctor, which runs anywhere.",
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		Args:                       oneOfTheCommands,
		RunE:                       func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.AddCommand(commands()...)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	text := strings.ReplaceAll(err.Error(), "\n", "\n  ") // one problem per line
	fmt.Fprintf(stderr, "%s: %s\n", command.CommandPath(), text)
	if errors.As(err, new(usageError)) {
		fmt.Fprintf(stderr, "for help: %s --help\n", command.CommandPath())
		return exitUsage
	}
	return exitFailure
}

// usageError is a wrong command line.
type usageError struct{ error }

// oneOfTheCommands rejects every argument of the root, which is no command.
func oneOfTheCommands(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command %q", args[0])
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w; did you mean %s?", err, strings.Join(near, " or "))
	}
	return usageError{err}
}
