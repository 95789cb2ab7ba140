package vpn

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ExportStack returns the state of the stack that runs, as `pulumi stack export`
// prints it. The command takes no lock and decrypts nothing: secrets stay
// encrypted. The backend and its credentials come from the environment, which the
// engine passes on.
func ExportStack(ctx *pulumi.Context) ([]byte, error) {
	name := strings.Join([]string{ctx.Organization(), ctx.Project(), ctx.Stack()}, "/")
	export := exec.CommandContext(ctx.Context(), "pulumi", "stack", "export", "--stack", name, "--non-interactive")
	export.Dir = ctx.RootDirectory()
	state, err := export.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("reading the stack's state with %q: %w: %s", export.Args, err, exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the stack's state with %q: %w; the folder of the command pulumi must be in PATH", export.Args, err)
	}
	return state, nil
}
