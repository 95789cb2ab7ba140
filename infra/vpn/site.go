package vpn

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// siteArgs are what the sites of all regions share.
type siteArgs struct {
	config Config
	binary Binary
	access *Access
	specs  HostSpecs
}

// newSite builds all that stands in one region: network, server, host.
func newSite(ctx *pulumi.Context, region Region, args siteArgs) (*Server, error) {
	name := args.config.Name + "-" + region.Code
	network, err := NewNetwork(ctx, name, NetworkArgs{Region: region, Admins: args.config.Admins})
	if err != nil {
		return nil, err
	}
	server, err := NewServer(ctx, name, ServerArgs{
		Region:       region,
		Network:      network,
		InstanceType: args.config.InstanceType,
		AdminKey:     args.access.Key,
	})
	if err != nil {
		return nil, err
	}
	_, err = NewHost(ctx, name, HostArgs{
		Server:    server,
		LoginUser: region.LoginUser,
		Binary:    args.binary,
		Network:   args.specs.Network,
		AdminKey:  secretSSH(args.access.Key),
		VPN:       args.specs.Whole,
	})
	return server, err
}
