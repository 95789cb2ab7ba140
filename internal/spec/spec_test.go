package spec_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/netip"
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
	network.VPN = nil
	for _, s := range []spec.Spec{whole, network} {
		data, err := s.Encode()
		require.NoError(t, err)
		got, err := spec.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		require.Equal(t, s, got)
	}
}

func TestDecodeRefusesWhatItWouldIgnore(t *testing.T) {
	s := spectest.New(t).Spec(t, "laptop")
	data, err := s.Encode()
	require.NoError(t, err)
	whole := string(data)
	for want, text := range map[string]string{
		"there is more behind":        whole + whole,
		"more behind the JSON":        whole + "}",
		`field "extra" is unknown`:    strings.Replace(whole, "{", `{"extra": 1,`, 1),
		"offset 1: this is not JSON":  "x",
		"it ends too early":           whole[:len(whole)/2],
		`field "network.port" has to`: strings.Replace(whole, `"port": 1194`, `"port": "hunter2"`, 1),
		"malformed value":             strings.Replace(whole, "10.8.0.0/24", "hunter2", 1),
		`version "1": this host`:      strings.Replace(whole, `"version": 3`, `"version": 1`, 1),
		"or one of its fields has":    strings.Replace(whole, `"notAfter": "2`, `"notAfter": "hunter2`, 1),
	} {
		_, err := spec.Decode(strings.NewReader(text))
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hunter2")
		requireSilent(t, err, s)
	}
}

// A field that is not there has its zero value, and no zero value is valid.
func TestEveryFieldIsRequired(t *testing.T) {
	s := spectest.New(t).Spec(t, "laptop")
	data, err := s.Encode()
	require.NoError(t, err)
	for _, path := range []string{"version", "network", "network.subnet", "network.subnet6", "network.port", "vpn.name",
		"vpn.style", "vpn.dns", "vpn.clients", "vpn.ca", "vpn.certificate", "vpn.key", "vpn.crls", "vpn.controlChannel"} {
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

func TestValidateNamesFieldAndFix(t *testing.T) {
	authority, stranger := spectest.New(t), spectest.New(t)
	for want, spoil := range map[string]func(*spec.Spec){
		`network.port "0"`:                                  func(s *spec.Spec) { s.Network.Port = 0 },
		`network.subnet "10.8.0.1/24"`:                      func(s *spec.Spec) { s.Network.Subnet = netip.MustParsePrefix("10.8.0.1/24") },
		"write 10.8.0.0/24":                                 func(s *spec.Spec) { s.Network.Subnet = netip.MustParsePrefix("10.8.0.1/24") },
		`network.subnet "10.0.0.0/15"`:                      func(s *spec.Spec) { s.Network.Subnet = netip.MustParsePrefix("10.0.0.0/15") },
		`network.subnet "10.8.0.0/29"`:                      func(s *spec.Spec) { s.Network.Subnet = netip.MustParsePrefix("10.8.0.0/29") },
		`network.subnet "fd00:8::/64"`:                      func(s *spec.Spec) { s.Network.Subnet = s.Network.Subnet6 },
		`network.subnet6 "10.8.0.0/24"`:                     func(s *spec.Spec) { s.Network.Subnet6 = s.Network.Subnet },
		`network.subnet6 "2001:db8::/64"`:                   func(s *spec.Spec) { s.Network.Subnet6 = netip.MustParsePrefix("2001:db8::/64") },
		`network.subnet6 "fd00:8::/48"`:                     func(s *spec.Spec) { s.Network.Subnet6 = netip.MustParsePrefix("fd00:8::/48") },
		`vpn.name "Trip"`:                                   func(s *spec.Spec) { s.VPN.Name = "Trip" },
		`vpn.name "../x"`:                                   func(s *spec.Spec) { s.VPN.Name = "../x" },
		`vpn.dns "[]"`:                                      func(s *spec.Spec) { s.VPN.DNS = nil },
		`vpn.dns[1] "invalid IP"`:                           func(s *spec.Spec) { s.VPN.DNS[1] = netip.Addr{} },
		`vpn.dns[0] "10.0.0.2"`:                             func(s *spec.Spec) { s.VPN.DNS[0] = netip.MustParseAddr("10.0.0.2") },
		`vpn.dns[0] "2001:db8::53%a\nb"`:                    func(s *spec.Spec) { s.VPN.DNS[0] = s.VPN.DNS[1].WithZone("a\nb") },
		`vpn.dns[1] "192.0.2.53"`:                           func(s *spec.Spec) { s.VPN.DNS[1] = s.VPN.DNS[0] },
		`vpn.clients "[]": a list is needed`:                func(s *spec.Spec) { s.VPN.Clients = nil },
		`vpn.clients[0].notAfter "0001`:                     func(s *spec.Spec) { s.VPN.Clients[0].NotAfter = time.Time{} },
		`vpn.style "fancy"`:                                 func(s *spec.Spec) { s.VPN.Style = "fancy" },
		`vpn.controlChannel.mode "tls"`:                     func(s *spec.Spec) { s.VPN.ControlChannel.Mode = "tls" },
		`vpn.clients[1] "laptop": it is listed`:             func(s *spec.Spec) { s.VPN.Clients = authority.Clients("laptop", "laptop") },
		`vpn.clients[0] "../x"`:                             func(s *spec.Spec) { s.VPN.Clients = authority.Clients("../x") },
		`vpn.clients[0] "."`:                                func(s *spec.Spec) { s.VPN.Clients = authority.Clients(".") },
		`vpn.clients[0] "a b"`:                              func(s *spec.Spec) { s.VPN.Clients = authority.Clients("a b") },
		`vpn.clients[0] "DEFAULT"`:                          func(s *spec.Spec) { s.VPN.Clients = authority.Clients("DEFAULT") },
		`vpn.clients[0] "xxxxxxxx`:                          func(s *spec.Spec) { s.VPN.Clients = authority.Clients(strings.Repeat("x", 65)) },
		`vpn.clients[0].number "0": the subnet 10.8.0.0/24`: func(s *spec.Spec) { s.VPN.Clients[0].Number = 0 },
		`vpn.clients[0].number "1": the subnet 10.8.0.0/24`: func(s *spec.Spec) { s.VPN.Clients[0].Number = 1 },
		`the numbers 2 to 254; use a larger subnet`:         func(s *spec.Spec) { s.VPN.Clients[0].Number = 255 },
		`vpn.clients[1].number "2": it is the number of "lap`: func(s *spec.Spec) {
			s.VPN.Clients = authority.Clients("laptop", "phone")
			s.VPN.Clients[1].Number = 2
		},
		`vpn.clients[13].number "15": the subnet 10.8.0.0/28`: func(s *spec.Spec) {
			s.Network.Subnet, s.VPN.Clients = netip.MustParsePrefix("10.8.0.0/28"), authority.Clients(names(14)...)
		},
		"the server certificate is not signed":       func(s *spec.Spec) { s.VPN.CA = stranger.Intermediate() + stranger.Root() },
		"it is not the key of vpn.certificate":       func(s *spec.Spec) { s.VPN.Key = authority.Spec(t, "x").VPN.Key },
		`vpn.key "[secret]": it is not just one PEM`: func(s *spec.Spec) { s.VPN.Key = "x" + s.VPN.Key },
		"there are 1 of them, not 2":                 func(s *spec.Spec) { s.VPN.CA = authority.Root() },
		"the first CRL is not signed":                func(s *spec.Spec) { s.VPN.CRLs = stranger.CRLs(t) },
		"it is not a server key for":                 func(s *spec.Spec) { s.VPN.ControlChannel.Key = s.VPN.Key },
		`vpn.controlChannel.key "[secret]"`:          func(s *spec.Spec) { s.VPN.ControlChannel.Mode = controlchannel.TLSAuth },
		"after its issuer \"intermediate\"":          func(s *spec.Spec) { outlive(t, authority, s) },
	} {
		s := authority.Spec(t, "laptop")
		require.NoError(t, s.Validate())
		spoil(&s)
		err := s.Validate()
		require.ErrorContains(t, err, want)
		requireSilent(t, err, s)
	}
}

// outlive gives the server a leaf that ends after the intermediate.
func outlive(t *testing.T, a *spectest.Authority, s *spec.Spec) {
	t.Helper()
	longer := *a
	longer.NotAfter = a.NotAfter.Add(time.Second)
	pair := longer.Issue(t, "server", x509.ExtKeyUsageServerAuth)
	s.VPN.Certificate, s.VPN.Key = pair.Certificate, spec.Secret(pair.Key)
}

func TestAServerMayHaveLostAllItsClients(t *testing.T) {
	require.NoError(t, spectest.New(t).Spec(t).Validate())
}

func TestEachModeHasAKeyOfItsForm(t *testing.T) {
	for _, mode := range []controlchannel.Mode{controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth} {
		s := spectest.New(t).Spec(t, "laptop")
		s.VPN.ControlChannel = spec.ControlChannel{Mode: mode, Key: spectest.ControlChannelKey(t, mode)}
		require.NoError(t, s.Validate(), mode)
	}
}

func TestValidateTellsEverythingAtOnce(t *testing.T) {
	err := spec.Spec{VPN: &spec.VPN{}}.Validate()
	for _, field := range []string{"version", "network.port", "network.subnet", "network.subnet6", "vpn.name", "vpn.dns",
		"vpn.clients", "vpn.ca, vpn.certificate, vpn.crls", "vpn.key", "vpn.style", "vpn.controlChannel.mode", "vpn.controlChannel.key"} {
		require.ErrorContains(t, err, field+" ")
	}
}

func TestRoomIsFullNotOverfull(t *testing.T) {
	s := spectest.New(t).Spec(t, names(13)...)
	s.Network.Subnet = netip.MustParsePrefix("10.8.0.0/28")
	require.NoError(t, s.Validate())
}

func TestSecretsDoNotPrint(t *testing.T) {
	s := spectest.New(t).Spec(t, "laptop")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		requireSilent(t, fmt.Errorf(verb, s.VPN.Key), s)
		requireSilent(t, fmt.Errorf(verb, *s.VPN), s)
	}
}

// FuzzDecode: whatever is read, it does not panic, no error holds a secret,
// and what is accepted is understood wholly.
func FuzzDecode(f *testing.F) {
	s := spectest.New(f).Spec(f, "laptop")
	data, err := s.Encode()
	require.NoError(f, err)
	f.Add(data)
	f.Add(bytes.Replace(data, []byte(`"key"`), []byte(`"Key"`), 1))
	f.Add(bytes.Replace(data, []byte("1194"), []byte("1e3"), 1))
	f.Add([]byte(`{"version": 2, "network": {"subnet": "10.8.0.0/24", "subnet6": "fd00:8::/64", "port": 1194}}`))
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

// secretsOf returns a spec that holds what data has where secrets belong. The
// processes that fuzz have other keys than the one that made the seeds.
func secretsOf(data []byte) spec.Spec {
	var loose struct {
		VPN struct {
			Key            string
			ControlChannel struct{ Key string }
		}
	}
	_ = json.Unmarshal(data, &loose) // what cannot be read has no secret at a known place
	return spec.Spec{VPN: &spec.VPN{
		Key:            spec.Secret(loose.VPN.Key),
		ControlChannel: spec.ControlChannel{Key: spec.Secret(loose.VPN.ControlChannel.Key)},
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
	for _, line := range strings.Split(s.VPN.Key.Reveal()+s.VPN.ControlChannel.Key.Reveal(), "\n") {
		if len(line) > 8 && !strings.HasPrefix(line, "-----") {
			require.NotContains(t, err.Error(), line)
		}
	}
}
