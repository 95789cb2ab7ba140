// Command language stands in for pulumi-language-go, which the Pulumi CLI starts to run
// a Go program. Pulumi's releases contain it, but the module from which package cli
// builds the CLI does not.
//
// Differences from the original (pulumi/pulumi, sdk/go/pulumi-language-go/main.go):
//   - It runs programs, and lists the plugins that they need. It refuses everything else:
//     to install dependencies, to run plugins, to generate code.
//   - It ignores the runtime's options (binary, buildTarget), debuggers and tracing.
//   - It compiles with the go command's defaults, and without a word to the engine. The
//     original adds `-buildvcs=false -trimpath -ldflags "-w -s"`, which share no compiled
//     package with the defaults, and reports the beginning and the end.
//   - It is on PATH and not next to the CLI, so the CLI warns of it in every operation.
//   - It finds plugins only by the names of Pulumi's own modules, and only in modules
//     that are in the module cache; the original downloads modules, and reads
//     pulumi-plugin.json.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pulumi-language-go ADDRESS, with the address of the Pulumi engine, which starts this program itself")
		os.Exit(64)
	}
	if err := serve(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-go:", err)
		os.Exit(1)
	}
}

// pulse is the time between checks that the engine is still there.
const pulse = 10 * time.Second

// serve prints the port that it serves, for the engine, and ends with an interrupt or
// with the engine.
func serve(engine string) error {
	ctx, end := signal.NotifyContext(context.Background(), os.Interrupt)
	defer end()
	if err := rpcutil.Healthcheck(ctx, engine, pulse, end); err != nil {
		return fmt.Errorf("connecting to the engine at %q: %w", engine, err)
	}
	cancel := make(chan bool)
	go func() { <-ctx.Done(); close(cancel) }()
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, &host{engine: engine})
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port)
	return <-handle.Done
}
