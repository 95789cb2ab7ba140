// Package vpn is the program: it turns the operator's configuration into
// servers, certificates and profiles. It decides what shall exist, and leaves
// doing it to the engine; on a host it acts through the host binary alone.
package vpn

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Surroundings are what the program takes from the machine that it runs on.
type Surroundings struct {
	// EgressAddress tells the operator's public address.
	EgressAddress func(context.Context) (netip.Addr, error)
	// HostBinary builds the host binary, or finds it built.
	HostBinary func(context.Context, Architecture) (Binary, error)
	// Now tells the time.
	Now func() time.Time
}

// Program returns the program for its surroundings.
func Program(around Surroundings) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		config, err := configure(ctx, around)
		if err != nil {
			return err
		}
		binary, err := around.HostBinary(ctx.Context(), config.Architecture)
		if err != nil {
			return err
		}
		regions, err := SurveyRegions(ctx, config)
		if err != nil {
			return err
		}
		return build(ctx, around, config, binary, regions)
	}
}

// configure reads and checks the configuration, and fills in the operator's
// own address where none was given.
func configure(ctx *pulumi.Context, around Surroundings) (Config, error) {
	settings, unreadable := ReadSettings(ctx)
	config, problems := Check(settings)
	if err := append(unreadable, problems...).Err(); err != nil {
		return Config{}, err
	}
	if len(config.Admins) > 0 {
		return config, nil
	}
	own, err := around.EgressAddress(ctx.Context())
	if err != nil {
		return Config{}, fmt.Errorf("%w; say yourself who may reach SSH: %s", err, setItem("adminCidrs", "203.0.113.7/32"))
	}
	config.Admins = []netip.Prefix{netip.PrefixFrom(own, own.BitLen())}
	return config, nil
}

// build registers everything. From here on nothing can be wrong any more that
// the configuration is to blame for.
func build(ctx *pulumi.Context, around Surroundings, config Config, binary Binary, regions []Region) error {
	authority, err := NewAuthority(ctx, config.Name, config.Cryptography.Keys)
	if err != nil {
		return err
	}
	serverLeaf, err := authority.NewServer(ctx)
	if err != nil {
		return err
	}
	clients, err := authority.NewClients(ctx, config.Clients)
	if err != nil {
		return err
	}
	access, err := NewAccess(ctx, config.Name)
	if err != nil {
		return err
	}
	specs, err := NewHostSpecs(config, authority, serverLeaf, clients)
	if err != nil {
		return err
	}
	site := siteArgs{config, binary, access, specs}
	var servers []*Server
	for _, region := range regions {
		server, err := newSite(ctx, region, site)
		if err != nil {
			return err
		}
		servers = append(servers, server)
	}
	admitted, _ := partition(clients, config.Admits)
	exportProfiles(ctx, config, authority, admitted, servers)
	WarnOfEnds(ctx, config.Name, admitted, around.Now())
	exportServers(ctx, regions, servers, access)
	return nil
}
