// Package account looks at the servers of a profile in an AWS account: address, instance
// and security group. It only reads.
package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"tripvpn/internal/spec"
)

// patience limits a look, which asks every region.
const patience = 15 * time.Second

// home is the region that is asked for the others, because every account has it.
const home = "us-east-1"

// Port is a port that a server needs open.
type Port struct {
	Number   uint16
	Protocol spec.Protocol
}

// String returns the port as in "udp port 1194".
func (p Port) String() string { return fmt.Sprintf("%s port %d", p.Protocol, p.Number) }

// Server is what the account has at an IPv4 address.
type Server struct {
	Address netip.Addr
	Region  string // empty if no region of the account has the address
	State   string // of the instance, as EC2 names it: "running"; empty if the address leads to none
	Closed  []Port // those that no security group of the instance opens to everybody
}

// ErrNoCredentials is returned where there are no AWS credentials.
var ErrNoCredentials = errors.New("there are no AWS credentials")

// Look looks for the addresses, with the ports of each, in all regions of the account whose
// credentials the AWS SDK finds. It does not ask an instance's metadata service for them.
func Look(ctx context.Context, wanted map[netip.Addr][]Port) ([]Server, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(home), config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil {
		return nil, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	if settings.Credentials == nil {
		return nil, ErrNoCredentials
	}
	if _, err := settings.Credentials.Retrieve(ctx); err != nil {
		return nil, ErrNoCredentials
	}
	a := api{settings}
	regions, err := a.regions(ctx)
	if err != nil {
		return nil, err
	}
	held, err := a.addresses(ctx, regions, wanted)
	if err != nil {
		return nil, err
	}
	var servers []Server
	for address, ports := range wanted {
		s := Server{Address: address}
		if h, ok := held[address]; ok {
			s, err = a.server(ctx, h, ports)
			if err != nil {
				return nil, err
			}
		}
		servers = append(servers, s)
	}
	slices.SortFunc(servers, func(a, b Server) int { return a.Address.Compare(b.Address) })
	return servers, nil
}

// holding is an Elastic IP of the account.
type holding struct {
	address            netip.Addr
	region, instanceID string
}

// addresses finds those of the wanted addresses that the account holds.
func (a api) addresses(ctx context.Context, regions []string, wanted map[netip.Addr][]Port) (map[netip.Addr]holding, error) {
	held, errs := make([][]holding, len(regions)), make([]error, len(regions))
	var running sync.WaitGroup
	for i, region := range regions {
		running.Go(func() { held[i], errs[i] = a.addressesIn(ctx, region) })
	}
	running.Wait()
	found := map[netip.Addr]holding{}
	for _, h := range slices.Concat(held...) {
		if _, ok := wanted[h.address]; ok {
			found[h.address] = h
		}
	}
	return found, errors.Join(errs...)
}

func (a api) server(ctx context.Context, h holding, ports []Port) (Server, error) {
	s := Server{Address: h.address, Region: h.region}
	if h.instanceID == "" {
		return s, nil
	}
	state, groups, err := a.instance(ctx, h.region, h.instanceID)
	if err != nil {
		return Server{}, err
	}
	s.State = state
	if len(groups) == 0 {
		return s, nil // it is terminated
	}
	rules, err := a.rules(ctx, h.region, groups)
	s.Closed = closed(ports, rules)
	return s, err
}

// rule is what a security group lets in from everywhere.
type rule struct {
	protocol string // EC2's: "udp", or "-1" for all
	from, to int
}

// closed returns the ports that no rule opens.
func closed(ports []Port, rules []rule) []Port {
	return slices.DeleteFunc(slices.Clone(ports), func(p Port) bool {
		return slices.ContainsFunc(rules, func(r rule) bool {
			return r.protocol == "-1" || r.protocol == string(p.Protocol) && r.from <= int(p.Number) && int(p.Number) <= r.to
		})
	})
}
