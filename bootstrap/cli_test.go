package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host/hosttest"
	"tripvpn/internal/docs"
	"tripvpn/internal/scripttest"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

// In scripts, tripvpn-bootstrap is the real program on the simulated host in
// $WORK/root.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tripvpn-bootstrap": func() {
			p := on(hosttest.Machine{Root: os.Getenv("ROOT")})
			p.stdin, p.stdout, p.stderr = os.Stdin, os.Stdout, os.Stderr
			os.Exit(p.run(context.Background(), os.Args[1:]))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setUpScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scripttest.Exits,
			// state FILE: write the whole state of the machine to FILE.
			"state": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(machineOf(ts).Text()), 0o600))
			},
			// pending FILE: set what apt-get prints when it simulates an upgrade.
			"pending": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(machineOf(ts).SetPending(ts.ReadFile(args[0])))
			},
			// crash UNIT: end the unit. (testscript's own "stop" ends the script.)
			"crash": func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(machineOf(ts).Stop(args[0])) },
			// insert SAVE CHAIN RULE: insert a rule at the head of a built-in chain.
			"insert": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(machineOf(ts).Insert(args[0], args[1], args[2]))
			},
			// systemctl ARGS: run systemctl as another program would.
			"systemctl": func(ts *testscript.TestScript, _ bool, args []string) {
				_, err := machineOf(ts).Run(context.Background(), append([]string{"systemctl"}, args...)...)
				ts.Check(err)
			},
			// connect CLIENT: connect the client.
			"connect": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(machineOf(ts).Connect("trip", args[0]))
			},
			// connected CLIENTS: require that exactly these clients are connected.
			"connected": func(ts *testscript.TestScript, _ bool, args []string) {
				if got := strings.Join(machineOf(ts).Connected("trip"), " "); got != strings.Join(args, " ") {
					ts.Fatalf("connected: %q", got)
				}
			},
			// silent: require that the last command printed no secret.
			"silent": func(ts *testscript.TestScript, _ bool, _ []string) {
				data, err := os.ReadFile(ts.MkAbs("spec.json"))
				ts.Check(err)
				s, err := spec.Decode(bytes.NewReader(data))
				ts.Check(err)
				if holdsSecret(ts.ReadFile("stdout")+ts.ReadFile("stderr"), s) {
					ts.Fatalf("a secret was printed")
				}
			},
		},
	})
}

func machineOf(ts *testscript.TestScript) hosttest.Machine {
	return hosttest.Machine{Root: ts.Getenv("ROOT")}
}

// setUpScript makes a fresh machine and the scripts' specs.
func setUpScript(env *testscript.Env) error {
	if err := emulate(env); err != nil {
		return err
	}
	root := filepath.Join(env.WorkDir, "root")
	env.Setenv("ROOT", root)
	if _, err := hosttest.New(root); err != nil {
		return err
	}
	t := env.T().(testing.TB)
	whole := spectest.New(t).Spec(t, "laptop", "phone")
	fewer, identity := whole, *whole.Identity
	identity.Clients = identity.Clients[1:]
	fewer.Identity = &identity
	network := whole
	network.Identity = nil
	for name, s := range map[string]spec.Spec{"spec.json": whole, "fewer.json": fewer, "network.json": network} {
		data, err := s.Encode()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// emulate makes a script start tripvpn-bootstrap with the emulator in
// TRIPVPN_EMULATOR. "go test -exec" starts only the tests with it, and the kernel
// does not know it.
func emulate(env *testscript.Env) error {
	emulator := os.Getenv("TRIPVPN_EMULATOR")
	if emulator == "" {
		return nil
	}
	binary, err := exec.LookPath("tripvpn-bootstrap")
	if err != nil {
		return err
	}
	bin := filepath.Join(env.WorkDir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return err
	}
	env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
	wrapper := fmt.Sprintf("#!/bin/sh\nexec %s %s \"$@\"\n", emulator, binary)
	return os.WriteFile(filepath.Join(bin, "tripvpn-bootstrap"), []byte(wrapper), 0o755)
}

// holdsSecret reports whether text contains a line of a secret's body, in PEM or JSON.
func holdsSecret(text string, s spec.Spec) bool {
	for _, line := range strings.Split(s.Identity.Key.Reveal()+s.Identity.ControlChannel.Key.Reveal(), "\n") {
		if len(line) > 8 && !strings.HasPrefix(line, "-----") && strings.Contains(text, line) {
			return true
		}
	}
	return false
}

func TestHoldsSecretFindsOne(t *testing.T) {
	s := variants(t)[0]
	data, err := s.Encode()
	require.NoError(t, err)
	require.True(t, holdsSecret(string(data), s))
	require.False(t, holdsSecret(s.Identity.Certificate, s))
}

func TestDocsContainTheCommandThatSendsTheSpecAgain(t *testing.T) {
	text, err := docs.Guide("..")
	require.NoError(t, err)
	require.True(t, strings.Contains(text, "`"+sendAgain+"`"), sendAgain)
}
