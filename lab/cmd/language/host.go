package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"tripvpn/lab/cli"
)

// host is the language host of one operation of the engine.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine string // address
}

// GetPluginInfo returns the version of the CLI that it comes with.
func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: cli.Version}, nil
}

// Run compiles the program, runs it in the request's folder with the environment of this
// process, and returns how it ended.
func (h *host) Run(_ context.Context, r *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	variables, err := h.variables(r)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "pulumi-go.")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the program: %w", err)
	}
	defer os.RemoveAll(folder)
	binary := filepath.Join(folder, "program")
	if err := compile(r.GetInfo().GetProgramDirectory(), binary); err != nil {
		return nil, err
	}
	program := exec.Command(binary)
	program.Dir = r.GetPwd()
	program.Env = append(os.Environ(), variables...)
	program.Stdout, program.Stderr = os.Stdout, os.Stderr
	return ending(program.Run())
}

func compile(folder, binary string) error {
	pattern := filepath.Join(folder, "*.go")
	if files, err := filepath.Glob(pattern); err != nil || len(files) == 0 {
		//lint:ignore ST1005 the original's words
		return fmt.Errorf("Failed to find go files for 'go build' matching %s", pattern)
	}
	build := exec.Command("go", "build", "-o", binary)
	build.Dir = folder
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("error in compiling Go: unable to run `go build`: %w", err)
	}
	return nil
}

// ending turns the end of a program into the engine's words. A program that has told the
// engine its error exits with a status of its own.
func ending(err error) (*pulumirpc.RunResponse, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case !errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("command errored unexpectedly: %v", err)}, nil
	case exit.ExitCode() == constant.ExitStatusLoggedError:
		return &pulumirpc.RunResponse{Bail: true}, nil
	}
	return &pulumirpc.RunResponse{Error: fmt.Sprintf("program exited with non-zero exit code: %d", exit.ExitCode())}, nil
}

// variables are the environment variables from which pulumi.Run reads what to do.
func (h *host) variables(r *pulumirpc.RunRequest) ([]string, error) {
	config, err := json.Marshal(r.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("passing on the configuration: %w", err)
	}
	secretKeys, err := json.Marshal(append([]string{}, r.GetConfigSecretKeys()...))
	if err != nil {
		return nil, fmt.Errorf("passing on the names of secrets: %w", err)
	}
	return []string{
		pulumi.EnvOrganization + "=" + r.GetOrganization(),
		pulumi.EnvProject + "=" + r.GetProject(),
		pulumi.EnvPulumiRootDirectory + "=" + r.GetInfo().GetRootDirectory(),
		pulumi.EnvStack + "=" + r.GetStack(),
		pulumi.EnvConfig + "=" + string(config),
		pulumi.EnvConfigSecretKeys + "=" + string(secretKeys),
		pulumi.EnvDryRun + "=" + strconv.FormatBool(r.GetDryRun()),
		pulumi.EnvParallel + "=" + strconv.Itoa(int(r.GetParallel())),
		pulumi.EnvMonitor + "=" + r.GetMonitorAddress(),
		pulumi.EnvEngine + "=" + h.engine,
	}, nil
}
