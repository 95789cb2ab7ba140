package main

import (
	"context"
	"fmt"
	"strings"

	"tripvpn/bootstrap/host"
)

// safeVersions are the ranges of package versions, from the first up to but not
// including the second, that are not vulnerable to CVE-2025-2704: with tls-crypt-v2,
// anyone who observes a handshake can crash the server. The fix is in upstream's 2.6.14,
// in Debian 12's 2.6.3-1+deb12u3 (its changelog), and in Ubuntu 24.04's
// 2.6.12-0ubuntu0.24.04.3 (USN-7411-1).
var safeVersions = [][2]string{
	{"2.6.14~", ""},
	{"2.6.3-1+deb12u3", "2.6.3-2"},
	{"2.6.12-0ubuntu0.24.04.3", "2.6.12-0ubuntu0.24.05"},
}

// fixedOpenVPN rejects versions that a remote attacker can crash.
func fixedOpenVPN(ctx context.Context, r host.Reader) error {
	output, err := r.Query(ctx, "dpkg-query", "--show", "--showformat=${Version}", "openvpn")
	if err != nil {
		return err
	}
	version := strings.TrimSpace(output)
	for _, safe := range safeVersions {
		in, err := within(ctx, r, version, safe)
		if err != nil || in {
			return err
		}
	}
	return fmt.Errorf("version %s is vulnerable to CVE-2025-2704 (remote denial of service)", version)
}

// within reports whether version is in a range of safeVersions.
func within(ctx context.Context, r host.Reader, version string, span [2]string) (bool, error) {
	in, err := compareVersions(ctx, r, version, "ge", span[0])
	if err != nil || !in || span[1] == "" {
		return in, err
	}
	return compareVersions(ctx, r, version, "lt", span[1])
}

// compareVersions runs dpkg(1), which exits with 1 if the relation does not hold.
func compareVersions(ctx context.Context, r host.Reader, version, relation, other string) (bool, error) {
	_, err := r.Query(ctx, "dpkg", "--compare-versions", version, relation, other)
	if host.ExitCode(err) == 1 {
		return false, nil
	}
	return err == nil, err
}
