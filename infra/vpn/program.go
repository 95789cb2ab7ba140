// Package vpn is the Pulumi program. It turns the operator's configuration into
// servers, certificates and profiles: it declares the resources, and the engine
// creates them. On a host, it installs packages and the host binary; the binary
// does the rest.
package vpn

import (
	"context"
	"net/netip"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// Env is the program's access to the machine that it runs on.
type Env struct {
	// EgressAddress returns the operator's public address.
	EgressAddress func(context.Context) (netip.Addr, error)
	// ExportStack returns the stack's state, as `pulumi stack export` prints it.
	ExportStack func(*pulumi.Context) ([]byte, error)
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
		c, err := configure(ctx, env.Now())
		if err != nil {
			return err
		}
		own, err := ownAddress(ctx.Context(), env, c)
		if err != nil {
			return err
		}
		binary, err := env.HostBinary(ctx.Context(), c.Architecture)
		if err != nil {
			return err
		}
		state, err := readState(ctx, env)
		if err != nil {
			return err
		}
		survey, err := NewSurvey(ctx, c, state)
		if err != nil {
			return err
		}
		if c.Admins, err = survey.admins(c, own); err != nil {
			return err
		}
		if err := survey.warn(ctx, c); err != nil {
			return err
		}
		return build(ctx, env, c, binary, survey)
	}
}

// configure reads and checks the configuration.
func configure(ctx *pulumi.Context, now time.Time) (config.Config, error) {
	settings, unreadable := config.Read(ctx)
	c, problems := config.Check(settings, now)
	return c, append(unreadable, problems...).Err()
}

func readState(ctx *pulumi.Context, env Env) (State, error) {
	exported, err := env.ExportStack(ctx)
	if err != nil {
		return State{}, err
	}
	return ReadState(exported)
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
		if _, err := NewRecords(ctx, c.Name, RecordsArgs{Zone: survey.Zone, Sites: sites, IPv6: c.IPv6}); err != nil {
			return err
		}
	}
	if c.HandOver {
		bucket, err := NewHandOver(ctx, c.Name, survey.Regions[0])
		if err != nil {
			return err
		}
		exportHandOver(ctx, bucket)
	}
	admitted, _ := partition(clients, c.Admits)
	exportProfiles(ctx, c, authority, admitted, sites)
	exportSites(ctx, c, sites, access)
	// By now the engine is at work, and does not wait for the price list.
	if err := LogCosts(ctx, c, survey, env.Now()); err != nil {
		return err
	}
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
