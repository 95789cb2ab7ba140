package vpn

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
)

// now is when the tests take place.
var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// valid are settings with nothing wrong, for tests to spoil.
func valid() Settings {
	s := Defaults()
	s.Clients = []string{"phone"}
	return s
}

func TestCheckTakesWhatIsRight(t *testing.T) {
	for name, change := range map[string]func(*Settings){
		"as it is":             func(*Settings) {},
		"many regions":         func(s *Settings) { s.Regions = []string{"us-gov-west-1", "ap-southeast-2"} },
		"longest client":       func(s *Settings) { s.Clients = []string{strings.Repeat("c", 64)} },
		"client with a dot":    func(s *Settings) { s.Clients = []string{"Darrell.phone_2-a"} },
		"an AMI":               func(s *Settings) { s.Image = "ami-0123456789abcdef0" },
		"smallest subnet":      func(s *Settings) { s.Subnet = "192.168.4.16/28" },
		"SSH from anywhere":    func(s *Settings) { s.AdminCIDRs = []string{"anywhere"} },
		"SSH from an IPv6 /64": func(s *Settings) { s.AdminCIDRs = []string{"2001:db8:1:2::/64"} },
		"all are revoked":      func(s *Settings) { s.Revoked = s.Clients },
		"RSA, and tls-auth":    func(s *Settings) { s.KeyAlgorithm, s.ControlChannel = "rsa", "tls-auth" },
		"a name":               func(s *Settings) { s.Domain, s.Zone = "vpn.example.org", "example.org" },
		"the zone itself":      func(s *Settings) { s.Domain, s.Zone = "example.org", "example.org" },
		"the fifth address":    func(s *Settings) { s.AddressSerial = 5 },
		"standard credits":     func(s *Settings) { s.CPUCredits = "standard" },
		"until today":          func(s *Settings) { s.Until = "2026-11-25" },
		"classic, spelled out": func(s *Settings) { s.Style, s.KeyAlgorithm, s.ControlChannel = "classic", "rsa", "tls-auth" },
	} {
		settings := valid()
		change(&settings)
		_, problems := Check(settings, now)
		require.NoError(t, problems.Err(), name)
	}
}

func TestCheckRefusesWhatIsWrong(t *testing.T) {
	for name, bad := range map[string]struct {
		change         func(*Settings)
		key, rule, fix string
	}{
		"name":               {func(s *Settings) { s.Name = "Darrell's" }, "name", "is not a lower-case letter", "pulumi config set"},
		"no region":          {func(s *Settings) { s.Regions = nil }, "regions", "names no region", "us-east-1"},
		"region form":        {func(s *Settings) { s.Regions = []string{"virginia"} }, "regions[0]", "does not look like", "us-east-1"},
		"zone as region":     {func(s *Settings) { s.Regions = []string{"us-east-1a"} }, "regions[0]", "does not look like", "us-east-1"},
		"region twice":       {func(s *Settings) { s.Regions = []string{"us-east-1", "us-east-1"} }, "regions[1]", "stands in the list already", "remove"},
		"no clients":         {func(s *Settings) { s.Clients = nil }, "clients", "names no device", "pulumi config set"},
		"client twice":       {func(s *Settings) { s.Clients = []string{"a", "b", "a"} }, "clients[2]", "already, as clients[0]", "remove"},
		"client as path":     {func(s *Settings) { s.Clients = []string{"../x"} }, "clients[0]", "is not a letter or digit", "rename"},
		"client with spaces": {func(s *Settings) { s.Clients = []string{"my phone"} }, "clients[0]", "is not a letter or digit", "rename"},
		"client of 65":       {func(s *Settings) { s.Clients = []string{strings.Repeat("c", 65)} }, "clients[0]", "at most 63", "rename"},
		"client empty":       {func(s *Settings) { s.Clients = []string{""} }, "clients[0]", "is not a letter or digit", "rename"},
		"client DEFAULT":     {func(s *Settings) { s.Clients = []string{"DEFAULT"} }, "clients[0]", "every client", "rename"},
		"client newline":     {func(s *Settings) { s.Clients = []string{"a\n"} }, "clients[0]", "is not a letter or digit", "rename"},
		"type":               {func(s *Settings) { s.InstanceType = "nano" }, "instanceType", "is not an EC2 instance type", "t4g.nano"},
		"type for macOS":     {func(s *Settings) { s.InstanceType = "mac2.metal" }, "instanceType", "runs Linux", "t4g.nano"},
		"credits":            {func(s *Settings) { s.CPUCredits = "endless" }, "cpuCredits", "neither unlimited nor standard", "tripvpn:cpuCredits unlimited"},
		"no credits":         {func(s *Settings) { s.CPUCredits = "" }, "cpuCredits", "neither unlimited nor standard", "tripvpn:cpuCredits unlimited"},
		"image":              {func(s *Settings) { s.Image = "debian" }, "image", "is neither", "debian-13"},
		"AMI for many":       {func(s *Settings) { s.Image = "ami-01234567"; s.Regions = []string{"us-east-1", "eu-west-1"} }, "image", "one region alone", "image's name"},
		"admins everywhere":  {func(s *Settings) { s.AdminCIDRs = []string{"0.0.0.0/0"} }, "adminCidrs[0]", "large part of the Internet", "anywhere"},
		"admins in IPv6":     {func(s *Settings) { s.AdminCIDRs = []string{"::/0"} }, "adminCidrs[0]", "large part of the Internet", "anywhere"},
		"half the Internet":  {func(s *Settings) { s.AdminCIDRs = []string{"128.0.0.0/1"} }, "adminCidrs[0]", "large part of the Internet", "anywhere"},
		"admin host bits":    {func(s *Settings) { s.AdminCIDRs = []string{"203.0.113.7/24"} }, "adminCidrs[0]", "203.0.113.0/24", "203.0.113.7/32"},
		"admin no CIDR":      {func(s *Settings) { s.AdminCIDRs = []string{"home"} }, "adminCidrs[0]", "not a network", "203.0.113.7/32"},
		"subnet no network":  {func(s *Settings) { s.Subnet = "10.8.0.1/24" }, "subnet", "the network is 10.8.0.0/24", "pulumi config set"},
		"subnet too small":   {func(s *Settings) { s.Subnet = "10.8.0.0/29" }, "subnet", "too small", "10.8.0.0/16"},
		"subnet too full": {func(s *Settings) {
			s.Subnet = "10.8.0.0/28"
			s.Clients = strings.Split("abcdefghijklmn", "")
		}, "subnet", "too small for 14 clients, it takes a /27", "tripvpn:subnet 10.8.0.0/27"},
		"subnet too large": {func(s *Settings) { s.Subnet = "10.0.0.0/8" }, "subnet", "too large", "10.8.0.0/16"},
		"subnet public":    {func(s *Settings) { s.Subnet = "8.8.8.0/24" }, "subnet", "not private", "10.8.0.0/16"},
		"subnet of VPC":    {func(s *Settings) { s.Subnet = "10.86.0.128/25" }, "subnet", "overlaps", "10.8.0.0/16"},
		"revoked unknown":  {func(s *Settings) { s.Revoked = []string{"laptop"} }, "revoked[0]", "not among tripvpn:clients", "take it out of tripvpn:revoked, too"},
		"revoked twice":    {func(s *Settings) { s.Revoked = []string{"phone", "phone"} }, "revoked[1]", "already, as revoked[0]", "remove"},
		"style":            {func(s *Settings) { s.Style = "baroque" }, "style", "neither modern nor classic", "tripvpn:style modern"},
		"control channel":  {func(s *Settings) { s.ControlChannel = "tls" }, "controlChannel", "neither tls-crypt-v2", "controlChannel auto"},
		"key algorithm":    {func(s *Settings) { s.KeyAlgorithm = "dsa" }, "keyAlgorithm", "neither ecdsa", "keyAlgorithm auto"},
		"classic, not RSA": {func(s *Settings) { s.Style, s.KeyAlgorithm = "classic", "ecdsa" }, "keyAlgorithm", "which is rsa", "tripvpn:style modern"},
		"classic, no auth": {func(s *Settings) { s.Style, s.ControlChannel = "classic", "tls-crypt" }, "controlChannel", "which is tls-auth", "tripvpn:style modern"},
		"no zone":          {func(s *Settings) { s.Domain = "vpn.example.org" }, "zone", "is missing", "tripvpn:zone"},
		"no domain":        {func(s *Settings) { s.Zone = "example.org" }, "domain", "is missing", "tripvpn:domain"},
		"another zone":     {func(s *Settings) { s.Domain, s.Zone = "vpn.example.com", "example.org" }, "zone", "not a suffix of the domain vpn.example.com", "vpn.example.org"},
		"half a label":     {func(s *Settings) { s.Domain, s.Zone = "vpnexample.org", "example.org" }, "zone", "not a suffix", "vpn.example.org"},
		"domain as URL":    {func(s *Settings) { s.Domain, s.Zone = "https://vpn.example.org", "example.org" }, "domain", "not a domain name", "vpn.example.org"},
		"domain, a line":   {func(s *Settings) { s.Domain, s.Zone = "a\n.example.org", "example.org" }, "domain", "not a domain name", "vpn.example.org"},
		"zone with a dot":  {func(s *Settings) { s.Domain, s.Zone = "vpn.example.org", "example.org." }, "zone", "without a final dot", "example.org"},
		"address below 0":  {func(s *Settings) { s.AddressSerial = -1 }, "addressSerial", "below 0", "addressSerial 1"},
		"until yesterday":  {func(s *Settings) { s.Until = "2026-11-24" }, "until", "is over", "tripvpn:until 2026-12-09 && pulumi up; or end the trip: pulumi destroy"},
		"until a time":     {func(s *Settings) { s.Until = "2026-12-24T18:00:00Z" }, "until", "is not a date", "tripvpn:until 2026-12-09"},
		"until no day":     {func(s *Settings) { s.Until = "2026-02-30" }, "until", "is not a date", "tripvpn:until 2026-12-09"},
		"until far away":   {func(s *Settings) { s.Until = "2206-12-24" }, "until", "more than 5 years ahead", "tripvpn:until 2026-12-09"},
		"until some day":   {func(s *Settings) { s.Until = "Christmas" }, "until", "is not a date", "tripvpn:until 2026-12-09"},
		"subnet in IPv6":   {func(s *Settings) { s.Subnet = "fd00::/64" }, "subnet", "not an IPv4 network", "10.8.0.0/16"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := valid()
			bad.change(&settings)
			_, problems := Check(settings, now)
			require.Len(t, problems, 1)
			require.Equal(t, bad.key, problems[0].Key)
			require.Contains(t, problems[0].Rule, bad.rule)
			require.Contains(t, problems[0].Fix, bad.fix)
		})
	}
}

// Bad input must cost nothing: one message, and not one resource.
func TestBadSettingsAreRefusedAllAtOnceBeforeAnyResource(t *testing.T) {
	cloud, err := runProgram(t, false, map[string]any{
		"regions":    "us-east-1",
		"clients":    []string{"../x", "phone", "phone"},
		"subnet":     "10.8.0.1/24",
		"image":      "windows",
		"adminCidrs": []string{"0.0.0.0/0"},
	})
	for _, part := range []string{
		`tripvpn:regions: "us-east-1" is not a list`, `tripvpn:clients[0]: "../x"`, `tripvpn:clients[2]: "phone"`,
		`tripvpn:subnet: "10.8.0.1/24"`, `tripvpn:image: "windows"`, `tripvpn:adminCidrs[0]: "0.0.0.0/0"`,
	} {
		require.ErrorContains(t, err, part)
	}
	require.Empty(t, cloud.resources)
}

func TestARegionsAnswersAreCheckedBeforeAnyResource(t *testing.T) {
	offerings, ami := "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings", "aws:ec2/getAmi:getAmi"
	for name, bad := range map[string]struct {
		token  string
		answer resource.PropertyMap
		want   string
	}{
		"type not offered":  {offerings, properties("locations", []any{}), `"t4g.nano" is not offered in region us-east-1`},
		"another processor": {ami, properties("architecture", "x86_64", "name", "debian-13-amd64"), "is for x86_64, while instance type t4g.nano is arm64"},
		"another system":    {ami, properties("architecture", "arm64", "name", "al2023-ami"), "not one of Debian's or Ubuntu's"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := map[string]any{"clients": []string{"phone"}, "image": "ami-01234567"}
			cloud, err := runProgram(t, false, settings, func(c *recorder) {
				c.answers = map[string]resource.PropertyMap{bad.token: bad.answer}
			})
			require.ErrorContains(t, err, bad.want)
			for _, r := range cloud.resources {
				require.Equal(t, "pulumi:providers:aws", r.GetType(), "a provider is how a region is asked, and no more may exist")
			}
		})
	}
}

func TestAccessHintNamesTheRegionsSwitch(t *testing.T) {
	require.Contains(t, accessHint(errorText("api error OptInRequired: …")), "AWS Regions")
	require.Empty(t, accessHint(errorText("api error RequestLimitExceeded")))
}

type errorText string

func (e errorText) Error() string { return string(e) }

func TestArchitectureFollowsFromTheType(t *testing.T) {
	for name, want := range map[string]Architecture{
		"t4g.nano": ARM64, "t3.micro": AMD64, "c7gn.xlarge": ARM64, "a1.medium": ARM64, "is4gen.large": ARM64,
		"m7i-flex.large": AMD64, "g4dn.xlarge": AMD64, "g5g.xlarge": ARM64, "m6id.12xlarge": AMD64, "r8g.metal-24xl": ARM64,
	} {
		got, problems := architectureOf(name)
		require.Empty(t, problems, name)
		require.Equal(t, want, got, name)
	}
	require.True(t, burstable("t4g.nano"))
	require.False(t, burstable("trn1.2xlarge"))
}

func TestTheZoneIsAProperOne(t *testing.T) {
	require.Equal(t, "us-east-1b", firstZone("us-east-1", []string{"us-east-1c", "us-east-1-bos-1a", "us-east-1b"}))
	require.Empty(t, firstZone("us-east-1", []string{"us-east-1-wl1-bos-wlz-1"}))
}

func TestUniqueLocalSubnetIsATripsOwn(t *testing.T) {
	subnet := func(seed string) netip.Prefix {
		p, err := uniqueLocalSubnet([]byte(strings.Repeat(seed, 32)))
		require.NoError(t, err)
		return p
	}
	a, b := subnet("a"), subnet("b")
	require.NotEqual(t, a, b)
	require.Equal(t, a, subnet("a"))
	require.Equal(t, a, a.Masked())
	require.Equal(t, 64, a.Bits())
	require.True(t, netip.MustParsePrefix("fd00::/8").Contains(a.Addr()))
}

// Pulumi.yaml tells the operator, and the engine, what the program takes.
func TestProjectFileSaysWhatTheProgramTakes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "Pulumi.yaml"))
	require.NoError(t, err)
	var project struct {
		Config map[string]struct {
			Default     any    `yaml:"default"`
			Description string `yaml:"description"`
			Type        string `yaml:"type"`
		} `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &project))
	defaults := Defaults()
	want := map[string]any{
		"name": defaults.Name, "regions": defaults.Regions, "clients": defaults.Clients, "instanceType": defaults.InstanceType,
		"image": defaults.Image, "adminCidrs": defaults.AdminCIDRs, "subnet": defaults.Subnet, "revoked": defaults.Revoked,
		"style": defaults.Style, "controlChannel": defaults.ControlChannel, "keyAlgorithm": defaults.KeyAlgorithm,
		"domain": defaults.Domain, "zone": defaults.Zone, "addressSerial": defaults.AddressSerial, "until": defaults.Until,
		"cpuCredits": defaults.CPUCredits,
	}
	require.Len(t, project.Config, len(want))
	for key, value := range want {
		declared := project.Config["tripvpn:"+key]
		require.NotEmpty(t, declared.Description, key)
		if list, isList := value.([]string); isList {
			require.Len(t, declared.Default, len(list), key)
			for i := range list {
				require.Equal(t, list[i], declared.Default.([]any)[i], key)
			}
			continue
		}
		require.Equal(t, value, declared.Default, key)
	}
}

func TestStylesChooseWhatIsLeftToThem(t *testing.T) {
	for style, want := range map[string]Cryptography{
		"modern":  {spec.Modern, controlchannel.TLSCryptV2, ECDSA},
		"classic": {spec.Classic, controlchannel.TLSAuth, RSA},
	} {
		settings := valid()
		settings.Style = style
		config, problems := Check(settings, now)
		require.NoError(t, problems.Err())
		require.Equal(t, want, config.Cryptography)
	}
}

// FuzzCheckLists: whatever stands in the lists of clients and of revoked ones,
// what is accepted is safe as a file's name, unique, and revoked only if it is
// a client.
func FuzzCheckLists(f *testing.F) {
	f.Add("phone laptop", "phone")
	f.Add("../x . .. DEFAULT a\x00b", "")
	f.Add("a a", "b")
	f.Fuzz(func(t *testing.T, clients, revoked string) {
		settings := valid()
		settings.Clients, settings.Revoked = strings.Split(clients, " "), strings.Fields(revoked)
		config, problems := Check(settings, now)
		for _, p := range problems {
			require.NotEmpty(t, p.Key)
			require.NotEmpty(t, p.Rule)
			require.NotEmpty(t, p.Fix)
		}
		if problems.Err() != nil {
			return
		}
		seen := map[string]bool{}
		for _, client := range config.Clients {
			require.True(t, filepath.IsLocal(client) && filepath.Base(client) == client && client != ".", "%q", client)
			require.NotEqual(t, "DEFAULT", client)
			require.False(t, seen[client])
			seen[client] = true
		}
		for _, client := range config.Revoked {
			require.True(t, seen[client])
			require.False(t, config.Admits(client))
		}
	})
}
