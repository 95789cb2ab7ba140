package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tripvpn/internal/handover"
	"tripvpn/internal/outputs"
)

// handOverFlags are the flags of hand-over.
type handOverFlags struct {
	output string
	stack  outputs.Stack
	json   bool
}

func handOverCommand() *cobra.Command {
	var flags handOverFlags
	command := &cobra.Command{
		Use:   "hand-over DEVICE",
		Short: "Write the page with which a traveller sets up a device",
		Long: `hand-over writes one HTML file that contains the profile of a device, sealed with six
words, and tells the traveller what to do. Send the file, and say the words on the
telephone.

Standard output has only what you may send: the message that goes with the file. The
words go to standard error. --json prints everything to standard output, the words
included.

The words are derived from the device's key: the same profile gives the same words and
the same file.`,
		Example: `  tripvpn hand-over darrell-phone
  tripvpn hand-over darrell-phone --output ~/darrell.html
  tripvpn hand-over darrell-phone --stack trip --json | jq -r .message`,
		Args:              oneDevice,
		ValidArgsFunction: flags.complete,
		RunE: func(c *cobra.Command, args []string) error {
			return flags.handOver(c.Context(), args[0], c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	command.Flags().StringVarP(&flags.output, "output", "o", "", "write the page to `FILE` (default DEVICE.html)")
	command.Flags().StringVarP(&flags.stack.Name, "stack", "s", "", "use the stack `NAME` (default the selected one)")
	command.Flags().BoolVar(&flags.json, "json", false, "print JSON, with the words")
	_ = command.MarkFlagFilename("output", "html") // it fails only for a flag that does not exist
	return command
}

func oneDevice(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{fmt.Errorf("name one device, not %d", len(args))}
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
	text, err := f.stack.Profile(ctx, all, device)
	if err != nil {
		return err
	}
	profile, err := handover.ParseProfile(text)
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

// printJSON prints everything about a hand-over but the page.
func printJSON(h handover.HandOver, file, message string, stdout io.Writer) error {
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Device      string    `json:"device"`
		File        string    `json:"file"`
		Fingerprint string    `json:"fingerprint"`
		Until       time.Time `json:"until"`
		Words       []string  `json:"words"`
		Message     string    `json:"message"`
	}{h.Device, file, h.Fingerprint, h.Until, h.Words, message})
}
