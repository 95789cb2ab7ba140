// Command lab shows the project at work on one Linux machine, without an AWS
// account and without the Internet beyond a package mirror.
package main

import (
	"context"
	"fmt"
	"os"
)

const usage = `usage: lab COMMAND

  demo             everything once, from nothing to a traveller's page and back;
                   the steps are written to lab/out/demo.json
  up               a server and a traveller's machine, until Ctrl-C
  connect          in a lab that is up: openvpn on the traveller's machine
  shell MACHINE    in a lab that is up: a shell on "server" or "traveller"
  prepare          builds what takes long beforehand: the Pulumi CLI, the host binary
  down             ends a lab that is up, and removes what a killed one left

All of them but prepare need Linux and root.`

func main() {
	commands := map[string]func(context.Context, []string) (status int, err error){
		"demo":    demoCommand,
		"up":      upCommand,
		"connect": connectCommand,
		"shell":   shellCommand,
		"prepare": prepareCommand,
		"down":    downCommand,
	}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(64)
	}
	status, err := commands[os.Args[1]](context.Background(), os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		status = max(status, 1)
	}
	os.Exit(status)
}
