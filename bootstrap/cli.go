package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/spec"
)

const usage = `usage: tripvpn-bootstrap plan|apply|verify [-spec FILE|-] [-root DIR] [-json]
       tripvpn-bootstrap status [-root DIR] [-json]
       tripvpn-bootstrap version

  plan     list what apply would change, and change nothing
  apply    make the host match the spec, then verify it
  verify   check that the host matches the spec and serves
  status   list connected clients, and when certificates expire
  version  print this binary's SHA-256, the spec version that it reads, and the Go
           version that built it. pulumi up builds the same bytes from the same
           sources: see .build/tripvpn-bootstrap-linux-ARCH in the checkout

  -spec    read the spec from FILE, or from standard input if it is "-"
           (default: ` + specPath + `, the last one applied)
  -root    use the file system below DIR (default /)
  -json    print JSON

exit code: 0 the host matches the spec, 1 error, 2 changes are pending (plan)
or the host differs (verify), 64 wrong usage
`

// Exit codes.
const (
	exitConverged = 0
	exitError     = 1
	exitDiffers   = 2
	exitUsage     = 64 // EX_USAGE of sysexits.h
)

// options is a parsed command line.
type options struct {
	command string
	spec    string // a path, "-", or "" for the spec kept on the host
	root    string
	json    bool
}

// run runs one command and returns the exit code.
func (p program) run(ctx context.Context, args []string) int {
	opts, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(p.stdout, usage)
		return exitConverged
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "tripvpn-bootstrap: %v\n%s", err, usage)
		return exitUsage
	}
	command := map[string]func(context.Context, options) (int, error){
		"plan": p.plan, "apply": p.apply, "verify": p.verify, "status": p.status,
		"version": p.version,
	}[opts.command]
	code, err := command(ctx, opts)
	if err != nil {
		text := strings.ReplaceAll(err.Error(), "\n", "\n  ") // one problem per line
		fmt.Fprintf(p.stderr, "tripvpn-bootstrap: %s: %s\n", opts.command, text)
		return exitError
	}
	return code
}

func parse(args []string) (options, error) {
	if len(args) == 0 {
		return options{}, errors.New("no command")
	}
	opts := options{command: args[0]}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	if args[0] != "version" {
		flags.StringVar(&opts.root, "root", "/", "")
		flags.BoolVar(&opts.json, "json", false, "")
	}
	switch args[0] {
	case "plan", "apply", "verify":
		flags.StringVar(&opts.spec, "spec", "", "")
	case "status", "version":
	case "help", "-h", "-help", "--help":
		return options{}, flag.ErrHelp
	default:
		return options{}, fmt.Errorf("unknown command %q", args[0])
	}
	if err := flags.Parse(args[1:]); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	root, err := filepath.Abs(opts.root)
	opts.root = root
	return opts, err
}

// readSpec reads the spec that the command line names.
func (p program) readSpec(opts options, r host.Reader) (spec.Spec, error) {
	switch opts.spec {
	case "-":
		return spec.Decode(p.stdin)
	case "":
		s, err := keptSpec(r)
		if err != nil {
			return s, fmt.Errorf("reading this host's spec %q: %w\nto write it again, run on your own machine: %s", specPath, err, sendAgain)
		}
		return s, nil
	default:
		file, err := os.Open(opts.spec)
		if err != nil {
			return spec.Spec{}, fmt.Errorf("reading spec: %w", err)
		}
		defer file.Close() // read-only, so an error loses nothing
		return spec.Decode(file)
	}
}

// sendAgain makes the Pulumi program send each host its spec again, with the last
// command in infra/vpn/host.go. The pattern includes the type because a device's name
// may have the same ending, and the device would get a new key.
const sendAgain = "pulumi up --replace '**:Command::*-vpn'"

func keptSpec(r host.Reader) (spec.Spec, error) {
	data, err := r.ReadFile(specPath)
	if errors.Is(err, os.ErrNotExist) {
		return spec.Spec{}, errors.New("no spec has been applied to this host yet, or it was removed; pass one with -spec")
	}
	if err != nil {
		return spec.Spec{}, err
	}
	return spec.Decode(bytes.NewReader(data))
}
