package ec2

import "net/netip"

// choose finds the first free address of a subnet. EC2 keeps the first four
// and the last for itself, see
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html.
func choose(network netip.Prefix, taken map[netip.Addr]bool) (netip.Addr, error) {
	a := network.Addr()
	for range 4 {
		a = a.Next()
	}
	for ; network.Contains(a) && network.Contains(a.Next()); a = a.Next() {
		if !taken[a] {
			return a, nil
		}
	}
	return netip.Addr{}, refuse("InsufficientFreeAddressesInSubnet",
		"There are not enough free addresses in subnet %s to satisfy the requested number of instances.", network)
}

// claim returns a certain address of a subnet. InvalidIPAddress.InUse is as in
// https://github.com/aws/aws-cli/issues/7178, where it is a private IPv4 address; the
// rest is assumed.
func claim(wanted string, network netip.Prefix, taken map[netip.Addr]bool) (netip.Addr, error) {
	a, err := netip.ParseAddr(wanted)
	if err != nil || !network.IsValid() || !network.Contains(a) {
		return netip.Addr{}, refuse("InvalidParameterValue", "Address %s does not fall within the subnet's address range", wanted)
	}
	if taken[a] {
		return netip.Addr{}, refuse("InvalidIPAddress.InUse", "Address %s is in use.", wanted)
	}
	return a, nil
}
