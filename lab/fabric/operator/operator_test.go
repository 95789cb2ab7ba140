package operator_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/testenv"
	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/fabric/operator"
	"tripvpn/lab/site"
)

// roleVariable makes this binary a lab of its own, which a test can kill.
const roleVariable = "TVL_OPERATOR_TEST_ROLE"

var roles = map[string]func() int{
	"exits":    func() int { return 7 },
	"waits":    wait,
	"machines": func() int { return max(startMachines(), wait()) },
}

func TestMain(m *testing.M) {
	role := roles[os.Getenv(roleVariable)]
	if role == nil {
		os.Exit(m.Run())
	}
	status, err := operator.Enter(operator.Lab{Inside: role, Outside: site.ServePackages, Waiting: func(string) {}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(status)
}

// wait says its process id and waits for SIGTERM.
func wait() int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	fmt.Println("ready", os.Getpid())
	<-signals
	return 5
}

func startMachines() int {
	ctx := context.Background()
	s, err := site.New(ctx, nil)
	if err == nil {
		err = s.Launch(ctx, ec2.Machine{
			Region: "eu-central-1", ID: "i-doomed", Image: "debian-13",
			Gateway: netip.MustParsePrefix("10.86.0.1/24"), Address: netip.MustParseAddr("10.86.0.10"),
		}, func() {})
	}
	if err == nil {
		_, err = s.Traveller(ctx, "doomed")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// lab is a running lab in processes of its own.
type lab struct {
	outer  *exec.Cmd
	inner  int // process id
	errors bytes.Buffer
}

func start(t *testing.T, role string) *lab {
	t.Helper()
	testenv.Require(t, site.Missing())
	self, err := os.Executable()
	require.NoError(t, err)
	l := &lab{outer: exec.Command(self)}
	l.outer.Env = append(os.Environ(), roleVariable+"="+role)
	l.outer.Stderr = &l.errors
	l.outer.WaitDelay = 30 * time.Second
	stdout, err := l.outer.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, l.outer.Start())
	t.Cleanup(func() {
		l.outer.Process.Kill()
		l.outer.Wait()
		require.NoError(t, operator.HoldAfterSweep(context.Background(), func() {}))
	})
	scanner := bufio.NewScanner(stdout)
	for scanner.Scan() {
		if pid, ok := strings.CutPrefix(scanner.Text(), "ready "); ok {
			l.inner, err = strconv.Atoi(pid)
			require.NoError(t, err)
			return l
		}
	}
	return l
}

// end waits for the outer process and returns its exit status.
func (l *lab) end() int {
	l.outer.Wait()
	return l.outer.ProcessState.ExitCode()
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// traces lists everything that there is of a lab.
func traces(t *testing.T) []string {
	t.Helper()
	var found []string
	names, err := netns.List()
	require.NoError(t, err)
	for _, name := range names {
		for _, prefix := range []string{"tvl-r-", "tvl-h-", "tvl-a-", "tvl-t-", fabric.Operator, fabric.Internet} {
			if strings.HasPrefix(name, prefix) {
				found = append(found, "namespace "+name)
			}
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, "tripvpn-lab") {
			found = append(found, "mount "+line)
		}
	}
	found = append(found, processes(t)...)
	group, err := operator.Group("")
	require.NoError(t, err)
	for _, folder := range []string{operator.DiskFolder, filepath.Join(operator.RunFolder, "i-doomed.notify"), group.Unified()} {
		if _, err := os.Stat(folder); err == nil {
			found = append(found, "folder "+folder)
		}
	}
	return found
}

// requireNoTraces waits a little for what has ended and is not out of the
// kernel's lists yet.
func requireNoTraces(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return len(traces(t)) == 0 }, 5*time.Second, 10*time.Millisecond)
	require.Empty(t, traces(t))
}

// processes lists those in the lab's control group that run. One that has
// ended stays in the list of the kernel until its parent looks after it.
func processes(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cgroup")
	require.NoError(t, err)
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), "/tripvpn-lab/") {
			continue
		}
		status, err := os.ReadFile(filepath.Join(filepath.Dir(file), "status"))
		if err == nil && !strings.Contains(string(status), "\nState:\tZ") {
			found = append(found, "process "+filepath.Base(filepath.Dir(file)))
		}
	}
	return found
}

func TestExitStatusIsPassedOn(t *testing.T) {
	l := start(t, "exits")
	require.Equal(t, 7, l.end(), l.errors.String())
}

func TestSignalsArePassedOn(t *testing.T) {
	l := start(t, "waits")
	require.NoError(t, l.outer.Process.Signal(syscall.SIGTERM))
	require.Equal(t, 5, l.end(), l.errors.String())
	require.False(t, alive(l.inner))
}

func TestNothingIsLeftAfterTheInnerProcessIsKilled(t *testing.T) {
	l := start(t, "machines")
	before := traces(t)
	require.Contains(t, before, "namespace tvl-h-i-doomed", l.errors.String())
	require.Contains(t, before, "namespace tvl-t-doomed")

	require.NoError(t, syscall.Kill(l.inner, syscall.SIGKILL))
	require.Equal(t, 128+int(syscall.SIGKILL), l.end(), l.errors.String())
	require.NoError(t, operator.HoldAfterSweep(t.Context(), func() { requireNoTraces(t) }))
}

func TestCleanRemovesWhatAKilledLabLeft(t *testing.T) {
	l := start(t, "machines")
	require.NoError(t, l.outer.Process.Kill())
	l.end()
	require.Eventually(t, func() bool { return !alive(l.inner) }, 5*time.Second, time.Millisecond, "the inner process dies with the outer one")
	left := strings.Join(traces(t), "\n")
	require.Contains(t, left, "namespace tvl-h-i-doomed")
	require.Contains(t, left, "process ")

	require.NoError(t, operator.HoldAfterSweep(t.Context(), func() { requireNoTraces(t) }))
	require.NoDirExists(t, operator.RunFolder)
}

func TestOneLabAtATime(t *testing.T) {
	l := start(t, "waits")
	err := operator.Clean(t.Context())
	require.ErrorContains(t, err, fmt.Sprintf("another one is running (process %d operator.test", l.outer.Process.Pid))
	require.True(t, alive(l.inner), "a running lab is not cleaned away")
}

func TestDownEndsARunningLab(t *testing.T) {
	l := start(t, "machines")
	ended := make(chan int, 1)
	go func() { ended <- l.end() }()
	require.NoError(t, operator.Down(t.Context()))
	require.Equal(t, 5, <-ended, l.errors.String())
	require.False(t, alive(l.inner))
}

func TestCleanWithNothingToClean(t *testing.T) {
	testenv.Require(t, operator.Missing())
	require.NoError(t, operator.HoldAfterSweep(t.Context(), func() { requireNoTraces(t) }))
}
