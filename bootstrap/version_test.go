package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/testenv"
)

// fakeVersion returns a fixed package version, and runs the real dpkg to compare.
type fakeVersion struct {
	host.Runner
	version string
}

func (p fakeVersion) Run(ctx context.Context, args ...string) (string, error) {
	if args[0] == "dpkg-query" {
		return p.version, nil
	}
	return p.Runner.Run(ctx, args...)
}

func TestVulnerableVersionsAreRejected(t *testing.T) {
	testenv.RequirePrograms(t, "dpkg")
	for version, safe := range map[string]bool{
		"2.6.0-1":                   false, // older than the versions examined
		"2.6.1-1":                   false,
		"2.6.3-1":                   false,
		"2.6.3-1+deb12u2":           false,
		"2.6.3-1+deb12u3":           true,
		"2.6.3-1+deb12u4":           true,
		"2.6.3-2":                   false,
		"2.6.9-1ubuntu4.1":          false,
		"2.6.12-0ubuntu0.24.04.1":   false,
		"2.6.12-0ubuntu0.24.04.3":   true,
		"2.6.12-1":                  false,
		"2.6.13-1":                  false,
		"2.6.14~rc1-1":              true,
		"2.6.14-0+deb12u2":          true,
		"2.6.14-0ubuntu0.24.04.1":   true,
		"2.6.14-1+deb13u3":          true,
		"2.6.19-0ubuntu0.24.04.3":   true,
		"2.7.0-1ubuntu1.1":          true,
		"not a version of anything": false,
	} {
		err := fixedOpenVPN(context.Background(), host.NewReader("/", fakeVersion{host.Commands("/"), version}))
		if safe {
			require.NoError(t, err, version)
		} else {
			require.Error(t, err, version)
		}
	}
}
