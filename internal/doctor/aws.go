package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"tripvpn/internal/account"
)

// lookAtAccount looks at the servers with IPv4 addresses in AWS.
func (f Facts) lookAtAccount(ctx context.Context) ([]account.Server, error) {
	wanted := map[netip.Addr][]account.Port{}
	for _, s := range f.reachable() {
		if address := s.Address.Addr(); address.Is4() {
			wanted[address] = append(wanted[address], account.Port{Number: s.Remote.Port, Protocol: s.Remote.Protocol})
		}
	}
	return account.Look(ctx, wanted)
}

// account judges what AWS says. Without credentials there is nothing to say.
func (f Facts) account(c commands) []Finding {
	if errors.Is(f.AccountErr, account.ErrNoCredentials) {
		return nil
	}
	if f.AccountErr != nil {
		return []Finding{unknown("aws", f.AccountErr.Error())}
	}
	if !slices.ContainsFunc(f.Account, func(s account.Server) bool { return s.Region != "" }) {
		return []Finding{unknown("aws", "the account of these credentials has none of the addresses: it is another one, or the trip is over")}
	}
	var findings []Finding
	for _, s := range f.Account {
		findings = append(findings, inAccount(s, c))
	}
	return findings
}

func inAccount(s account.Server, c commands) Finding {
	check := "aws " + s.Address.String()
	switch {
	case s.Region == "":
		return fault(check, AddressUnused, "the account does not have the address: it was released", c.handOver())
	case s.State == "":
		return fault(check, AddressUnused, fmt.Sprintf("the address, in %s, leads to no instance: the server has ended", s.Region), c.up())
	case s.State != "running":
		return fault(check, InstanceDown, fmt.Sprintf("the instance, in %s, is %s", s.Region, s.State), c.up())
	case len(s.Closed) > 0:
		var ports []string
		for _, p := range s.Closed {
			ports = append(ports, p.String())
		}
		return fault(check, GroupClosed, fmt.Sprintf("the security group, in %s, does not let everybody in at %s", s.Region, strings.Join(ports, " and ")), c.up())
	}
	return fine(check, fmt.Sprintf("the instance, in %s, runs, and its security group lets packets in", s.Region))
}
