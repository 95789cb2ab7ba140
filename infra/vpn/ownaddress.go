package vpn

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"tripvpn/infra/config"
)

// ownAddress returns the operator's address, unless the configuration says which
// networks may reach SSH.
func ownAddress(ctx context.Context, env Env, c config.Config) (netip.Addr, error) {
	if len(c.Admins) > 0 {
		return netip.Addr{}, nil
	}
	own, err := env.EgressAddress(ctx)
	if err != nil {
		return own, fmt.Errorf("%w; try again, or set the networks that may reach SSH: %s", err, config.SetItem("adminCidrs", 0, "203.0.113.7/32"))
	}
	return own, nil
}

// admins returns the networks that may reach SSH: the configured ones, or the
// operator's own address. It refuses an own address that is a server's, which it is
// inside the VPN: SSH to that server does not go through its own tunnel, so it would
// be closed to the operator.
func (s Survey) admins(c config.Config, own netip.Addr) ([]netip.Prefix, error) {
	if len(c.Admins) > 0 {
		return c.Admins, nil
	}
	for _, region := range s.Regions {
		if slices.Contains(region.Live.Addresses, own.String()) {
			return nil, fmt.Errorf("this machine's traffic comes from %s, the server in %s, so it is connected to the VPN, "+
				"and that server would close SSH to the network that you are in; "+
				"disconnect from the VPN and try again, or set that network: %s",
				own, region.Code, config.SetItem("adminCidrs", 0, "203.0.113.7/32"))
		}
	}
	return []netip.Prefix{netip.PrefixFrom(own, own.BitLen())}, nil
}
