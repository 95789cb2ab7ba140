package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tripvpn/internal/handover"
	"tripvpn/internal/link"
	"tripvpn/internal/outputs"
)

// handOverFlags are the flags of hand-over.
type handOverFlags struct {
	output   string
	stack    outputs.Stack
	json     bool
	link     bool
	duration time.Duration
	oneTap   bool
	qr       bool
	list     bool
	withdraw bool
}

func handOverCommand() *cobra.Command {
	var flags handOverFlags
	command := &cobra.Command{
		Use:   "hand-over DEVICE",
		Short: "Write the page with which a traveller sets up a device",
		Long: `hand-over writes one HTML file that contains the profile of a device, sealed with six
words, and tells the traveller what to do. Send the file, and say the words on the
telephone.

With --link, it stores the page in the stack's bucket instead, and prints a message with an
address that opens it for a day. The address contains the key of the page: there are no
words to say, and the message is a secret. With --one-tap, a button on the page adds the
profile to OpenVPN Connect; for that, the bucket also contains the profile itself. With
--qr, a phone at hand can take the address from the screen.

Standard output has only what you may send: the message that goes with the file. The
words go to standard error. --json prints everything to standard output, the words
included.

The words are derived from the device's key: the same profile gives the same words and
the same file.`,
		Example: `  tripvpn hand-over darrell-phone
  tripvpn hand-over darrell-phone --output ~/darrell.html
  tripvpn hand-over darrell-phone --stack trip --json | jq -r .message
  tripvpn hand-over darrell-phone --link --for 2h
  tripvpn hand-over darrell-phone --link --one-tap --qr
  tripvpn hand-over --list
  tripvpn hand-over darrell-phone --withdraw`,
		Args:              flags.checkArgs,
		ValidArgsFunction: flags.complete,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case flags.list:
				return flags.listLinks(c.Context(), c.OutOrStdout())
			case flags.withdraw:
				return flags.withdrawLinks(c.Context(), args[0], c.ErrOrStderr())
			case flags.link:
				return flags.lend(c.Context(), args[0], c.OutOrStdout(), c.ErrOrStderr())
			}
			return flags.handOver(c.Context(), args[0], c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	command.Flags().StringVarP(&flags.output, "output", "o", "", "write the page to `FILE` (default DEVICE.html)")
	command.Flags().StringVarP(&flags.stack.Name, "stack", "s", "", "use the stack `NAME` (default the selected one)")
	command.Flags().BoolVar(&flags.json, "json", false, "print JSON, with the words or the address")
	command.Flags().BoolVar(&flags.link, "link", false, "lend the page by a link")
	command.Flags().DurationVar(&flags.duration, "for", link.Longest, "how long a link works, at most 24h")
	command.Flags().BoolVar(&flags.oneTap, "one-tap", false, "with --link: also store the profile unsealed, for OpenVPN Connect to fetch")
	command.Flags().BoolVar(&flags.qr, "qr", false, "with --link: also show the address as a QR code")
	command.Flags().BoolVar(&flags.list, "list", false, "list the links")
	command.Flags().BoolVar(&flags.withdraw, "withdraw", false, "withdraw the links of the device at once")
	command.MarkFlagsMutuallyExclusive("output", "link", "list", "withdraw")
	command.MarkFlagsMutuallyExclusive("qr", "json")
	_ = command.MarkFlagFilename("output", "html") // it fails only for a flag that does not exist
	return command
}

func (f *handOverFlags) checkArgs(c *cobra.Command, args []string) error {
	switch {
	case f.list && len(args) > 0:
		return usageError{errors.New("--list takes no device")}
	case !f.list && len(args) != 1:
		return usageError{fmt.Errorf("name one device, not %d", len(args))}
	case c.Flags().Changed("for") && !f.link:
		return usageError{errors.New("--for needs --link")}
	case f.oneTap && !f.link:
		return usageError{errors.New("--one-tap needs --link")}
	case f.qr && !f.link:
		return usageError{errors.New("--qr needs --link")}
	case f.duration < time.Second || f.duration > link.Longest:
		return usageError{fmt.Errorf("--for is %v: choose from 1s to %v", f.duration, link.Longest)}
	}
	if err := c.ValidateFlagGroups(); err != nil {
		return usageError{err}
	}
	return nil
}

// complete lists the devices for the shell.
func (f *handOverFlags) complete(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all, err := f.stack.Read(c.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return all.Devices(), cobra.ShellCompDirectiveNoFileComp
}

func (f *handOverFlags) handOver(ctx context.Context, device string, stdout, stderr io.Writer) error {
	file := f.output
	if file == "" {
		file = device + ".html"
	}
	all, err := f.stack.Read(ctx)
	if err != nil {
		return err
	}
	profile, err := f.profile(ctx, all, device)
	if err != nil {
		return err
	}
	h, err := handover.New(device, profile, all)
	if err != nil {
		return err
	}
	if err := h.CheckAt(time.Now()); err != nil {
		return err
	}
	message, err := h.Message(filepath.Base(file))
	if err != nil {
		return err
	}
	if err := writeFile(file, h.Page); err != nil {
		return err
	}
	if f.json {
		return printJSON(h, file, message, stdout)
	}
	_, errWords := fmt.Fprintf(stderr, `%s: the page for %s, profile %s, works until %s

Say these six words on the telephone, and do not write them where you send the file:

    %s

Send the file with this message:

`, file, device, h.Fingerprint, h.Until.Format(time.RFC3339), strings.Join(h.Words, " "))
	_, errMessage := io.WriteString(stdout, message)
	return errors.Join(errWords, errMessage)
}

// profile reads a device's profile.
func (f *handOverFlags) profile(ctx context.Context, all outputs.Outputs, device string) (handover.Profile, error) {
	text, err := f.stack.Profile(ctx, all, device)
	if err != nil {
		return handover.Profile{}, err
	}
	return handover.ParseProfile(text)
}

// printJSON prints everything about a hand-over but the page.
func printJSON(h handover.HandOver, file, message string, stdout io.Writer) error {
	return encode(stdout, struct {
		Device      string    `json:"device"`
		File        string    `json:"file"`
		Fingerprint string    `json:"fingerprint"`
		Until       time.Time `json:"until"`
		Words       []string  `json:"words"`
		Message     string    `json:"message"`
	}{h.Device, file, h.Fingerprint, h.Until, h.Words, message})
}
