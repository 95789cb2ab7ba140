package vpn

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"tripvpn/internal/golden"
	"tripvpn/internal/spec"
)

var twoRegions = map[string]any{
	"name":    "darrell",
	"regions": []string{"us-east-1", "eu-west-1"},
	"clients": []string{"laptop", "phone"},
	"domain":  "vpn.example.org",
	"zone":    "example.org",

	"handOver": true,
}

// The golden contains the type, name and parent of every resource. If one of them
// changes, the engine replaces the resource in every stack.
func TestProgramRegistersTheseResources(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		var lines strings.Builder
		for _, r := range cloud.resources {
			fmt.Fprintf(&lines, "%s %s < %s\n", r.GetType(), r.GetName(), nameOf(r.GetParent()))
		}
		golden.Require(t, "resources.golden", lines.String())
	})
}

func TestNoTwoResourcesShareAURN(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		seen := map[string]bool{}
		for _, r := range cloud.resources {
			urn := urnOf(r.RegisterResourceRequest)
			require.False(t, seen[urn], "two resources have the URN %s", urn)
			seen[urn] = true
		}
	})
}

// Keys are known only in an update; the next test covers previews.
func TestEveryInputWithAKeyIsSecret(t *testing.T) {
	cloud, err := runProgram(t, false, twoRegions)
	require.NoError(t, err)
	for _, r := range cloud.resources {
		requireNoPlainKey(t, r.GetType()+" "+r.GetName(), resource.NewObjectProperty(r.Inputs))
	}
}

// In a preview keys are unknown, so this test finds their inputs by name.
func TestInputsThatContainKeysAreMarkedSecret(t *testing.T) {
	carriers := map[string]string{
		"tls:index/certRequest:CertRequest":             "privateKeyPem",
		"tls:index/selfSignedCert:SelfSignedCert":       "privateKeyPem",
		"tls:index/locallySignedCert:LocallySignedCert": "caPrivateKeyPem",
		"aws:ec2/instance:Instance":                     "userData",
	}
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		found := 0
		for _, r := range cloud.resources {
			if input, carries := carriers[r.GetType()]; carries {
				require.True(t, r.Inputs[resource.PropertyKey(input)].ContainsSecrets(), "%s of %s", input, r.GetName())
				found++
			}
			if r.GetType() == "command:remote:Command" && strings.HasSuffix(r.GetName(), "-vpn") {
				require.True(t, r.Inputs["stdin"].ContainsSecrets(), "stdin of %s", r.GetName())
				found++
			}
			if connection, dials := r.Inputs["connection"]; dials {
				require.True(t, connection.ContainsSecrets(), "connection of %s", r.GetName())
				found++
			}
		}
		// Requests: intermediate, server, 2 clients; certificates: those and
		// the root; per region user data, stdin, and 5 connections.
		require.Equal(t, 4+5+2*(1+1+5), found)
	})
}

func TestProfilesAndTheAdminKeyAreSecretOutputs(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		for _, name := range []string{"laptop.ovpn", "phone.ovpn", "adminKey"} {
			require.True(t, cloud.exports[resource.PropertyKey(name)].ContainsSecrets(), name)
		}
		for _, name := range []string{"endpoint", "servers", "loginUser", "knownHosts", "profiles"} {
			require.Contains(t, cloud.exports, resource.PropertyKey(name))
			require.False(t, cloud.exports[resource.PropertyKey(name)].ContainsSecrets(), name)
		}
	})
}

// If the verification of a host fails, the outputs keep their previous values.
func TestOutputsWaitForTheVerification(t *testing.T) {
	settings := map[string]any{"name": "darrell", "clients": []string{"phone"}}
	cloud, err := runProgram(t, false, settings, func(c *recorder) { c.broken = "darrell-us-east-1-vpn" })
	require.ErrorContains(t, err, "darrell-us-east-1-vpn")
	require.Zero(t, len(cloud.exports)) // a failure must not print them
}

// A revoked client keeps its certificate, whose serial number the host needs,
// and loses its profile.
func TestARevokedClientHasACertificateAndNoProfile(t *testing.T) {
	settings := map[string]any{"name": "darrell", "clients": []string{"laptop", "phone"}, "revoked": []string{"phone"}}
	cloud, err := runProgram(t, false, settings)
	require.NoError(t, err)
	require.Contains(t, cloud.exports, resource.PropertyKey("laptop.ovpn"))
	require.NotContains(t, cloud.exports, resource.PropertyKey("phone.ovpn"))
	cloud.ofType(t, "tls:index/locallySignedCert:LocallySignedCert", 1+1+2)

	whole := cloud.spec(t)
	require.Len(t, whole.Identity.Clients, 1)
	require.Equal(t, "laptop", whole.Identity.Clients[0].Name)
	require.Equal(t, []string{"1"}, whole.Identity.Revoked, "the serial number of the mocks' certificate")
}

// Before the end of a client's certificate, only an explicit command replaces it.
func TestOnlyServersAndCAsRenewThemselvesBeforeTheirEnd(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		for _, certificate := range cloud.ofType(t, "tls:index/locallySignedCert:LocallySignedCert", 4) {
			renews := certificate.Inputs["earlyRenewalHours"].NumberValue() > 0
			require.Equal(t, !strings.Contains(certificate.GetName(), "-client-"), renews, certificate.GetName())
		}
	})
}

func TestKeysAreOfTheStylesAlgorithm(t *testing.T) {
	for style, bits := range map[string]map[string]float64{
		"modern": {},
		"classic": {"darrell-root": rsaCABits, "darrell-intermediate": rsaCABits, "darrell-server": rsaLeafBits,
			"darrell-client-phone": rsaLeafBits},
	} {
		cloud, err := runProgram(t, true, map[string]any{"name": "darrell", "clients": []string{"phone"}, "style": style})
		require.NoError(t, err)
		found := map[string]float64{}
		for _, key := range cloud.resources {
			if key.GetType() == "tls:index/privateKey:PrivateKey" && key.Inputs["algorithm"].StringValue() == "RSA" {
				found[key.GetName()] = key.Inputs["rsaBits"].NumberValue()
			}
		}
		require.Equal(t, bits, found, style)
	}
}

func requireNoPlainKey(t *testing.T, where string, value resource.PropertyValue) {
	t.Helper()
	switch {
	case value.IsSecret():
	case value.IsString():
		require.NotContains(t, value.StringValue(), "PRIVATE KEY", where)
		require.NotContains(t, value.StringValue(), "OpenVPN tls-crypt", where)
	case value.IsArray():
		for _, element := range value.ArrayValue() {
			requireNoPlainKey(t, where, element)
		}
	case value.IsObject():
		for key, element := range value.ObjectValue() {
			requireNoPlainKey(t, where+" "+string(key), element)
		}
	}
}

func TestRemoteResourcesPinTheHostKeyAndEndWithTheHost(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		remotes := 0
		for _, r := range cloud.resources {
			if !strings.HasPrefix(r.GetType(), "command:remote:") {
				continue
			}
			remotes++
			connection := r.Inputs["connection"]
			for connection.IsSecret() {
				connection = connection.SecretValue().Element
			}
			if connection.IsComputed() { // the whole, while the address is unknown
				require.True(t, cloud.preview, r.GetName())
			} else {
				require.Equal(t, strings.TrimSpace(cloud.keys.sshPublic), connection.ObjectValue()["hostKey"].StringValue(), r.GetName())
			}
			region := strings.Split(r.GetName(), "-")[1]
			require.Contains(t, nameOf(r.GetDeletedWith()), region, r.GetName())
			require.True(t, strings.HasSuffix(r.GetDeletedWith(), "-instance"), r.GetName())
			require.NotContains(t, r.Inputs, resource.PropertyKey("delete"), "destroying must not dial %s", r.GetName())
			if r.GetType() == "command:remote:Command" {
				require.Equal(t, "none", r.Inputs["logging"].StringValue(), r.GetName())
				require.False(t, r.Inputs["addPreviousOutputInEnv"].BoolValue(), r.GetName())
			}
		}
		require.Equal(t, 2*5, remotes)
	})
}

func TestANewImageDoesNotReplaceAServer(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		for _, instance := range cloud.ofType(t, "aws:ec2/instance:Instance", 2) {
			require.Contains(t, instance.GetIgnoreChanges(), "ami")
		}
	})
}

func TestEachResourceIsCreatedInItsOwnRegion(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		created := 0
		for _, r := range cloud.resources {
			if strings.HasPrefix(r.GetType(), "aws:ec2/") {
				require.Contains(t, r.GetProvider(), strings.Join(strings.Split(r.GetName(), "-")[:4], "-"), r.GetName())
				created++
			}
		}
		require.NotZero(t, created)
	})
}

// A killed run can leave a resource that the stack does not know. Its name must
// not conflict with the next run, so Pulumi generates names.
func TestNamesInTheAccountAreGenerated(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		for _, key := range cloud.ofType(t, "aws:ec2/keyPair:KeyPair", 2) {
			require.NotContains(t, key.Inputs, resource.PropertyKey("keyName"))
		}
		for _, group := range cloud.ofType(t, "aws:ec2/securityGroup:SecurityGroup", 2) {
			require.NotContains(t, group.Inputs, resource.PropertyKey("name"))
		}
	})
}

func TestInstancesAreCheapAndProtectTheirMetadata(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		for _, instance := range cloud.ofType(t, "aws:ec2/instance:Instance", 2) {
			metadata := instance.Inputs["metadataOptions"].ObjectValue()
			require.Equal(t, "required", metadata["httpTokens"].StringValue())
			require.EqualValues(t, 1, metadata["httpPutResponseHopLimit"].NumberValue())
			disk := instance.Inputs["rootBlockDevice"].ObjectValue()
			require.True(t, disk["encrypted"].BoolValue())
			require.Equal(t, "gp3", disk["volumeType"].StringValue())
			require.Equal(t, "unlimited", instance.Inputs["creditSpecification"].ObjectValue()["cpuCredits"].StringValue())
		}
	})
}

func TestOnlyBurstableTypesHaveCredits(t *testing.T) {
	settings := map[string]any{"clients": []string{"phone"}, "cpuCredits": "standard"}
	cloud, err := runProgram(t, false, settings)
	require.NoError(t, err)
	instance := cloud.ofType(t, "aws:ec2/instance:Instance", 1)[0]
	require.Equal(t, "standard", instance.Inputs["creditSpecification"].ObjectValue()["cpuCredits"].StringValue())

	settings["instanceType"] = "c7g.medium"
	cloud, err = runProgram(t, false, settings)
	require.NoError(t, err)
	require.NotContains(t, cloud.ofType(t, "aws:ec2/instance:Instance", 1)[0].Inputs, resource.PropertyKey("creditSpecification"))
}

func TestOnlyTheListenersAreOpenToEverybody(t *testing.T) {
	for name, test := range map[string]struct {
		settings map[string]any
		want     []string
	}{
		"default": {nil, []string{"tcp 22 from 198.51.100.7/32", "tcp 443 from 0.0.0.0/0 ::/0", "udp 1194 from 0.0.0.0/0 ::/0"}},
		"no TCP":  {map[string]any{"tcpFallback": false}, []string{"tcp 22 from 198.51.100.7/32", "udp 1194 from 0.0.0.0/0 ::/0"}},
		"no IPv6": {map[string]any{"ipv6": false}, []string{"tcp 22 from 198.51.100.7/32", "tcp 443 from 0.0.0.0/0", "udp 1194 from 0.0.0.0/0"}},
	} {
		t.Run(name, func(t *testing.T) {
			settings := maps.Clone(twoRegions)
			maps.Copy(settings, test.settings)
			bothWays(t, settings, func(t *testing.T, cloud *recorder) {
				for _, group := range cloud.ofType(t, "aws:ec2/securityGroup:SecurityGroup", 2) {
					var open []string
					for _, rule := range group.Inputs["ingress"].ArrayValue() {
						r := rule.ObjectValue()
						require.Equal(t, r["fromPort"], r["toPort"])
						line := fmt.Sprintf("%s %v from", r["protocol"].StringValue(), r["fromPort"].NumberValue())
						for _, list := range []resource.PropertyKey{"cidrBlocks", "ipv6CidrBlocks"} {
							for _, network := range r[list].ArrayValue() {
								line += " " + network.StringValue()
							}
						}
						open = append(open, line)
					}
					require.ElementsMatch(t, test.want, open)
				}
			})
		})
	}
}

// Clients try UDP on every server before TCP, and all that over IPv4 before IPv6.
func TestProfilesTryUDPAndIPv4First(t *testing.T) {
	settings := map[string]any{"name": "darrell", "clients": []string{"phone"}, "regions": []string{"us-east-1", "eu-west-1"}}
	cloud, err := runProgram(t, false, settings, func(c *recorder) {
		c.addresses = map[string]string{"darrell-eu-west-1-address": "203.0.113.10"}
	})
	require.NoError(t, err)
	profile := cloud.exports["phone.ovpn"].SecretValue().Element.StringValue()
	require.Contains(t, profile, "remote 203.0.113.9 1194 udp\nremote 203.0.113.10 1194 udp\n"+
		"remote 203.0.113.9 443 tcp\nremote 203.0.113.10 443 tcp\n"+
		"remote 2001:db8:1200::1194 1194 udp\nremote 2001:db8:1200::1194 1194 udp\n"+
		"remote 2001:db8:1200::1194 443 tcp\nremote 2001:db8:1200::1194 443 tcp\nresolv-retry")
}

// spec returns the whole spec of the only host.
func (c *recorder) spec(t *testing.T) spec.Spec {
	t.Helper()
	return decoded(t, c.stdin(t, "-vpn").SecretValue().Element.StringValue())
}

// stdin returns the standard input of the only host's command with that role.
func (c *recorder) stdin(t *testing.T, role string) resource.PropertyValue {
	t.Helper()
	for _, r := range c.ofType(t, "command:remote:Command", 4) {
		if strings.HasSuffix(r.GetName(), role) {
			return r.Inputs["stdin"]
		}
	}
	t.Fatalf("no command %q", role)
	return resource.PropertyValue{}
}

func decoded(t *testing.T, text string) spec.Spec {
	t.Helper()
	s, err := spec.Decode(strings.NewReader(text))
	require.NoError(t, err)
	return s
}

// Both specs describe the same network, and each device has its number.
func TestBothSpecsDescribeTheSameNetwork(t *testing.T) {
	names := []string{"laptop", "phone", "tablet"}
	cloud, err := runProgram(t, false, map[string]any{"clients": names, "revoked": []string{"phone"}})
	require.NoError(t, err)
	network := cloud.stdin(t, "-network")
	require.False(t, network.ContainsSecrets())
	whole := cloud.spec(t)
	require.Equal(t, whole.Listeners, decoded(t, network.StringValue()).Listeners)
	seed, err := seedOf(cloud.keys.ed25519)
	require.NoError(t, err)
	unique, err := uniqueLocalNetwork(seed)
	require.NoError(t, err)
	require.Equal(t, unique.Addr(), whole.Listeners[0].Subnet6.Addr())
	numbers := deviceNumbers(names, whole.Listeners[0].Subnet)
	for _, client := range whole.Identity.Clients {
		require.Equal(t, numbers[client.Name], client.Number, client.Name)
	}
	require.Len(t, whole.Identity.Clients, 2)
}

func (c *recorder) ofType(t *testing.T, token string, count int) []registered {
	t.Helper()
	var found []registered
	for _, r := range c.resources {
		if r.GetType() == token {
			found = append(found, r)
		}
	}
	require.Len(t, found, count, token)
	return found
}
