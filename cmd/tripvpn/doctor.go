package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tripvpn/internal/doctor"
	"tripvpn/internal/profile"
)

// doctorFlags are the flags of doctor.
type doctorFlags struct{ json, report bool }

func doctorCommand() *cobra.Command {
	var flags doctorFlags
	command := &cobra.Command{
		Use:   "doctor FILE",
		Short: "Find out why a profile does not connect",
		Long: `doctor finds out why the profile in a file does not connect. It looks at the file, at the
network, and at the servers that the file names: it begins the handshake of a client
with each, and stops before it would get a tunnel. Run it on the machine that does not
connect, while the VPN is off there. It needs neither root nor OpenVPN.

Each line is a check that is ok, has failed, or is unknown, with the cause. Below a
failure is a command that shows more or helps; those of pulumi and go are the operator's,
in the checkout.

With --report, it prints a report for somebody who helps you, without keys, names and
addresses.

The exit code is 0 if no check has failed, 1 if one has, and 2 if the command line is
wrong or the file is not a profile.`,
		Example: `  tripvpn doctor darrell.ovpn
  tripvpn doctor darrell.ovpn --json | jq '.[] | select(.result == "FAIL")'
  tripvpn doctor darrell.ovpn --report`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("name one profile, not %d", len(args))}
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions([]cobra.Completion{"ovpn"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE: func(c *cobra.Command, args []string) error {
			return flags.examine(c.Context(), args[0], c.OutOrStdout())
		},
	}
	command.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	command.Flags().BoolVar(&flags.report, "report", false, "print a report without anything secret or personal")
	return command
}

func (f *doctorFlags) examine(ctx context.Context, file string, stdout io.Writer) error {
	p, err := readProfile(file)
	if err != nil {
		return usageError{err}
	}
	facts := doctor.Look(ctx, p)
	if err := ctx.Err(); err != nil {
		return err
	}
	findings := doctor.Judge(facts, runtime.GOOS, file)
	switch {
	case f.report && f.json:
		err = encode(stdout, doctor.NewReport(facts, runtime.GOOS, runtime.GOARCH))
	case f.report:
		err = printReport(doctor.NewReport(facts, runtime.GOOS, runtime.GOARCH), stdout)
	case f.json:
		err = encode(stdout, findings)
	default:
		err = printFindings(findings, stdout)
	}
	if err != nil {
		return err
	}
	if doctor.Failed(findings) {
		return errors.New("a check has failed")
	}
	return nil
}

// largestProfile is many times the size of a profile, in bytes.
const largestProfile = 1 << 20

func readProfile(file string) (profile.Profile, error) {
	opened, err := os.Open(file)
	if err != nil {
		return profile.Profile{}, err
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, largestProfile))
	if err != nil {
		return profile.Profile{}, err
	}
	p, err := profile.Parse(string(text))
	if err != nil {
		return profile.Profile{}, fmt.Errorf("%q: %w", file, err)
	}
	return p, nil
}

func printFindings(findings []doctor.Finding, w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Result, f.Check, f.Cause)
		if f.Command != "" {
			fmt.Fprintf(table, "\t\t$ %s\n", f.Command)
		}
	}
	return table.Flush()
}

func printReport(r doctor.Report, w io.Writer) error {
	_, err := fmt.Fprintf(w, "tripvpn doctor on %s at %s, control channel %s\nremotes: %s\n\n",
		r.System, r.Time.Format(time.RFC3339), r.Mode, strings.Join(r.Remotes, ", "))
	return errors.Join(err, printFindings(r.Findings, w))
}
