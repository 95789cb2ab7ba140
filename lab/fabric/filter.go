package fabric

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Rule admits traffic to a host (Ingress) or from it.
type Rule struct {
	Ingress  bool
	Protocol string // "tcp", "udp", "icmp", "icmpv6" or "all"
	FromPort uint16 // for tcp and udp
	ToPort   uint16 // inclusive
	Peer     netip.Prefix
}

// port is a host in its region's filter.
type port struct {
	device   string
	address  netip.Addr
	address6 netip.Addr // invalid without IPv6
	rules    []Rule
}

const upDevice = "uplink" // the router's end of the cable to the backbone

// ruleset renders all that a region's router filters and translates, as one
// nftables transaction that replaces what was there. elastic maps public
// addresses to private ones.
func ruleset(ports []port, elastic map[netip.Addr]netip.Addr) string {
	var b strings.Builder
	b.WriteString("table inet tvl\ndelete table inet tvl\ntable inet tvl {\n")
	writeElastic(&b, elastic)
	for _, p := range ports {
		writePort(&b, p)
	}
	writeForward(&b, ports)
	b.WriteString("}\n")
	return b.String()
}

func writeElastic(b *strings.Builder, elastic map[netip.Addr]netip.Addr) {
	var in, out, mapped []string
	for _, public := range slices.SortedFunc(maps.Keys(elastic), netip.Addr.Compare) {
		private := elastic[public].String()
		in = append(in, public.String()+" : "+private)
		out = append(out, private+" : "+public.String())
		mapped = append(mapped, private)
	}
	writeSet(b, "map private { type ipv4_addr : ipv4_addr", in)
	writeSet(b, "map public { type ipv4_addr : ipv4_addr", out)
	writeSet(b, "set mapped { type ipv4_addr", mapped)
	fmt.Fprintf(b, `	chain prerouting {
		type nat hook prerouting priority dstnat
		iifname %[1]q dnat ip to ip daddr map @private
	}
	chain postrouting {
		type nat hook postrouting priority srcnat
		oifname %[1]q snat ip to ip saddr map @public
	}
`, upDevice)
}

func writeSet(b *strings.Builder, head string, elements []string) {
	b.WriteString("\t" + head)
	if len(elements) > 0 {
		b.WriteString("; elements = { " + strings.Join(elements, ", ") + " }")
	}
	b.WriteString("; }\n")
}

// writePort writes the two chains of a host. A rule that admits returns, so
// that traffic between two hosts passes the chains of both.
func writePort(b *strings.Builder, p port) {
	for _, ingress := range []bool{false, true} {
		fmt.Fprintf(b, "\tchain %s {\n", chain(p, ingress))
		for _, r := range p.rules {
			if r.Ingress == ingress {
				fmt.Fprintf(b, "\t\t%s return\n", match(r))
			}
		}
		b.WriteString("\t\tdrop\n\t}\n")
	}
}

// writeForward writes the chain that all traffic passes. Traffic neither to nor
// from a host never gets here, because the router has no other routes.
func writeForward(b *strings.Builder, ports []port) {
	b.WriteString("\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop\n")
	for _, p := range ports {
		// EC2's source check: a host's forwarded packets are dropped unless
		// the host translates them.
		fmt.Fprintf(b, "\t\tiifname %q ip saddr != %s drop\n", p.device, p.address)
		if p.address6.IsValid() {
			fmt.Fprintf(b, "\t\tiifname %q ip6 saddr != %s drop\n", p.device, p.address6)
		} else {
			fmt.Fprintf(b, "\t\tiifname %q meta nfproto ipv6 drop\n", p.device)
		}
	}
	fmt.Fprintf(b, "\t\tiifname %q ip daddr != @mapped drop\n", upDevice)
	fmt.Fprintf(b, "\t\toifname %q ip saddr != @mapped drop\n", upDevice)
	b.WriteString("\t\tct state established,related accept\n")
	for _, p := range ports {
		fmt.Fprintf(b, "\t\tiifname %q jump %s\n", p.device, chain(p, false))
		fmt.Fprintf(b, "\t\toifname %q jump %s\n", p.device, chain(p, true))
	}
	b.WriteString("\t\taccept\n\t}\n")
}

func chain(p port, ingress bool) string {
	if ingress {
		return p.device + "-in"
	}
	return p.device + "-out"
}

// match renders the condition of a rule.
func match(r Rule) string {
	side := "daddr"
	if r.Ingress {
		side = "saddr"
	}
	family := "ip"
	if r.Peer.Addr().Is6() {
		family = "ip6"
	}
	parts := []string{family, side, r.Peer.Masked().String()}
	if r.Peer.Bits() == 0 {
		// nft takes no prefix of length zero.
		parts = []string{"meta nfproto", map[string]string{"ip": "ipv4", "ip6": "ipv6"}[family]}
	}
	switch r.Protocol {
	case "tcp", "udp":
		parts = append(parts, r.Protocol, "dport", fmt.Sprintf("%d-%d", r.FromPort, r.ToPort))
	case "icmp":
		parts = append(parts, "meta l4proto icmp")
	case "icmpv6":
		parts = append(parts, "meta l4proto ipv6-icmp")
	}
	return strings.Join(parts, " ")
}
