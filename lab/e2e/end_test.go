package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

// ending is a trip with a last day.
type ending struct {
	*trip
	anna *device
	day  time.Time // the last day
}

// TestTheEndOfATrip lists the chapters of a trip with a last day.
func TestTheEndOfATrip(t *testing.T) {
	day := time.Now().UTC().AddDate(0, 0, 20).Truncate(24 * time.Hour)
	e := &ending{day: day, trip: newTrip(t, "end", map[string]any{
		"regions": []string{east}, "clients": []string{"anna"}, "until": day.Format("2006-01-02"),
	})}
	inOrder(t, []chapter{
		{"the host has a timer for its end", e.begins},
		{"another last day changes only the date", e.moves},
		{"the end comes while a client is connected", e.ends},
		{"the next update builds a new server for the same profile", e.resumes},
		{"the end comes after a reboot", e.endsAfterReboot},
		{"refresh notices the end", e.refreshes},
		{"the last week has warnings, and a past day is refused", e.warns},
		{"destroy works after the end", e.destroysAfterEnd},
	})
}

func (e *ending) begins(t *testing.T) {
	e.change(t, nil)
	var err error
	e.endpoint, err = e.stack.Text(t.Context(), "endpoint")
	require.NoError(t, err)
	expires, err := e.stack.Text(t.Context(), "expires")
	require.NoError(t, err)
	require.Equal(t, e.day.AddDate(0, 0, 1).Format(time.RFC3339), expires)
	e.anna = e.newDevice(t, "anna")
	e.traveller = e.anna.Traveller
	e.hand(t, e.anna, "anna")
	e.anna.connect(t)
	e.requireTimer(t, e.day.AddDate(0, 0, 1))
}

// requireTimer requires systemd's timer to end the host at that time.
func (e *ending) requireTimer(t *testing.T, at time.Time) {
	t.Helper()
	next, err := e.host(t).Run(t.Context(), "systemctl", "show", "--property=NextElapseUSecRealtime", "--value", "tripvpn-end.timer")
	require.NoError(t, err)
	require.Equal(t, at.Format("Mon 2006-01-02 15:04:05 MST"), strings.TrimSpace(next))
}

func (e *ending) moves(t *testing.T) {
	before, process := e.fingerprints(t), e.serverProcess(t)
	e.day = e.day.AddDate(0, 0, 1)
	changes := e.change(t, map[string]any{"until": e.day.Format("2006-01-02")})
	require.Equal(t, 2, changes["update"], "input of the network's and the VPN's commands: %v", changes)
	require.Zero(t, changes["create"]+changes["delete"]+changes["replace"], "%v", changes)
	require.Equal(t, before, e.fingerprints(t))
	require.Equal(t, process, e.serverProcess(t))
	require.Equal(t, 1, e.anna.connections())
	e.requireTimer(t, e.day.AddDate(0, 0, 1))
}

// bringNear applies the stack's spec on the host with a near end.
func (e *ending) bringNear(t *testing.T, left time.Duration) {
	t.Helper()
	near := e.spec(t)
	near.Until = time.Now().Add(left).UTC().Truncate(time.Second)
	text, err := near.Encode()
	require.NoError(t, err)
	output, code := bootstrap(t, e.host(t), bytes.NewReader(text), "apply", "-spec", "-")
	require.Zero(t, code, output)
}

// awaitEnd waits until the account lists the instance as terminated by itself.
func (e *ending) awaitEnd(t *testing.T, id string) {
	t.Helper()
	backend, err := e.world.Cloud.Region(east)
	require.NoError(t, err)
	eventually(t, 3*time.Minute, func() error {
		instance, err := backend.DescribeInstance(id)
		if err == nil && instance.State != ec2.Terminated {
			err = fmt.Errorf("the instance is %s", instance.State)
		}
		return err
	})
	instance, err := backend.DescribeInstance(id)
	require.NoError(t, err)
	require.Equal(t, ec2.InstanceInitiated, instance.Reason)
}

func (e *ending) instance(t *testing.T) string {
	t.Helper()
	for _, line := range e.world.Cloud.Inventory() {
		if id, ok := strings.CutPrefix(line, east+" "); ok && strings.HasPrefix(id, "i-") {
			return id
		}
	}
	t.Fatal("the account has no instance")
	return ""
}

// goodBye is the client's log line after the server's exit notification.
const goodBye = "SIGUSR1[soft,server-pushed-connection-reset]"

func (e *ending) ends(t *testing.T) {
	e.forget()
	require.NotContains(t, e.anna.session.Log(), goodBye)
	id := e.instance(t)
	require.NoError(t, e.looksLikeTheServer(t))
	// A shutdown inhibitor, such as apt's, must not delay the end.
	_, err := e.host(t).Run(t.Context(), "systemd-run", "--unit=inhibitor",
		"systemd-inhibit", "--what=shutdown", "--mode=block", "--who=test", "--why=test", "sleep", "infinity")
	require.NoError(t, err)
	eventually(t, 10*time.Second, func() error {
		list, err := e.host(t).Run(t.Context(), "systemd-inhibit", "--list")
		if err == nil && !strings.Contains(list, "shutdown test") {
			err = fmt.Errorf("nothing inhibits a shutdown: %s", list)
		}
		return err
	})
	e.bringNear(t, 25*time.Second)
	e.awaitEnd(t, id)
	// Only the address and free resources remain.
	left := strings.Join(e.world.Cloud.Inventory(), "\n")
	require.NotContains(t, left, " i-")
	require.Equal(t, 1, strings.Count(left, "eipalloc-"), left)
	require.NoError(t, e.anna.session.AwaitLog(within(t, 10*time.Second), goodBye))
}

// resumes needs no refresh: every update begins with one.
func (e *ending) resumes(t *testing.T) {
	before := e.fingerprints(t)
	changes := e.change(t, nil)
	require.NotZero(t, changes["create"], "%v", changes)
	require.Equal(t, before, e.fingerprints(t))
	eventually(t, 2*time.Minute, func() error { return e.looksLikeTheServer(t) })
	e.requireHidden(t, e.anna)
}

func (e *ending) endsAfterReboot(t *testing.T) {
	id := e.instance(t)
	e.bringNear(t, 75*time.Second)
	require.NoError(t, e.host(t).Reboot(within(t, time.Minute)))
	backend, err := e.world.Cloud.Region(east)
	require.NoError(t, err)
	instance, err := backend.DescribeInstance(id)
	require.NoError(t, err)
	require.Equal(t, ec2.Running, instance.State, "a reboot is not the end")
	e.awaitEnd(t, id)
	e.anna.disconnect(t)
}

func (e *ending) refreshes(t *testing.T) {
	_, err := e.stack.Refresh(t.Context())
	require.NoError(t, err)
	resources, err := e.stack.Resources(t.Context())
	require.NoError(t, err)
	joined := strings.Join(resources, "\n")
	require.NotContains(t, joined, "Instance::")
	require.NotContains(t, joined, "EipAssociation::")
	require.Contains(t, joined, "Eip::", "the address is kept for the next server")
	e.change(t, nil)
	e.anna.connect(t)
	require.NoError(t, e.looksLikeTheServer(t))
	e.anna.disconnect(t)
}

func (e *ending) warns(t *testing.T) {
	defer func() { e.world.Now = time.Now }()
	end := e.day.AddDate(0, 0, 1)
	e.world.Now = func() time.Time { return end.Add(-100 * time.Hour) }
	require.NotContains(t, e.log.String(), "the trip ends in")
	_, err := e.stack.Up(t.Context())
	require.NoError(t, err)
	require.Contains(t, e.log.String(), "the trip ends in 100 hours")

	e.world.Now = func() time.Time { return end }
	_, err = e.stack.Up(t.Context())
	require.ErrorContains(t, err, "tripvpn:until: "+`"`+e.day.Format("2006-01-02")+`" is over`)
	require.ErrorContains(t, err, "set a later day, which builds a new server for the same profiles: pulumi config set tripvpn:until")
	require.ErrorContains(t, err, "or end the trip: pulumi destroy")
}

func (e *ending) destroysAfterEnd(t *testing.T) {
	id := e.instance(t)
	e.bringNear(t, 20*time.Second)
	e.awaitEnd(t, id)
	e.destroys(t)
}
