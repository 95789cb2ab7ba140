// Package vpn is the Pulumi program. It turns the operator's configuration into
// servers, certificates and profiles: it declares the resources, and the engine
// creates them. On a host, it installs packages and the host binary; the binary
// does the rest.
package vpn

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// Env is the program's access to the machine that it runs on.
type Env struct {
	// EgressAddress returns the operator's public address.
	EgressAddress func(context.Context) (netip.Addr, error)
	// HostBinary returns the host binary, and builds it if necessary.
	HostBinary func(context.Context, config.Architecture) (Binary, error)
	// Now returns the current time.
	Now func() time.Time
	// DialErrorLimit is the number of connection attempts to a host that does not answer,
	// for example because it is booting.
	DialErrorLimit int
}

// Program returns the program for an environment.
func Program(env Env) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		c, err := configure(ctx, env)
		if err != nil {
			return err
		}
		binary, err := env.HostBinary(ctx.Context(), c.Architecture)
		if err != nil {
			return err
		}
		survey, err := NewSurvey(ctx, c)
		if err != nil {
			return err
		}
		return build(ctx, env, c, binary, survey)
	}
}

// configure reads and checks the configuration. If it has no admins, they are the
// operator's own address.
func configure(ctx *pulumi.Context, env Env) (config.Config, error) {
	settings, unreadable := config.Read(ctx)
	c, problems := config.Check(settings, env.Now())
	if err := append(unreadable, problems...).Err(); err != nil {
		return config.Config{}, err
	}
	if len(c.Admins) > 0 {
		return c, nil
	}
	own, err := env.EgressAddress(ctx.Context())
	if err != nil {
		return config.Config{}, fmt.Errorf("%w; try again, or set the networks that may reach SSH: %s", err, config.SetItem("adminCidrs", "203.0.113.7/32"))
	}
	c.Admins = []netip.Prefix{netip.PrefixFrom(own, own.BitLen())}
	return c, nil
}

// build registers all resources and exports the outputs.
func build(ctx *pulumi.Context, env Env, c config.Config, binary Binary, survey Survey) error {
	authority, err := NewAuthority(ctx, c.Name, c.Cryptography.Keys)
	if err != nil {
		return err
	}
	serverLeaf, err := authority.IssueServer(ctx)
	if err != nil {
		return err
	}
	clients, err := authority.IssueClients(ctx, c.Clients)
	if err != nil {
		return err
	}
	access, err := NewAccess(ctx, c.Name)
	if err != nil {
		return err
	}
	specs := NewHostSpecs(c, authority, serverLeaf, clients)
	shared := siteArgs{c, binary, access, specs, env.DialErrorLimit}
	var sites []*Site
	for _, region := range survey.Regions {
		site, err := newSite(ctx, region, shared)
		if err != nil {
			return err
		}
		sites = append(sites, site)
	}
	if (c.Domain != config.Domain{}) {
		if _, err := NewRecords(ctx, c.Name, RecordsArgs{Zone: survey.Zone, Sites: sites}); err != nil {
			return err
		}
	}
	admitted, _ := partition(clients, c.Admits)
	exportProfiles(ctx, c, authority, admitted, sites)
	exportSites(ctx, c, sites, access)
	return warn(ctx, c, admitted, env.Now())
}

// warn logs, in every preview and update, which certificates end soon and whether
// the trip does.
func warn(ctx *pulumi.Context, c config.Config, clients []Leaf, now time.Time) error {
	WarnOfEnds(ctx, c.Name, clients, now)
	if warning := c.EndWarning(now); warning != "" {
		return ctx.Log.Warn(warning, nil)
	}
	return nil
}
