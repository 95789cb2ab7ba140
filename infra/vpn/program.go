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
	// Dials is how often a host is dialled that does not answer, which one that
	// boots does not.
	Dials int
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
		survey, err := NewSurvey(ctx, config)
		if err != nil {
			return err
		}
		return build(ctx, around, config, binary, survey)
	}
}

// configure reads and checks the configuration, and fills in the operator's
// own address where none was given.
func configure(ctx *pulumi.Context, around Surroundings) (Config, error) {
	settings, unreadable := ReadSettings(ctx)
	config, problems := Check(settings, around.Now())
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
func build(ctx *pulumi.Context, around Surroundings, config Config, binary Binary, survey Survey) error {
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
	specs := NewHostSpecs(config, authority, serverLeaf, clients)
	shared := siteArgs{config, binary, access, specs, around.Dials}
	var sites []*Site
	for _, region := range survey.Regions {
		site, err := newSite(ctx, region, shared)
		if err != nil {
			return err
		}
		sites = append(sites, site)
	}
	if (config.Domain != Domain{}) {
		if _, err := NewRecords(ctx, config.Name, RecordsArgs{Zone: survey.Zone, Sites: sites}); err != nil {
			return err
		}
	}
	admitted, _ := partition(clients, config.Admits)
	exportProfiles(ctx, config, authority, admitted, sites)
	exportSites(ctx, config, sites, access)
	return warn(ctx, config, admitted, around.Now())
}

// warn tells the operator, in every preview and update, what ends soon.
func warn(ctx *pulumi.Context, c Config, clients []Leaf, now time.Time) error {
	WarnOfEnds(ctx, c.Name, clients, now)
	if warning := endOfTripWarning(c.End, now); warning != "" {
		return ctx.Log.Warn(warning, nil)
	}
	return nil
}
