package spec_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
	"tripvpn/internal/spec/spectest"
)

func TestRoundTrip(t *testing.T) {
	whole := spectest.New(t).Spec(t, "laptop", "phone")
	network := whole
	network.Identity = nil
	for _, s := range []spec.Spec{whole, network} {
		data, err := s.Encode()
		require.NoError(t, err)
		got, err := spec.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		require.Equal(t, s, got)
	}
}

func TestDecodeRefusesInvalidInput(t *testing.T) {
	s := spectest.New(t).Spec(t, "laptop")
	data, err := s.Encode()
	require.NoError(t, err)
	whole := string(data)
	for want, text := range map[string]string{
		"there is more after":         whole + whole,
		"more after the JSON":         whole + "}",
		`field "extra" is unknown`:    strings.Replace(whole, "{", `{"extra": 1,`, 1),
		"offset 1: this is not JSON":  "x",
		"it ends too early":           whole[:len(whole)/2],
		`field "listeners.port" must`: strings.Replace(whole, `"port": 1194`, `"port": "hunter2"`, 1),
		"malformed value":             strings.Replace(whole, "10.8.0.0/24", "hunter2", 1),
		`version "1": this host`:      strings.Replace(whole, fmt.Sprintf(`"version": %d`, spec.Version), `"version": 1`, 1),
		"or one of its fields has":    strings.Replace(whole, `"notAfter": "2`, `"notAfter": "hunter2`, 1),
	} {
		_, err := spec.Decode(strings.NewReader(text))
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hunter2")
		requireSilent(t, err, s)
	}
}

// optional are the paths of the fields whose zero value is valid, and means none.
var optional = map[string]bool{}

// A missing field has its zero value, which is valid only for an optional field.
func TestEveryFieldIsRequired(t *testing.T) {
	s := spectest.New(t).Spec(t, "laptop")
	data, err := s.Encode()
	require.NoError(t, err)
	for _, path := range append([]string{"version", "trip", "listeners", "logs", "maintenance"}, fieldsOf(t, data, "identity")...) {
		if optional[path] {
			continue
		}
		var tree map[string]any
		require.NoError(t, json.Unmarshal(data, &tree))
		parent, field := tree, path
		if group, name, nested := strings.Cut(path, "."); nested {
			parent, field = tree[group].(map[string]any), name
		}
		delete(parent, field)
		without, err := json.Marshal(tree)
		require.NoError(t, err)
		_, err = spec.Decode(bytes.NewReader(without))
		require.ErrorContains(t, err, path, "without %s", path)
		requireSilent(t, err, s)
	}
}

// fieldsOf returns the paths of a group's fields: "identity.style".
func fieldsOf(t *testing.T, data []byte, group string) []string {
	t.Helper()
	var tree map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &tree))
	var fields map[string]any
	require.NoError(t, json.Unmarshal(tree[group], &fields))
	require.NotEmpty(t, fields)
	var paths []string
	for name := range fields {
		paths = append(paths, group+"."+name)
	}
	return paths
}

func TestValidateNamesFieldAndFix(t *testing.T) {
	authority, stranger := spectest.New(t), spectest.New(t)
	for want, spoil := range map[string]func(*spec.Spec){
		`listeners[0].port "0"`:                                             func(s *spec.Spec) { s.Listeners[0].Port = 0 },
		`listeners[0].subnet "10.8.0.1/24"`:                                 func(s *spec.Spec) { s.Listeners[0].Subnet = netip.MustParsePrefix("10.8.0.1/24") },
		"the network is 10.8.0.0/24":                                        func(s *spec.Spec) { s.Listeners[0].Subnet = netip.MustParsePrefix("10.8.0.1/24") },
		`listeners[0].subnet "10.0.0.0/15"`:                                 func(s *spec.Spec) { s.Listeners[0].Subnet = netip.MustParsePrefix("10.0.0.0/15") },
		`listeners[0].subnet "10.8.0.0/29"`:                                 func(s *spec.Spec) { s.Listeners[0].Subnet = netip.MustParsePrefix("10.8.0.0/29") },
		`listeners[0].subnet "fd00:8::/64"`:                                 func(s *spec.Spec) { s.Listeners[0].Subnet = s.Listeners[0].Subnet6 },
		`listeners[0].subnet6 "10.8.0.0/24"`:                                func(s *spec.Spec) { s.Listeners[0].Subnet6 = s.Listeners[0].Subnet },
		`listeners[0].subnet6 "2001:db8::/64"`:                              func(s *spec.Spec) { s.Listeners[0].Subnet6 = netip.MustParsePrefix("2001:db8::/64") },
		`listeners[0].subnet6 "fd00:8::/48"`:                                func(s *spec.Spec) { s.Listeners[0].Subnet6 = netip.MustParsePrefix("fd00:8::/48") },
		`trip "Trip"`:                                                       func(s *spec.Spec) { s.Trip = "Trip" },
		`maintenance "24:00": it must be a full hour of the day; use 04:00`: func(s *spec.Spec) { s.Maintenance = "24:00" },
		`maintenance "4:00"`:                                                func(s *spec.Spec) { s.Maintenance = "4:00" },
		`logs "month": it is neither week nor none; use week`:               func(s *spec.Spec) { s.Logs = "month" },
		`listeners "[]": a server needs at`:                                 func(s *spec.Spec) { s.Listeners = nil },
		`listeners[0].instance "../x"`:                                      func(s *spec.Spec) { s.Listeners[0].Instance = "../x" },
		`listeners[0].protocol "tcp6": it must be udp or tcp`:               func(s *spec.Spec) { s.Listeners[0].Protocol = "tcp6" },
		`listeners[0].device "tun 0"`:                                       func(s *spec.Spec) { s.Listeners[0].Device = "tun 0" },
		`listeners[0].device "a234567890123456"`:                            func(s *spec.Spec) { s.Listeners[0].Device = "a234567890123456" },
		`identity.dns "[]"`:                                                 func(s *spec.Spec) { s.Identity.DNS = nil },
		`identity.dns[1] "invalid IP"`:                                      func(s *spec.Spec) { s.Identity.DNS[1] = netip.Addr{} },
		`identity.dns[0] "10.0.0.2"`:                                        func(s *spec.Spec) { s.Identity.DNS[0] = netip.MustParseAddr("10.0.0.2") },
		`identity.dns[0] "2001:db8::53%a\nb"`:                               func(s *spec.Spec) { s.Identity.DNS[0] = s.Identity.DNS[1].WithZone("a\nb") },
		`identity.dns[1] "192.0.2.53"`:                                      func(s *spec.Spec) { s.Identity.DNS[1] = s.Identity.DNS[0] },
		`identity.clients "[]": a list is required`:                         func(s *spec.Spec) { s.Identity.Clients = nil },
		`identity.clients[0].notAfter "0001`:                                func(s *spec.Spec) { s.Identity.Clients[0].NotAfter = time.Time{} },
		`identity.dataPath ""`:                                              func(s *spec.Spec) { s.Identity.DataPath = "" },
		`identity.dataPath "kernel"`:                                        func(s *spec.Spec) { s.Identity.DataPath, s.Identity.Style = spec.Kernel, spec.Classic },
		`identity.style "fancy"`:                                            func(s *spec.Spec) { s.Identity.Style = "fancy" },
		`identity.controlChannel.mode "tls"`:                                func(s *spec.Spec) { s.Identity.ControlChannel.Mode = "tls" },
		`identity.clients[1] "laptop": it is listed`:                        func(s *spec.Spec) { s.Identity.Clients = authority.Clients("laptop", "laptop") },
		`identity.clients[0] "../x"`:                                        func(s *spec.Spec) { s.Identity.Clients = authority.Clients("../x") },
		`identity.clients[0] "."`:                                           func(s *spec.Spec) { s.Identity.Clients = authority.Clients(".") },
		`identity.clients[0] "a b"`:                                         func(s *spec.Spec) { s.Identity.Clients = authority.Clients("a b") },
		`identity.clients[0] "DEFAULT"`:                                     func(s *spec.Spec) { s.Identity.Clients = authority.Clients("DEFAULT") },
		`identity.clients[0] "xxxxxxxx`:                                     func(s *spec.Spec) { s.Identity.Clients = authority.Clients(strings.Repeat("x", 65)) },
		`identity.clients[0].number "0": the subnet 10.8.0.0/24`:            func(s *spec.Spec) { s.Identity.Clients[0].Number = 0 },
		`identity.clients[0].number "1": the subnet 10.8.0.0/24`:            func(s *spec.Spec) { s.Identity.Clients[0].Number = 1 },
		`the numbers 2 to 254; use a larger subnet`:                         func(s *spec.Spec) { s.Identity.Clients[0].Number = 255 },
		`identity.clients[1].number "2": it is the number of "lap`: func(s *spec.Spec) {
			s.Identity.Clients = authority.Clients("laptop", "phone")
			s.Identity.Clients[1].Number = 2
		},
		`identity.clients[13].number "15": the subnet 10.8.0.0/28`: func(s *spec.Spec) {
			s.Listeners[0].Subnet, s.Identity.Clients = netip.MustParsePrefix("10.8.0.0/28"), authority.Clients(names(14)...)
		},
		"the server certificate is not signed":            func(s *spec.Spec) { s.Identity.CA = stranger.Intermediate() + stranger.Root() },
		"it is not the key of identity.certificate":       func(s *spec.Spec) { s.Identity.Key = authority.Spec(t, "x").Identity.Key },
		`identity.key "[secret]": it is not just one PEM`: func(s *spec.Spec) { s.Identity.Key = "x" + s.Identity.Key },
		"expected 2 PEM block(s), found 1":                func(s *spec.Spec) { s.Identity.CA = authority.Root() },
		`identity.revoked[1] "../x": it is not a serial`:  func(s *spec.Spec) { s.Identity.Revoked = []string{"1", "../x"} },
		`identity.revoked[0] "-1"`:                        func(s *spec.Spec) { s.Identity.Revoked = []string{"-1"} },
		`identity.revoked[0] "01"`:                        func(s *spec.Spec) { s.Identity.Revoked = []string{"01"} },
		"it is not a server key for":                      func(s *spec.Spec) { s.Identity.ControlChannel.Key = s.Identity.Key },
		`identity.controlChannel.key "[secret]"`:          func(s *spec.Spec) { s.Identity.ControlChannel.Mode = controlchannel.TLSAuth },
		"after its issuer \"intermediate\"":               func(s *spec.Spec) { outlive(t, authority, s) },
	} {
		s := authority.Spec(t, "laptop")
		require.NoError(t, s.Validate())
		spoil(&s)
		err := s.Validate()
		require.ErrorContains(t, err, want)
		requireSilent(t, err, s)
	}
}

// Listeners must not conflict; the problem contains the paths of both.
func TestListenersDoNotConflict(t *testing.T) {
	s := spectest.New(t).Spec(t, "laptop")
	s.Listeners = []spec.Listener{spectest.First, spectest.Second}
	require.NoError(t, s.Validate())
	s.Listeners[1].Port = spectest.First.Port
	require.NoError(t, s.Validate(), "each protocol has its own ports")
	s.Listeners[1].Subnet, s.Listeners[1].Subnet6 = spectest.First.Subnet, spectest.First.Subnet6
	require.NoError(t, s.Validate(), "a device may have the same addresses at all listeners")
	for want, conflict := range map[string]func(*spec.Listener){
		`listeners[1].instance "trip": it conflicts with listeners[0].instance`: func(l *spec.Listener) { l.Instance = spectest.First.Instance },
		`listeners[1].port "1194"`: func(l *spec.Listener) {
			l.Port, l.Protocol = spectest.First.Port, spectest.First.Protocol
		},
		`listeners[1].device "tripvpn0"`:      func(l *spec.Listener) { l.Device = spectest.First.Device },
		`listeners[1].subnet "10.8.0.128/25"`: func(l *spec.Listener) { l.Subnet = netip.MustParsePrefix("10.8.0.128/25") },
		`listeners[1].subnet "10.8.0.0/16"`:   func(l *spec.Listener) { l.Subnet = netip.MustParsePrefix("10.8.0.0/16") },
		`listeners[1].subnet "10.9.0.1/24"`:   func(l *spec.Listener) { l.Subnet = netip.MustParsePrefix("10.9.0.1/24") },
		"the subnet 10.9.0.0/28 has addresses": func(l *spec.Listener) {
			l.Subnet = netip.MustParsePrefix("10.9.0.0/28")
			s.Identity.Clients[0].Number = 77
		},
	} {
		second := spectest.Second
		conflict(&second)
		s.Listeners = []spec.Listener{spectest.First, second}
		require.ErrorContains(t, s.Validate(), want)
	}
}

// A listener's missing field has its zero value, which is not valid.
func TestEveryFieldOfAListenerIsRequired(t *testing.T) {
	for field := range reflect.TypeFor[spec.Listener]().NumField() {
		s := spectest.New(t).Spec(t, "laptop")
		l := reflect.ValueOf(&s.Listeners[0]).Elem()
		l.Field(field).SetZero()
		name, _, _ := strings.Cut(l.Type().Field(field).Tag.Get("json"), ",")
		require.ErrorContains(t, s.Validate(), "listeners[0]."+name)
	}
}

// outlive gives the server a leaf that ends after the intermediate.
func outlive(t *testing.T, a *spectest.Authority, s *spec.Spec) {
	t.Helper()
	longer := *a
	longer.NotAfter = a.NotAfter.Add(time.Second)
	pair := longer.Issue(t, "server", x509.ExtKeyUsageServerAuth)
	s.Identity.Certificate, s.Identity.Key = pair.Certificate, spec.Secret(pair.Key)
}

func TestTheListOfClientsMayBeEmpty(t *testing.T) {
	require.NoError(t, spectest.New(t).Spec(t).Validate())
}

func TestEachModeHasItsOwnKeyFormat(t *testing.T) {
	for _, mode := range []controlchannel.Mode{controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth} {
		s := spectest.New(t).Spec(t, "laptop")
		s.Identity.ControlChannel = spec.ControlChannel{Mode: mode, Key: spectest.ControlChannelKey(t, mode)}
		require.NoError(t, s.Validate(), mode)
	}
}

func TestValidateReturnsAllProblems(t *testing.T) {
	err := spec.Spec{Listeners: []spec.Listener{{}}, Identity: &spec.Identity{}}.Validate()
	for _, field := range []string{"version", "trip", "logs", "maintenance", "listeners[0].instance", "listeners[0].protocol", "listeners[0].port",
		"listeners[0].subnet", "listeners[0].subnet6", "listeners[0].device", "identity.dns",
		"identity.clients", "identity.ca, identity.certificate", "identity.key", "identity.style", "identity.dataPath", "identity.controlChannel.mode", "identity.controlChannel.key"} {
		require.ErrorContains(t, err, field+" ")
	}
}

func TestClientsMayFillTheSubnet(t *testing.T) {
	s := spectest.New(t).Spec(t, names(13)...)
	s.Listeners[0].Subnet = netip.MustParsePrefix("10.8.0.0/28")
	require.NoError(t, s.Validate())
}

func TestSecretsDoNotPrint(t *testing.T) {
	s := spectest.New(t).Spec(t, "laptop")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		requireSilent(t, fmt.Errorf(verb, s.Identity.Key), s)
		requireSilent(t, fmt.Errorf(verb, *s.Identity), s)
	}
}

// FuzzDecode checks that Decode does not panic, that no error contains a secret,
// and that an accepted spec survives a round trip.
func FuzzDecode(f *testing.F) {
	s := spectest.New(f).Spec(f, "laptop")
	data, err := s.Encode()
	require.NoError(f, err)
	f.Add(data)
	f.Add(bytes.Replace(data, []byte(`"key"`), []byte(`"Key"`), 1))
	f.Add(bytes.Replace(data, []byte("1194"), []byte("1e3"), 1))
	f.Add([]byte(`{"version": ` + fmt.Sprint(spec.Version) + `, "trip": "a", "logs": "week", "maintenance": "04:00", "listeners": [{"instance": "a", "protocol": "udp", "port": 1194, "subnet": "10.8.0.0/24", "subnet6": "fd00:8::/64", "device": "tun0"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := spec.Decode(bytes.NewReader(data))
		if err != nil {
			requireSilent(t, err, secretsOf(data))
			return
		}
		encoded, err := got.Encode()
		require.NoError(t, err)
		again, err := spec.Decode(bytes.NewReader(encoded))
		require.NoError(t, err)
		reencoded, err := again.Encode()
		require.NoError(t, err)
		require.Equal(t, string(encoded), string(reencoded))
	})
}

// secretsOf returns a spec with only the secrets in data. The fuzzing processes
// have different keys from the process that created the seed corpus.
func secretsOf(data []byte) spec.Spec {
	var loose struct {
		Identity struct {
			Key            string
			ControlChannel struct{ Key string }
		}
	}
	_ = json.Unmarshal(data, &loose) // unreadable data has no secret at a known place
	return spec.Spec{Identity: &spec.Identity{
		Key:            spec.Secret(loose.Identity.Key),
		ControlChannel: spec.ControlChannel{Key: spec.Secret(loose.Identity.ControlChannel.Key)},
	}}
}

func names(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("device-%d", i))
	}
	return all
}

// requireSilent fails if the error quotes any line of a secret's body.
func requireSilent(t *testing.T, err error, s spec.Spec) {
	t.Helper()
	for _, line := range strings.Split(s.Identity.Key.Reveal()+s.Identity.ControlChannel.Key.Reveal(), "\n") {
		if len(line) > 8 && !strings.HasPrefix(line, "-----") {
			require.NotContains(t, err.Error(), line)
		}
	}
}
