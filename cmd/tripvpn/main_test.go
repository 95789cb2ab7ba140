package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"tripvpn/internal/handover"
	"tripvpn/internal/handover/handovertest"
	"tripvpn/internal/outputs"
	"tripvpn/internal/scripttest"
)

// In scripts, tripvpn is the real program, and pulumi a stand-in for `pulumi stack output`.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tripvpn": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) },
		"pulumi":  func() { os.Exit(standIn(os.Args[1:])) },
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			for _, device := range []string{"darrell", "darrell-phone"} {
				profile := handovertest.Profile(t, device, "203.0.113.9")
				if err := os.WriteFile(filepath.Join(env.WorkDir, device+".ovpn"), []byte(profile), 0o600); err != nil {
					return err
				}
			}
			env.Setenv("STACK", env.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scripttest.Exits,
			// opens PAGE PROFILE: require that the words of the device's profile open the page.
			"opens": func(ts *testscript.TestScript, _ bool, args []string) {
				profile := ts.ReadFile(args[1])
				sealed, err := handovertest.Sealed(ts.ReadFile(args[0]))
				ts.Check(err)
				p, err := handover.ParseProfile(profile)
				ts.Check(err)
				words, err := p.Words()
				ts.Check(err)
				text, err := handover.Open(sealed, words)
				ts.Check(err)
				if text != profile {
					ts.Fatalf("%s contains another profile", args[0])
				}
			},
			// nosecret FILE PROFILE: require that the file has neither a line of the profile's
			// key nor its words.
			"nosecret": func(ts *testscript.TestScript, _ bool, args []string) {
				text, profile := ts.ReadFile(args[0]), ts.ReadFile(args[1])
				p, err := handover.ParseProfile(profile)
				ts.Check(err)
				words, err := p.Words()
				ts.Check(err)
				_, key, _ := strings.Cut(profile, "-----BEGIN PRIVATE KEY-----\n")
				for _, secret := range []string{strings.Join(words, " "), key[:60]} {
					if strings.Contains(text, secret) {
						ts.Fatalf("%s contains a secret", args[0])
					}
				}
			},
		},
	})
}

// standIn answers as `pulumi stack output --json` does for the stack in the folder STACK,
// and appends its arguments and environment to the file asked there. It refuses to show
// all secrets at once.
func standIn(args []string) int {
	stack := os.Getenv("STACK")
	asked, err := os.OpenFile(filepath.Join(stack, "asked"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer asked.Close()
	fmt.Fprintln(asked, strings.Join(args, " "), os.Environ())
	all := map[string]any{
		"darrell.ovpn": "[secret]", "darrell-phone.ovpn": "[secret]", "adminKey": "[secret]",
		"servers": map[string]string{"eu-west-1": "203.0.113.9"},
		"expires": os.Getenv("EXPIRES"),
		"profiles": map[string]string{
			"darrell":       outputs.Fingerprint(profileIn(stack, "darrell")),
			"darrell-phone": outputs.Fingerprint(profileIn(stack, "darrell-phone")),
		},
	}
	if os.Getenv("EXPIRES") == "" {
		all["expires"] = "never"
	}
	if os.Getenv("OTHER") != "" {
		all["profiles"] = map[string]string{"darrell": "0123456789abcdef"}
	}
	if i := slices.Index(args, "--stack"); i > 0 && args[i+1] != "trip" {
		fmt.Fprintf(os.Stderr, "error: no stack named '%s' found\n", args[i+1])
		return 255
	}
	if !slices.Contains(args, "--show-secrets") {
		return printed(all)
	}
	for _, arg := range args {
		if device, named := strings.CutSuffix(arg, ".ovpn"); named {
			return printed(strings.TrimSuffix(profileIn(stack, device), "\n"))
		}
	}
	panic("all secrets at once")
}

func profileIn(folder, device string) string {
	text, err := os.ReadFile(filepath.Join(folder, device+".ovpn"))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func printed(value any) int {
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		panic(err)
	}
	return 0
}

func TestAFileIsReplacedWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, writeFile(path, []byte("one")))
	require.NoError(t, writeFile(path, []byte("two")))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "two", string(text))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())

	folder := filepath.Dir(path)
	require.ErrorContains(t, writeFile(folder, []byte("x")), folder)
	require.ErrorContains(t, writeFile(filepath.Join(path, "below"), []byte("x")), "below")
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1, "no temporary file is left")
}
