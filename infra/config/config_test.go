package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
)

// now is the time at which the tests check settings.
var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// valid returns settings without a problem.
func valid() Settings {
	s := Defaults()
	s.Clients = []string{"phone"}
	return s
}

func TestCheckAcceptsValidSettings(t *testing.T) {
	for name, change := range map[string]func(*Settings){
		"unchanged":            func(*Settings) {},
		"many regions":         func(s *Settings) { s.Regions = []string{"us-west-1", "ap-southeast-2"} },
		"longest client":       func(s *Settings) { s.Clients = []string{strings.Repeat("c", 64)} },
		"client with a dot":    func(s *Settings) { s.Clients = []string{"Darrell.phone_2-a"} },
		"an Ubuntu":            func(s *Settings) { s.Image = "ubuntu-26.04" },
		"an AMI":               func(s *Settings) { s.Image = "ami-0123456789abcdef0" },
		"smallest subnet":      func(s *Settings) { s.Subnet = "192.168.4.16/28" },
		"SSH from anywhere":    func(s *Settings) { s.AdminCIDRs = []string{"anywhere"} },
		"SSH from an IPv6 /64": func(s *Settings) { s.AdminCIDRs = []string{"2001:db8:1:2::/64"} },
		"all clients revoked":  func(s *Settings) { s.Revoked = s.Clients },
		"RSA and tls-auth":     func(s *Settings) { s.KeyAlgorithm, s.ControlChannel = "rsa", "tls-auth" },
		"a domain":             func(s *Settings) { s.Domain, s.Zone = "vpn.example.org", "example.org" },
		"the zone itself":      func(s *Settings) { s.Domain, s.Zone = "example.org", "example.org" },
		"the fifth address":    func(s *Settings) { s.AddressSerial = 5 },
		"standard credits":     func(s *Settings) { s.CPUCredits = "standard" },
		"until today":          func(s *Settings) { s.Until = "2026-11-25" },
		"the kernel":           func(s *Settings) { s.DataPath = "kernel" },
		"the kernel of Ubuntu": func(s *Settings) { s.DataPath, s.Image = "kernel", "ubuntu-26.04" },
		"the kernel of an AMI": func(s *Settings) { s.DataPath, s.Image = "kernel", "ami-0123456789abcdef0" },
		"classic by itself":    func(s *Settings) { s.DataPath, s.Style = "auto", "classic" },
		"another resolver":     func(s *Settings) { s.DNS = []string{"adguard", "192.0.2.53", "2001:db8::53"} },
		"the same resolver":    func(s *Settings) { s.DNS = []string{"cloudflare", "1.1.1.1"} },
		"resolvers in IPv4":    func(s *Settings) { s.IPv6 = false },
		"some networks":        func(s *Settings) { s.Routes = []string{"198.51.100.0/24", "2001:db8::/32", "!198.51.100.128/25"} },
		"all but a network":    func(s *Settings) { s.Routes = []string{"!192.168.0.0/16", "!fd00::/8"} },
		"networks by a domain": func(s *Settings) {
			s.Routes, s.Domain, s.Zone = []string{"198.51.100.0/24"}, "vpn.example.org", "example.org"
		},
		"classic, spelled out": func(s *Settings) { s.Style, s.KeyAlgorithm, s.ControlChannel = "classic", "rsa", "tls-auth" },
	} {
		settings := valid()
		change(&settings)
		_, problems := Check(settings, now)
		require.NoError(t, problems.Err(), name)
	}
}

// refusal is one invalid setting, with parts of the expected problem.
type refusal struct {
	change         func(*Settings)
	key, rule, fix string
}

func TestCheckRefusesInvalidSettings(t *testing.T) {
	for name, bad := range refusals {
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

// refusals has at least one for each key.
var refusals = map[string]refusal{
	"name":                 {func(s *Settings) { s.Name = "Darrell's" }, "name", "is not a lower-case letter", "pulumi config set"},
	"name of a group's ID": {func(s *Settings) { s.Name = "sg" }, "name", "EC2 reserves", "tripvpn:name darrell"},
	"name like a group's":  {func(s *Settings) { s.Name = "sg-trip" }, "name", "EC2 reserves", "tripvpn:name darrell"},
	"maintenance hour":     {func(s *Settings) { s.MaintenanceHour = 24 }, "maintenanceHour", "is not an hour of the day", "tripvpn:maintenanceHour 4"},
	"logs":                 {func(s *Settings) { s.Logs = "month" }, "logs", "is neither week nor none", "tripvpn:logs week"},
	"long name":            {func(s *Settings) { s.Name = strings.Repeat("d", 29) }, "name", "is too long", "28"},
	"region in China":      {func(s *Settings) { s.Regions = []string{"cn-north-1"} }, "regions[0]", "AWS China", "us-east-1"},
	"region of government": {func(s *Settings) { s.Regions = []string{"eu-west-1", "us-gov-west-1"} }, "regions[1]", "AWS GovCloud", "us-east-1"},
	"no region":            {func(s *Settings) { s.Regions = nil }, "regions", "lists no region", "us-east-1"},
	"region form":          {func(s *Settings) { s.Regions = []string{"virginia"} }, "regions[0]", "does not look like", "us-east-1"},
	"zone as region":       {func(s *Settings) { s.Regions = []string{"us-east-1a"} }, "regions[0]", "does not look like", "us-east-1"},
	"region twice":         {func(s *Settings) { s.Regions = []string{"us-east-1", "us-east-1"} }, "regions[1]", "is already in the list, as regions[0]", "remove"},
	"zone form":            {func(s *Settings) { s.Zones = []string{"us-east-1-bos-1a"} }, "availabilityZones[0]", "not the name of an availability zone", "us-east-1b"},
	"zone of elsewhere":    {func(s *Settings) { s.Zones = []string{"eu-west-1a"} }, "availabilityZones[0]", "not in a region of", "config rm --path 'tripvpn:availabilityZones[0]'"},
	"zones of one region":  {func(s *Settings) { s.Zones = []string{"us-east-1a", "us-east-1b"} }, "availabilityZones[1]", "same region as us-east-1a", "remove one"},
	"no clients":           {func(s *Settings) { s.Clients = nil }, "clients", "lists no device", "pulumi config set"},
	"client twice":         {func(s *Settings) { s.Clients = []string{"a", "b", "a"} }, "clients[2]", "already in the list, as clients[0]", "remove"},
	"client as path":       {func(s *Settings) { s.Clients = []string{"../x"} }, "clients[0]", "is not a letter or digit", "rename"},
	"client with spaces":   {func(s *Settings) { s.Clients = []string{"my phone"} }, "clients[0]", "is not a letter or digit", "rename"},
	"client of 65":         {func(s *Settings) { s.Clients = []string{strings.Repeat("c", 65)} }, "clients[0]", "at most 63", "rename"},
	"client empty":         {func(s *Settings) { s.Clients = []string{""} }, "clients[0]", "is not a letter or digit", "rename"},
	"client DEFAULT":       {func(s *Settings) { s.Clients = []string{"DEFAULT"} }, "clients[0]", "every client", "rename"},
	"client newline":       {func(s *Settings) { s.Clients = []string{"a\n"} }, "clients[0]", "is not a letter or digit", "rename"},
	"type":                 {func(s *Settings) { s.InstanceType = "nano" }, "instanceType", "is not an EC2 instance type", "t4g.nano"},
	"type for macOS":       {func(s *Settings) { s.InstanceType = "mac2.metal" }, "instanceType", "runs Linux", "t4g.nano"},
	"credits":              {func(s *Settings) { s.CPUCredits = "endless" }, "cpuCredits", "neither unlimited nor standard", "tripvpn:cpuCredits unlimited"},
	"no credits":           {func(s *Settings) { s.CPUCredits = "" }, "cpuCredits", "neither unlimited nor standard", "tripvpn:cpuCredits unlimited"},
	"image":                {func(s *Settings) { s.Image = "debian" }, "image", "is not debian-12", "debian-13"},
	"AMI, two regions":     {func(s *Settings) { s.Image = "ami-01234567"; s.Regions = []string{"us-east-1", "eu-west-1"} }, "image", "only one region", "image name"},
	"admins everywhere":    {func(s *Settings) { s.AdminCIDRs = []string{"0.0.0.0/0"} }, "adminCidrs[0]", "large part of the Internet", "anywhere"},
	"admins in IPv6":       {func(s *Settings) { s.AdminCIDRs = []string{"::/0"} }, "adminCidrs[0]", "large part of the Internet", "anywhere"},
	"half the Internet":    {func(s *Settings) { s.AdminCIDRs = []string{"128.0.0.0/1"} }, "adminCidrs[0]", "large part of the Internet", "anywhere"},
	"admin host bits":      {func(s *Settings) { s.AdminCIDRs = []string{"203.0.113.7/24"} }, "adminCidrs[0]", "203.0.113.0/24", "203.0.113.7/32"},
	"admin not CIDR":       {func(s *Settings) { s.AdminCIDRs = []string{"home"} }, "adminCidrs[0]", "not a network", "203.0.113.7/32"},
	"subnet host bits":     {func(s *Settings) { s.Subnet = "10.8.0.1/24" }, "subnet", "the network is 10.8.0.0/24", "pulumi config set"},
	"subnet too small":     {func(s *Settings) { s.Subnet = "10.8.0.0/29" }, "subnet", "too small", "10.8.0.0/16"},
	"subnet too full": {func(s *Settings) {
		s.Subnet = "10.8.0.0/28"
		s.Clients = strings.Split("abcdefghijklmn", "")
	}, "subnet", "too small for 14 clients, which need a /27", "tripvpn:subnet 10.8.0.0/27"},
	"subnet too large":   {func(s *Settings) { s.Subnet = "10.0.0.0/8" }, "subnet", "too large", "10.8.0.0/16"},
	"subnet public":      {func(s *Settings) { s.Subnet = "8.8.8.0/24" }, "subnet", "not private", "10.8.0.0/16"},
	"subnet of VPC":      {func(s *Settings) { s.Subnet = "10.86.0.128/25" }, "subnet", "overlaps", "10.8.0.0/16"},
	"revoked unknown":    {func(s *Settings) { s.Revoked = []string{"laptop"} }, "revoked[0]", "not in tripvpn:clients", "remove it from tripvpn:revoked"},
	"revoked twice":      {func(s *Settings) { s.Revoked = []string{"phone", "phone"} }, "revoked[1]", "already in the list, as revoked[0]", "remove"},
	"style":              {func(s *Settings) { s.Style = "baroque" }, "style", "neither modern nor classic", "tripvpn:style modern"},
	"control channel":    {func(s *Settings) { s.ControlChannel = "tls" }, "controlChannel", "is not tls-crypt-v2", "controlChannel auto"},
	"key algorithm":      {func(s *Settings) { s.KeyAlgorithm = "dsa" }, "keyAlgorithm", "is not ecdsa", "keyAlgorithm auto"},
	"data path":          {func(s *Settings) { s.DataPath = "fast" }, "dataPath", "is not user, kernel or auto", "tripvpn:dataPath auto"},
	"kernel, classic":    {func(s *Settings) { s.DataPath, s.Style = "kernel", "classic" }, "dataPath", "AES-256-CBC", "tripvpn:dataPath auto"},
	"kernel, old Debian": {func(s *Settings) { s.DataPath, s.Image = "kernel", "debian-12" }, "dataPath", "debian-12 does not have", "tripvpn:image debian-13"},
	"kernel, old Ubuntu": {func(s *Settings) { s.DataPath, s.Image = "kernel", "ubuntu-24.04" }, "dataPath", "ubuntu-24.04 does not have", "tripvpn:dataPath auto"},
	"classic, not RSA":   {func(s *Settings) { s.Style, s.KeyAlgorithm = "classic", "ecdsa" }, "keyAlgorithm", "requires rsa", "tripvpn:style modern"},
	"classic, no auth":   {func(s *Settings) { s.Style, s.ControlChannel = "classic", "tls-crypt" }, "controlChannel", "requires tls-auth", "tripvpn:style modern"},
	"no zone":            {func(s *Settings) { s.Domain = "vpn.example.org" }, "zone", "is missing", "tripvpn:zone"},
	"no domain":          {func(s *Settings) { s.Zone = "example.org" }, "domain", "is missing", "tripvpn:domain"},
	"another zone":       {func(s *Settings) { s.Domain, s.Zone = "vpn.example.com", "example.org" }, "zone", "not a suffix of the domain vpn.example.com", "vpn.example.org"},
	"half a label":       {func(s *Settings) { s.Domain, s.Zone = "vpnexample.org", "example.org" }, "zone", "not a suffix", "vpn.example.org"},
	"domain as URL":      {func(s *Settings) { s.Domain, s.Zone = "https://vpn.example.org", "example.org" }, "domain", "not a domain name", "vpn.example.org"},
	"domain newline":     {func(s *Settings) { s.Domain, s.Zone = "a\n.example.org", "example.org" }, "domain", "not a domain name", "vpn.example.org"},
	"zone with a dot":    {func(s *Settings) { s.Domain, s.Zone = "vpn.example.org", "example.org." }, "zone", "without a final dot", "example.org"},
	"address below 0":    {func(s *Settings) { s.AddressSerial = -1 }, "addressSerial", "below 0", "addressSerial 1"},
	"until yesterday":    {func(s *Settings) { s.Until = "2026-11-24" }, "until", "is over", "tripvpn:until 2026-12-09 && pulumi up; or end the trip: pulumi destroy"},
	"until a time":       {func(s *Settings) { s.Until = "2026-12-24T18:00:00Z" }, "until", "is not a date", "tripvpn:until 2026-12-09"},
	"until Feb. 30":      {func(s *Settings) { s.Until = "2026-02-30" }, "until", "is not a date", "tripvpn:until 2026-12-09"},
	"until far away":     {func(s *Settings) { s.Until = "2206-12-24" }, "until", "more than 5 years ahead", "tripvpn:until 2026-12-09"},
	"until a word":       {func(s *Settings) { s.Until = "Christmas" }, "until", "is not a date", "tripvpn:until 2026-12-09"},
	"no resolver":        {func(s *Settings) { s.DNS = nil }, "dns", "lists no resolver", "tripvpn:dns[0]"},
	"unknown resolvers":  {func(s *Settings) { s.DNS = []string{"quad9", "google"} }, "dns[1]", "not a public address", "adguard"},
	"resolver in a LAN":  {func(s *Settings) { s.DNS = []string{"192.168.1.1"} }, "dns[0]", "not a public address", "adguard"},
	"resolvers of IPv6":  {func(s *Settings) { s.DNS, s.IPv6 = []string{"2620:fe::fe"}, false }, "dns", "lists no resolver", "cloudflare"},
	"resolver twice":     {func(s *Settings) { s.DNS = []string{"quad9", "quad9"} }, "dns[1]", "already in the list", "remove"},
	"five resolvers":     {func(s *Settings) { s.DNS = []string{"adguard", "quad9", "cloudflare", "8.8.8.8"} }, "dns", "lists 5 resolvers", "remove some"},
	"route not CIDR":     {func(s *Settings) { s.Routes = []string{"example.org"} }, "routes[0]", "not a network", "!198.51.100.0/24"},
	"route host bits":    {func(s *Settings) { s.Routes = []string{"!198.51.100.7/24"} }, "routes[0]", "the network is 198.51.100.0/24", "write the network"},
	"route to a LAN":     {func(s *Settings) { s.Routes = []string{"192.168.1.0/24"} }, "routes[0]", "is private", "remove it"},
	"route twice":        {func(s *Settings) { s.Routes = []string{"!10.0.0.0/8", "!10.0.0.0/8"} }, "routes[1]", "already in the list", "remove"},
	"route without IPv6": {func(s *Settings) { s.Routes, s.IPv6 = []string{"2001:db8::/32"}, false }, "routes[0]", "tripvpn:ipv6 is false", "tripvpn:ipv6 true"},
	"exception by domain": {func(s *Settings) {
		s.Routes, s.Domain, s.Zone = []string{"!198.51.100.0/24"}, "vpn.example.org", "example.org"
	}, "routes[0]", "together with a domain", "do without"},
	"subnet in IPv6": {func(s *Settings) { s.Subnet = "fd00::/64" }, "subnet", "not an IPv4 network", "10.8.0.0/16"},
}

func TestArchitectureFollowsFromTheType(t *testing.T) {
	for name, want := range map[string]Architecture{
		"t4g.nano": ARM64, "t3.micro": AMD64, "c7gn.xlarge": ARM64, "a1.medium": ARM64, "is4gen.large": ARM64,
		"m7i-flex.large": AMD64, "g4dn.xlarge": AMD64, "g5g.xlarge": ARM64, "m6id.12xlarge": AMD64, "r8g.metal-24xl": ARM64,
	} {
		var problems Problems
		require.Equal(t, want, problems.architecture(name), name)
		require.Empty(t, problems, name)
	}
	require.True(t, burstable("t4g.nano"))
	require.False(t, burstable("trn1.2xlarge"))
}

// The names have the form of the distributors'.
func TestAReleaseIsFoundByItsName(t *testing.T) {
	for image, name := range map[string]string{
		"debian-13":    "debian-13-arm64-20251117-2299",
		"ubuntu-24.04": "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251022",
		"ubuntu-26.04": "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-arm64-server-20260423",
	} {
		settings := valid()
		settings.Image = image
		config, problems := Check(settings, now)
		require.NoError(t, problems.Err())
		found, err := filepath.Match(config.Image.Pattern(ARM64), name)
		require.NoError(t, err)
		require.True(t, found, image)
	}
}

func TestAutoIsTheStylesDefault(t *testing.T) {
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

// FuzzCheckLists checks that every accepted client name is unique and safe as a
// file name, and that every accepted revoked name is a client.
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

func TestEndWarningBeginsAWeekBeforeTheEnd(t *testing.T) {
	end := time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)
	require.Empty(t, Config{}.EndWarning(end))
	require.Empty(t, Config{Until: end}.EndWarning(end.Add(-endNotice-time.Second)))
	require.Equal(t, "the trip ends in 167 hours, at 2026-12-25T00:00:00Z: its servers terminate themselves then; "+
		"to set a later end: pulumi config set tripvpn:until 2027-01-01 && pulumi up", Config{Until: end}.EndWarning(end.Add(-endNotice+time.Second)))
}
