package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/doctor"
)

// The doctor's files on a traveller's machine.
const (
	doctorProgram = "/tmp/tripvpn"
	doctorProfile = "/tmp/darrell.ovpn"
	doctorRoots   = "/tmp/roots.pem"
)

// examination is a device with the doctor, and the profile of the trip's other device.
type examination struct {
	*hotel
	*device
	profile string
	account []string // environment with the operator's credentials
}

// examines names each fault of a network, a server and a profile, from the same profile,
// and leaves the device that is connected with it alone.
func (h *hotel) examines(t *testing.T) {
	h.anna.disconnectWatched(t)
	h.bert.download(t)
	profile, err := h.stack.Text(t.Context(), "bert.ovpn")
	require.NoError(t, err)
	e := &examination{hotel: h, device: h.anna, profile: profile + "\n"}
	e.installDoctor(t)
	e.serveAWS(t)

	t.Run("nothing is wrong, and the device that is connected with the profile stays so", func(t *testing.T) {
		findings := e.requireCases(t, e.profile, nil)
		for _, f := range findings {
			require.Equal(t, f.Check != "devices", f.Result == doctor.OK, "%+v", f)
		}
		h.bert.requireUndisturbed(t, "bert")
		e.requireAnonymousReport(t)
	})
	t.Run("nothing is wrong in the account", func(t *testing.T) {
		findings := e.requireCases(t, e.profile, e.account)
		require.Equal(t, 2, len(slices.DeleteFunc(findings, func(f doctor.Finding) bool {
			return !strings.HasPrefix(f.Check, "aws ") || f.Result != doctor.OK
		})))
	})
	h.bert.stream.Close()
	h.bert.disconnectWatched(t)
	for _, c := range e.cases(t) {
		t.Run(c.name, func(t *testing.T) {
			profile := e.profile
			if c.profile != nil {
				profile = c.profile(t)
			}
			if c.begin != nil {
				defer c.end(t)
				c.begin(t)
			}
			e.requireCases(t, profile, c.environment, c.want...)
		})
	}
	for _, d := range h.devices() {
		d.connectWatched(t)
		h.requireServed(t, d, east)
	}
}

// installDoctor puts the real program on the device.
func (e *examination) installDoctor(t *testing.T) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tripvpn")
	require.NoError(t, buildCommand(program))
	text, err := os.ReadFile(program)
	require.NoError(t, err)
	e.placeForAll(t, doctorProgram, text)
}

// placeForAll writes a file that everybody can read and run.
func (e *examination) placeForAll(t *testing.T, path string, content []byte) {
	t.Helper()
	require.NoError(t, e.Place(t.Context(), path, content))
	_, err := e.Machine().Run(t.Context(), "chmod", "755", path)
	require.NoError(t, err)
}

// doctor runs the doctor as nobody, and returns what it prints and its exit code.
func (e *examination) doctor(t *testing.T, profile string, environment []string, flags ...string) (string, int) {
	t.Helper()
	require.NoError(t, e.Place(t.Context(), doctorProfile, []byte(profile)))
	_, err := e.Machine().Run(t.Context(), "chown", "nobody", doctorProfile)
	require.NoError(t, err)
	argv := slices.Concat(
		[]string{"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs", "env", "SSL_CERT_FILE=" + doctorRoots},
		environment, []string{doctorProgram, "doctor", doctorProfile}, flags)
	var output, said bytes.Buffer
	command := e.Machine().Command(within(t, time.Minute), argv...)
	command.Stdout, command.Stderr = &output, &said
	err = command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	for _, text := range []string{output.String(), said.String()} {
		requireNoKey(t, profile, text)
	}
	if exit != nil && exit.ExitCode() > 1 {
		t.Fatal(said.String())
	}
	return output.String(), command.ProcessState.ExitCode()
}

// requireNoKey requires that a text has no line of a profile's secrets.
func requireNoKey(t *testing.T, profile, text string) {
	t.Helper()
	for _, tag := range []string{"key", "tls-crypt-v2"} {
		_, rest, _ := strings.Cut(profile, "<"+tag+">\n")
		block, _, found := strings.Cut(rest, "</"+tag+">")
		require.True(t, found)
		for line := range strings.Lines(block) {
			if !strings.HasPrefix(line, "-----") {
				require.False(t, strings.Contains(text, strings.TrimSpace(line)), "it printed a line of <%s>", tag)
			}
		}
	}
}

// requireCases requires that these faults are found, and no others.
func (e *examination) requireCases(t *testing.T, profile string, environment []string, want ...doctor.Case) []doctor.Finding {
	t.Helper()
	began := time.Now()
	output, code := e.doctor(t, profile, environment, "--json")
	t.Logf("the doctor took %.1f s", time.Since(began).Seconds())
	var findings []doctor.Finding
	require.NoError(t, json.Unmarshal([]byte(output), &findings))
	var got []doctor.Case
	for _, f := range findings {
		t.Logf("%-8s %-32s %s", f.Result, f.Check, f.Cause)
		if f.Result == doctor.Fail && !slices.Contains(got, f.Case) {
			got = append(got, f.Case)
			require.NotEmpty(t, f.Command, "%+v", f)
		}
	}
	require.Equal(t, want, got)
	require.Equal(t, len(want) > 0, code == 1, "exit code %d", code)
	return findings
}

// requireAnonymousReport requires that a report has neither names nor addresses.
func (e *examination) requireAnonymousReport(t *testing.T) {
	t.Helper()
	for _, flags := range [][]string{{"--report"}, {"--report", "--json"}} {
		report, code := e.doctor(t, e.profile, e.account, flags...)
		require.Zero(t, code)
		require.Contains(t, report, "192.0.2.1 1194 udp")
		for _, personal := range []string{"bert", "darrell", e.Address().String(), e.Address6().String(),
			e.address(t, east), e.address(t, west), e.address6(t, east).String(), e.address6(t, west).String()} {
			require.NotContains(t, report, personal)
		}
	}
}
