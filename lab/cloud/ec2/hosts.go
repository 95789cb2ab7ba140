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
