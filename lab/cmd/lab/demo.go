package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"tripvpn/infra/config"
	"tripvpn/infra/vpn"
	"tripvpn/lab/cli"
	"tripvpn/lab/demo"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/fabric/operator"
	"tripvpn/lab/leftovers"
	"tripvpn/lab/repo"
	"tripvpn/lab/report"
	"tripvpn/lab/site"
)

// run is one run of the lab, in two processes. The outer one prepares
// everything that needs the machine's own network, and cleans up. The inner one
// is the lab. Both write to the same report, in turn.
type run struct{ root string }

func (r run) reportPath() string { return filepath.Join(r.root, "lab", "out", "demo.json") }
func (r run) logPath() string    { return filepath.Join(r.root, "lab", "out", "pulumi.log") }

func demoCommand(ctx context.Context, _ []string) (int, error) {
	return runLab(ctx, (*demo.Demo).Run)
}

// upCommand runs until it is interrupted. The outer process removes the lab;
// there is no destroy.
func upCommand(ctx context.Context, _ []string) (int, error) {
	return runLab(ctx, func(d *demo.Demo, ctx context.Context) error {
		if err := d.Up(ctx); err != nil {
			return err
		}
		machines, err := d.Machines()
		if err != nil {
			return err
		}
		fmt.Println(isUp)
		return serveVisits(ctx, machines)
	})
}

const isUp = `
The lab is up. In another terminal, in the folder lab:
  go run ./cmd/lab connect
  go run ./cmd/lab shell server
Ctrl-C ends it.`

func runLab(ctx context.Context, inside func(*demo.Demo, context.Context) error) (int, error) {
	if err := site.Missing(); err != nil {
		return 1, err
	}
	root, err := repo.Root()
	if err != nil {
		return 1, err
	}
	r := run{root: root}
	if netns.Inside(fabric.Operator) {
		return operator.Enter(operator.Lab{Inside: func() int { return r.inside(ctx, inside) }})
	}
	return r.outside(ctx)
}

// outside prepares and runs the inner process. Before another lab can start, it
// checks that nothing of this one is left.
func (r run) outside(ctx context.Context) (int, error) {
	told, err := report.Begin(r.reportPath(), os.Stdout)
	if err != nil {
		return 1, err
	}
	if err := told.Do("build the Pulumi CLI, the program and the host binary", func() error { return r.prepare(ctx, told.Note) }); err != nil {
		return 1, err
	}
	status, err := operator.Enter(operator.Lab{
		Outside: site.ServePackages,
		Waiting: func(holder string) { fmt.Println("waiting for another lab to end: process", holder) },
		Swept:   func() error { return r.checkSwept(ctx) },
	})
	if err != nil || status != 0 {
		return status, err
	}
	if told, err = report.Continue(r.reportPath(), os.Stdout); err != nil {
		return 1, err
	}
	return 0, told.End(true)
}

func (r run) checkSwept(ctx context.Context) error {
	told, err := report.Continue(r.reportPath(), os.Stdout)
	if err != nil {
		return err
	}
	return told.Do("check that the lab left nothing", func() error { return nothingLeft(ctx) })
}

func nothingLeft(ctx context.Context) error {
	left, err := leftovers.Find(ctx)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("the lab left these behind:\n%s", strings.Join(left, "\n"))
	}
	return err
}

func prepareCommand(ctx context.Context, _ []string) (int, error) {
	root, err := repo.Root()
	if err != nil {
		return 1, err
	}
	return 0, run{root: root}.prepare(ctx, func(text string) { fmt.Println(text) })
}

// prepare builds the programs for the inner process, which cannot reach a
// module proxy.
func (r run) prepare(ctx context.Context, progress func(string)) error {
	if _, err := cli.Path(ctx, progress); err != nil {
		return err
	}
	if err := cli.Compile(ctx, r.root); err != nil {
		return err
	}
	_, err := vpn.BuildBinary(ctx, r.root, config.Architecture(runtime.GOARCH))
	return err
}

func (r run) inside(ctx context.Context, act func(*demo.Demo, context.Context) error) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := r.act(ctx, act); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		return 1
	}
	return 0
}

func (r run) act(ctx context.Context, act func(*demo.Demo, context.Context) error) error {
	told, err := report.Continue(r.reportPath(), os.Stdout)
	if err != nil {
		return err
	}
	path, err := cli.Provide(ctx, told.Note)
	if err != nil {
		return err
	}
	log, err := os.Create(r.logPath())
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	defer log.Close()
	return act(&demo.Demo{Report: told, Root: r.root, CLI: path, Log: log}, ctx)
}
