// Command tripvpn-bootstrap turns a host into the VPN server that a spec describes, and
// checks it. It runs on the host, as root. It knows nothing about clouds, installs no
// packages, and prints no secrets.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := onThisMachine().run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
