package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/doctor"
)

var findings = []doctor.Finding{
	{Check: "key", Result: doctor.OK, Cause: "the key is right"},
	{Check: "udp 203.0.113.9:1194", Result: doctor.Fail, Case: doctor.UDPBlocked, Cause: "nothing comes back", Command: "openvpn"},
}

const columns = `ok    key                   the key is right
FAIL  udp 203.0.113.9:1194  nothing comes back
                            $ openvpn
`

func TestFindingsArePrintedInColumns(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, printFindings(findings, &b))
	require.Equal(t, columns, b.String())
}

func TestAReportBeginsWithTheSystem(t *testing.T) {
	var b bytes.Buffer
	at := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	require.NoError(t, printReport(doctor.Report{System: "linux/amd64", Time: at, Mode: "tls-auth", Remotes: []string{"192.0.2.1 1194 udp", "192.0.2.1 443 tcp"}, Findings: findings}, &b))
	require.Equal(t, `tripvpn doctor on linux/amd64 at 2026-12-01T10:00:00Z, control channel tls-auth
remotes: 192.0.2.1 1194 udp, 192.0.2.1 443 tcp

`+columns, b.String())
}
