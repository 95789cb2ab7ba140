package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// sdkModule matches a module of an SDK, "github.com/pulumi/pulumi-aws/sdk/v6", and the
// name of its plugin.
var sdkModule = regexp.MustCompile(`^github\.com/pulumi/pulumi-([a-z0-9-]+)/sdk(?:/|$)`)

// GetRequiredPackages returns the plugins of the SDKs that the program's module requires,
// in the versions of the SDKs.
func (h *host) GetRequiredPackages(_ context.Context, r *pulumirpc.GetRequiredPackagesRequest) (*pulumirpc.GetRequiredPackagesResponse, error) {
	list := exec.Command("go", "list", "-m", "-f", "{{.Path}} {{.Version}} {{.Dir}}", "all")
	list.Dir = r.GetInfo().GetProgramDirectory()
	list.Env = append(os.Environ(), "GOWORK=off")
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the modules of %q: %w", list.Dir, err)
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: packages(string(output))}, nil
}

// packages picks the plugins from lines "PATH VERSION FOLDER". A module that is not in
// the module cache has no folder.
func packages(modules string) []*pulumirpc.PackageDependency {
	var found []*pulumirpc.PackageDependency
	for line := range strings.Lines(modules) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		if name := sdkModule.FindStringSubmatch(fields[0]); name != nil {
			found = append(found, &pulumirpc.PackageDependency{Name: name[1], Version: fields[1], Kind: "resource"})
		}
	}
	return found
}
