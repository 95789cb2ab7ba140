// Command lab runs the project on one Linux machine, without an AWS account.
// It needs nothing from the Internet but a package mirror.
package main

import (
	"context"
	"fmt"
	"os"
)

const usage = `usage: lab COMMAND

  demo             run everything once: deploy, connect, fetch a page, destroy;
                   write the steps to lab/out/demo.json
  up               run a server and a traveller's machine until Ctrl-C
  connect          run openvpn on the traveller's machine (needs "up")
  shell MACHINE    open a shell on "server" or "traveller" (needs "up")
  prepare          build the slow parts in advance: the Pulumi CLI, the host binary
  down             stop a running lab, and remove what a killed one left

Every command except prepare needs Linux and root.`

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
