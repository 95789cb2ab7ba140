package e2e

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
	"tripvpn/lab/machine"
)

// survivesFaults damages the host in several ways while a device is connected.
func (c *trip) survivesFaults(t *testing.T) {
	anna := c.newDevice(t, "anna")
	defer func() { require.NoError(t, anna.Remove(t.Context())) }()
	c.hand(t, anna, "darrell")
	anna.connect(t)
	for _, fault := range []chapter{
		{"all rules are flushed", func(t *testing.T) { c.losesRules(t, anna) }},
		{"forwarding is switched off", func(t *testing.T) { c.losesForwarding(t, anna) }},
		{"a rule of another program drops packets", c.losesTranslation},
		{"a spec that the host must not take", func(t *testing.T) { c.refusesSpecs(t, anna) }},
		{"two runs at the same time", c.appliesTwice},
		{"all files are removed", func(t *testing.T) { c.losesFiles(t, `rm "$file"`) }},
		{"all files are cut off", func(t *testing.T) { c.losesFiles(t, `truncate --size=$(($(stat --format=%s "$file") / 2)) "$file"`) }},
		{"OpenVPN is killed ten times", c.restartsKilled},
	} {
		if !part(t, fault.name, fault.test) {
			t.FailNow()
		}
	}
	// The device notices after 45 seconds of silence that its server was killed.
	eventually(t, time.Minute, func() error { return anna.seenAs(t.Context(), c.endpoint) })
	anna.disconnect(t)
}

// requireRepaired requires that verify names each problem, and that apply repairs them.
func (c *trip) requireRepaired(t *testing.T, problems ...string) {
	t.Helper()
	host := c.host(t)
	output, code := bootstrap(t, host, nil, "verify")
	require.Equal(t, 2, code, output)
	for _, problem := range problems {
		require.Contains(t, output, problem)
	}
	output, code = bootstrap(t, host, nil, "apply")
	require.Zero(t, code, output)
	output, code = bootstrap(t, host, nil, "verify")
	require.Zero(t, code, output)
}

func (c *trip) losesRules(t *testing.T, anna *device) {
	_, err := c.host(t).Run(t.Context(), "sh", "-euc", "for tool in iptables ip6tables; do $tool -F; $tool -t nat -F; done")
	require.NoError(t, err)
	require.Error(t, anna.seenAs(t.Context(), c.endpoint), "packets are not translated")
	c.requireRepaired(t, "iptables-save: ", "ip6tables-save: ")
	eventually(t, 10*time.Second, func() error { return anna.seenAs(t.Context(), c.endpoint) })
}

func (c *trip) losesForwarding(t *testing.T, anna *device) {
	_, err := c.host(t).Run(t.Context(), "sysctl", "--write", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0")
	require.NoError(t, err)
	require.Error(t, anna.seenAs(t.Context(), c.endpoint), "packets are not forwarded")
	c.requireRepaired(t, "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")
	eventually(t, 10*time.Second, func() error { return anna.seenAs(t.Context(), c.endpoint) })
}

// losesTranslation adds rules that the host binary does not look for. Only traffic shows
// them.
func (c *trip) losesTranslation(t *testing.T) {
	l := c.spec(t).Listeners[0]
	rules := func(action string) {
		_, err := c.host(t).Run(t.Context(), "sh", "-euc", `
iptables -t mangle "$1" POSTROUTING -s "$2" -j DROP
ip6tables -t mangle "$1" POSTROUTING -s "$3" -j DROP`, "sh", action, l.Subnet.String(), l.Subnet6.String())
		require.NoError(t, err)
	}
	rules("-A")
	output, code := bootstrap(t, c.host(t), nil, "verify")
	require.Equal(t, 2, code, output)
	for _, family := range []string{"IPv4", "IPv6"} {
		require.Regexp(t, "devices do not reach the Internet over "+family+`: the resolvers of devices, .+, answer this host, but not `, output)
	}
	require.Equal(t, 2, strings.Count(output, "FAILED"), output)
	rules("-D")
	output, code = bootstrap(t, c.host(t), nil, "verify")
	require.Zero(t, code, output)
}

// refusesSpecs sends specs that are damaged, or that no server can work with. The host
// changes nothing.
func (c *trip) refusesSpecs(t *testing.T, anna *device) {
	anna.download(t)
	defer anna.stream.Close()
	whole, err := c.spec(t).Encode()
	require.NoError(t, err)
	exchanged := c.spec(t)
	identity := *exchanged.Identity
	identity.Key = spec.Secret(spectest.New(t).Issue(t, "darrell-server", x509.ExtKeyUsageServerAuth).Key)
	exchanged.Identity = &identity
	mismatched, err := exchanged.Encode()
	require.NoError(t, err)
	for name, refused := range map[string]struct {
		spec   []byte
		reason string
	}{
		"of a newer version":                  {newer(t, whole), "version"},
		"cut off":                             {whole[:len(whole)/2], "decoding spec"},
		"with a certificate of another key":   {mismatched, "key"},
		"with something after it":             {append(bytes.Clone(whole), whole...), "there is more after the JSON object"},
		"that lacks a field, as an older one": {bytes.Replace(whole, []byte(`"listeners"`), []byte(`"ports"`), 1), "decoding spec"},
	} {
		part(t, name, func(t *testing.T) {
			output, code := bootstrap(t, c.host(t), bytes.NewReader(refused.spec), "apply", "-spec", "-")
			require.Equal(t, 1, code, output)
			require.Contains(t, output, refused.reason)
			c.needles.requireNone(t, "the refusal", output)
			output, code = bootstrap(t, c.host(t), nil, "plan")
			require.Zero(t, code, output)
			anna.requireUndisturbed(t, "anna")
		})
	}
}

// newer is the spec with the next version.
func newer(t *testing.T, text []byte) []byte {
	t.Helper()
	now, next := fmt.Sprintf(`"version": %d,`, spec.Version), fmt.Sprintf(`"version": %d,`, spec.Version+1)
	require.Contains(t, string(text), now)
	return bytes.Replace(text, []byte(now), []byte(next), 1)
}

func (c *trip) appliesTwice(t *testing.T) {
	_, err := c.host(t).Run(t.Context(), "sh", "-euc", "echo 'verb 11' >>/etc/openvpn/server/darrell.conf")
	require.NoError(t, err)
	var runs sync.WaitGroup
	for range 2 {
		runs.Go(func() {
			output, err := c.host(t).Command(t.Context(), hostBinary, "apply").CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
	runs.Wait()
	output, code := bootstrap(t, c.host(t), nil, "plan")
	require.Zero(t, code, output)
}

// files are the files that the spec describes, without the kept spec itself.
func files(t *testing.T, host *machine.Machine) []string {
	t.Helper()
	output, code := bootstrap(t, host, nil, "plan", "-json")
	require.Zero(t, code, output)
	var report struct {
		Steps []struct{ Name string }
	}
	require.NoError(t, json.Unmarshal([]byte(output), &report))
	var paths []string
	for _, step := range report.Steps {
		found := regexp.MustCompile(`^(?:file|sysctl|tmpfiles) (/\S+)$`).FindStringSubmatch(step.Name)
		if found != nil && found[1] != "/etc/tripvpn/spec.json" {
			paths = append(paths, found[1])
		}
	}
	return paths
}

// losesFiles runs a command for each file that the spec describes.
func (c *trip) losesFiles(t *testing.T, command string) {
	paths := files(t, c.host(t))
	require.Greater(t, len(paths), 20)
	_, err := c.host(t).Run(t.Context(), append([]string{"sh", "-euc", `for file; do ` + command + `; done`, "sh"}, paths...)...)
	require.NoError(t, err)
	c.requireRepaired(t, paths...)
}

// restartsKilled kills OpenVPN as soon as it runs again.
func (c *trip) restartsKilled(t *testing.T) {
	for range 10 {
		process := c.serverProcess(t)
		_, err := c.host(t).Run(t.Context(), "kill", "-KILL", process)
		require.NoError(t, err)
		eventually(t, 20*time.Second, func() error {
			if now := c.mainProcess(t); now == "0" || now == process {
				return fmt.Errorf("its process is %s", now)
			}
			return nil
		})
	}
	output, code := bootstrap(t, c.host(t), nil, "verify")
	require.Zero(t, code, output)
}
