package vpn

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// siteArgs are the arguments that the sites of all regions share.
type siteArgs struct {
	config         config.Config
	binary         Binary
	access         *Access
	specs          HostSpecs
	dialErrorLimit int
}

// Site is everything in one region.
type Site struct {
	Region Region
	Server *Server
	Host   *Host

	// Address and Address6 are the server's addresses, IPv4 and IPv6, known once the
	// server is verified, so that outputs describe only servers that work.
	Address, Address6 pulumi.StringOutput
}

// newSite creates the network, server and host of a region.
func newSite(ctx *pulumi.Context, region Region, args siteArgs) (*Site, error) {
	name := args.config.Name + "-" + region.Code
	network, err := NewNetwork(ctx, name, NetworkArgs{Region: region, Listeners: listeners(args.config), IPv6: args.config.IPv6, Admins: args.config.Admins})
	if err != nil {
		return nil, err
	}
	server, err := NewServer(ctx, name, ServerArgs{
		Region:              region,
		Network:             network,
		InstanceType:        args.config.InstanceType,
		Image:               args.config.Image.Name,
		CPUCredits:          args.config.CPUCredits,
		AdminKey:            args.access.Key,
		AddressSerial:       args.config.AddressSerial,
		TerminateOnShutdown: !args.config.Until.IsZero(),
	})
	if err != nil {
		return nil, err
	}
	host, err := NewHost(ctx, name, HostArgs{
		Server:         server,
		Binary:         args.binary,
		Network:        args.specs.Network,
		DialErrorLimit: args.dialErrorLimit,
		Backports:      args.config.Backports(),
		AdminKey:       secretSSH(args.access.Key),
		VPN:            args.specs.Whole,
	})
	if err != nil {
		return nil, err
	}
	return &Site{
		Region: region, Server: server, Host: host,
		Address:  addressAfter(host.Verified, server.Address),
		Address6: addressAfter(host.Verified, server.Address6),
	}, nil
}

// addressAfter returns the address, known once the resource exists.
func addressAfter(r pulumi.CustomResource, address pulumi.StringOutput) pulumi.StringOutput {
	return pulumi.All(address, r.ID()).ApplyT(func(v []any) string { return v[0].(string) }).(pulumi.StringOutput)
}
