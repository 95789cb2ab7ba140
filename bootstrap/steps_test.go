package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/spec/spectest"
)

func TestMaxClientsGrowsInPowersOfTwo(t *testing.T) {
	for devices, want := range map[int]int{0: 64, 1: 64, 16: 64, 17: 128, 250: 1024} {
		require.Equal(t, want, maxClients(devices), "%d devices", devices)
	}
}

// The server restarts for the seventeenth device, and for none before it.
func TestSeventeenthDeviceRestartsTheServer(t *testing.T) {
	authority := spectest.New(t)
	var names []string
	for n := range 17 {
		names = append(names, fmt.Sprint("device-", n))
	}
	s := authority.Spec(t, names[:15]...)
	m := freshMachine(t)
	requireConverges(t, m, s)
	restarts := func(devices int) bool {
		s.Identity.Clients = authority.Clients(names[:devices]...)
		code, stdout, stderr := runOn(t, m, s, "apply")
		require.Equal(t, exitConverged, code, "%s%s", stdout, stderr)
		require.Contains(t, stdout, "service openvpn-server@trip.service")
		return strings.Contains(stdout, "changed  service openvpn-server@trip.service")
	}
	require.False(t, restarts(16))
	require.True(t, restarts(17))
}

// A device whose number has changed is disconnected, and admitted when it reconnects.
func TestRenumberedDeviceReconnects(t *testing.T) {
	authority := spectest.New(t)
	s := authority.Spec(t, "laptop", "phone")
	m := freshMachine(t)
	requireConverges(t, m, s)
	require.NoError(t, m.Connect("trip", "laptop"))
	require.NoError(t, m.Connect("trip", "phone"))
	s.Identity.Clients[1].Number = 77
	code, stdout, _ := runOn(t, m, s, "plan")
	require.Equal(t, exitDiffers, code)
	require.Contains(t, stdout, `entries of /etc/openvpn/server/trip/clients: "phone": content differs`)
	requireConverges(t, m, s)
	require.Equal(t, []string{"laptop"}, m.Connected("trip"))

	steps, err := stepsFor(s)
	require.NoError(t, err)
	require.NoError(t, m.Connect("trip", "phone"))
	for _, step := range steps {
		change, err := step.Check(context.Background(), host.NewReader(m.Root, m))
		require.NoError(t, err)
		require.True(t, change.None(), "%s: %v", step.Name(), change.Reasons)
	}
}
