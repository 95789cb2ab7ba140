package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"tripvpn/lab/demo"
	"tripvpn/lab/fabric/operator"
	"tripvpn/lab/machine"
)

// A running lab serves a socket from which other processes learn how to enter its
// machines. Only the lab knows that, because each reboot gives a machine a new init.

func socketPath() string { return filepath.Join(operator.RunFolder, "machines.sock") }

// visit asks for an interactive program on a machine. The answer is the command
// to execute.
type visit struct {
	Machine string
	Argv    []string
}

type answer struct {
	Argv, Env []string
	Error     string
}

// serveVisits answers until the context ends.
func serveVisits(ctx context.Context, machines map[string]*machine.Machine) error {
	listener, err := net.Listen("unix", socketPath())
	if err != nil {
		return fmt.Errorf("opening the lab's socket: %w", err)
	}
	go func() { <-ctx.Done(); _ = listener.Close() }()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return nil // closed
		}
		var asked visit
		if json.NewDecoder(conn).Decode(&asked) == nil {
			_ = json.NewEncoder(conn).Encode(wayIn(asked, machines))
		}
		_ = conn.Close()
	}
}

func wayIn(v visit, machines map[string]*machine.Machine) answer {
	m, ok := machines[v.Machine]
	if !ok {
		return answer{Error: fmt.Sprintf("there is no machine %q: use server or traveller", v.Machine)}
	}
	command := m.Command(context.Background(), v.Argv...)
	if command.Err != nil {
		return answer{Error: command.Err.Error()}
	}
	return answer{Argv: command.Args, Env: append(command.Env, "TERM="+os.Getenv("TERM"))}
}

func connectCommand(_ context.Context, _ []string) (int, error) {
	return enter(visit{"traveller", []string{"openvpn", "--config", demo.Profile}})
}

func shellCommand(_ context.Context, arguments []string) (int, error) {
	if len(arguments) != 1 {
		return 64, errors.New("shell needs one machine: server or traveller")
	}
	return enter(visit{arguments[0], []string{"bash", "-l"}})
}

// enter replaces this process with the program on the machine.
func enter(v visit) (int, error) {
	conn, err := net.Dial("unix", socketPath())
	if err != nil {
		return 1, fmt.Errorf("asking the lab: %w; is it running? `make lab` starts it", err)
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(v); err != nil {
		return 1, fmt.Errorf("asking the lab: %w", err)
	}
	var told answer
	if err := json.NewDecoder(conn).Decode(&told); err != nil {
		return 1, fmt.Errorf("asking the lab: %w", err)
	}
	if told.Error != "" {
		return 1, errors.New(told.Error)
	}
	program, err := exec.LookPath(told.Argv[0])
	if err != nil {
		return 1, err
	}
	return 1, syscall.Exec(program, told.Argv, told.Env)
}

func downCommand(ctx context.Context, _ []string) (int, error) {
	return 0, operator.Down(ctx)
}
