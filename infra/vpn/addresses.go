package vpn

import (
	"crypto/hkdf"
	"crypto/sha512"
	"fmt"
	"net/netip"
	"strconv"

	"tripvpn/internal/spec"
)

// vpcSubnet is the VPC's address range and its one subnet's. Nothing but the
// server lives in it.
var vpcSubnet = netip.MustParsePrefix("10.86.0.0/24")

const (
	// anywhere is how the operator asks, in so many words, for SSH to be
	// open to the whole Internet.
	anywhere = "anywhere"

	widest4, widest6 = 8, 16 // prefix lengths; what is wider is anywhere in disguise

	defaultSubnet = "10.8.0.0/16"
)

func checkAddressSerial(serial int) Problems {
	if serial >= 0 {
		return nil
	}
	return Problems{{"addressSerial", strconv.Itoa(serial), "is below 0", setValue("addressSerial", "1")}}
}

// adminsOf reads who may reach SSH.
func adminsOf(entries []string) ([]netip.Prefix, Problems) {
	var admins []netip.Prefix
	var problems Problems
	for i, entry := range entries {
		if entry == anywhere {
			admins = append(admins, netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"))
			continue
		}
		prefix, rule := adminOf(entry)
		if rule != "" {
			problems = append(problems, Problem{item("adminCidrs", i), entry, rule,
				"write a network such as 203.0.113.7/32, or the word anywhere if SSH shall be open to the whole Internet"})
			continue
		}
		admins = append(admins, prefix)
	}
	return admins, append(problems, repeated("adminCidrs", entries)...)
}

// adminOf reads one entry, or returns the rule that it breaks.
func adminOf(entry string) (prefix netip.Prefix, rule string) {
	prefix, err := netip.ParsePrefix(entry)
	switch {
	case err != nil:
		return prefix, "is not a network in CIDR notation"
	case prefix != prefix.Masked():
		return prefix, "has bits set behind its prefix length, the network is " + prefix.Masked().String()
	case prefix.Addr().Is4() && prefix.Bits() < widest4, prefix.Addr().Is6() && prefix.Bits() < widest6:
		return prefix, "would open SSH to a large part of the Internet"
	}
	return prefix, ""
}

// subnetOf reads the tunnel's IPv4 network, which has to hold the clients.
func subnetOf(value string, clients int) (netip.Prefix, Problems) {
	prefix, err := netip.ParsePrefix(value)
	rule, fix := "", defaultSubnet
	switch {
	case err != nil || !prefix.Addr().Is4():
		rule = "is not an IPv4 network in CIDR notation"
	case prefix != prefix.Masked():
		rule = "is an address and not a network, the network is " + prefix.Masked().String()
	case prefix.Bits() > 28:
		rule = "is too small, it takes a /28 or a larger one"
	case prefix.Bits() < 16:
		rule = "is too large, OpenVPN serves a /16 at the most"
	case !prefix.Addr().IsPrivate():
		rule = "is not private, and would hide the part of the Internet that has it"
	case prefix.Overlaps(vpcSubnet):
		rule = "overlaps the server's own network " + vpcSubnet.String()
	case spec.Room(prefix) < clients:
		larger := subnetFor(prefix, clients)
		rule, fix = fmt.Sprintf("is too small for %d clients, it takes a /%d", clients, larger.Bits()), larger.String()
	default:
		return prefix, nil
	}
	return netip.Prefix{}, Problems{{"subnet", value, rule, setValue("subnet", fix)}}
}

// subnetFor widens a subnet until it has room for the clients.
func subnetFor(p netip.Prefix, clients int) netip.Prefix {
	for spec.Room(p) < clients {
		p = netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked()
	}
	return p
}

// uniqueLocalSubnet gives each trip an IPv6 network of its own: the global ID of
// a unique local prefix (RFC 4193, section 3.2), derived from the trip's secret
// seed with HKDF-SHA-512 (RFC 5869), so that nobody can tell it from the trip's
// name. It tells nothing about the seed.
func uniqueLocalSubnet(seed []byte) (netip.Prefix, error) {
	id, err := hkdf.Key(sha512.New, seed, nil, "tripvpn unique local subnet", 5)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("deriving the tunnel's IPv6 network: %w", err)
	}
	address := [16]byte{0xfd}
	copy(address[1:], id)
	return netip.PrefixFrom(netip.AddrFrom16(address), 64), nil
}
