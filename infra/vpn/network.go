package vpn

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
	"tripvpn/internal/spec"
)

const networkType = "tripvpn:vpn:Network"

// Network is the VPC that a server runs in, with one public dual-stack subnet and
// the server's security group. It does not use the default VPC, because an
// account may not have one. All of it is free of charge.
type Network struct {
	pulumi.ResourceState

	Subnet   *ec2.Subnet
	Group    *ec2.SecurityGroup
	Address6 pulumi.StringOutput        // IPv6 address of the server
	Routes   *ec2.RouteTableAssociation // without it nothing reaches the subnet

	name  string
	hints pulumi.ResourceOption
}

// NetworkArgs are the arguments of NewNetwork.
type NetworkArgs struct {
	// Required
	Region    Region
	Listeners []spec.Listener // their ports are open to everybody
	Admins    []netip.Prefix  // networks that may reach SSH

	// Optional
	IPv6 bool // the listeners are open over IPv6, too
}

// NewNetwork creates the network called name in its region.
func NewNetwork(ctx *pulumi.Context, name string, args NetworkArgs) (*Network, error) {
	n := &Network{name: name, hints: args.Region.Hints}
	err := ctx.RegisterComponentResource(networkType, name, n, pulumi.Provider(args.Region.Provider))
	if err != nil {
		return nil, err
	}
	vpc, err := ec2.NewVpc(ctx, name+"-vpc", &ec2.VpcArgs{
		CidrBlock:                    pulumi.String(config.VPCSubnet.String()),
		AssignGeneratedIpv6CidrBlock: pulumi.Bool(true),
		Tags:                         nameTag(name),
	}, pulumi.Parent(n), n.hints)
	if err != nil {
		return nil, err
	}
	if n.Subnet, err = n.newSubnet(ctx, vpc, args.Region); err != nil {
		return nil, err
	}
	n.Address6 = n.Subnet.Ipv6CidrBlock.Elem().ApplyT(serverAddress6).(pulumi.StringOutput)
	if n.Routes, err = n.newRoutes(ctx, vpc); err != nil {
		return nil, err
	}
	if n.Group, err = n.newGroup(ctx, vpc, args); err != nil {
		return nil, err
	}
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{})
}

// newSubnet keeps the zone of a subnet with a server: another zone applies to a new
// server. A subnet without one is replaced, before the next one is created, because
// both have the same addresses.
func (n *Network) newSubnet(ctx *pulumi.Context, vpc *ec2.Vpc, region Region) (*ec2.Subnet, error) {
	zoneOption := pulumi.DeleteBeforeReplace(true)
	if region.KeepsZone {
		zoneOption = pulumi.IgnoreChanges([]string{"availabilityZone"})
	}
	return ec2.NewSubnet(ctx, n.name+"-subnet", &ec2.SubnetArgs{
		VpcId:                       vpc.ID(),
		AvailabilityZone:            pulumi.String(region.Zone),
		CidrBlock:                   pulumi.String(config.VPCSubnet.String()),
		Ipv6CidrBlock:               vpc.Ipv6CidrBlock.ApplyT(firstSubnet6).(pulumi.StringOutput),
		AssignIpv6AddressOnCreation: pulumi.Bool(true),
		Tags:                        nameTag(n.name),
	}, pulumi.Parent(n), n.hints, zoneOption)
}

func (n *Network) newRoutes(ctx *pulumi.Context, vpc *ec2.Vpc) (*ec2.RouteTableAssociation, error) {
	gateway, err := ec2.NewInternetGateway(ctx, n.name+"-gateway", &ec2.InternetGatewayArgs{
		VpcId: vpc.ID(),
		Tags:  nameTag(n.name),
	}, pulumi.Parent(n), n.hints)
	if err != nil {
		return nil, err
	}
	table, err := ec2.NewRouteTable(ctx, n.name+"-routes", &ec2.RouteTableArgs{
		VpcId: vpc.ID(),
		Routes: ec2.RouteTableRouteArray{
			&ec2.RouteTableRouteArgs{CidrBlock: pulumi.String("0.0.0.0/0"), GatewayId: gateway.ID()},
			&ec2.RouteTableRouteArgs{Ipv6CidrBlock: pulumi.String("::/0"), GatewayId: gateway.ID()},
		},
		Tags: nameTag(n.name),
	}, pulumi.Parent(n), n.hints)
	if err != nil {
		return nil, err
	}
	return ec2.NewRouteTableAssociation(ctx, n.name+"-routes", &ec2.RouteTableAssociationArgs{
		SubnetId:     n.Subnet.ID(),
		RouteTableId: table.ID(),
	}, pulumi.Parent(n), n.hints)
}

// newGroup opens the listeners' ports to everybody, and SSH to the admins.
func (n *Network) newGroup(ctx *pulumi.Context, vpc *ec2.Vpc, args NetworkArgs) (*ec2.SecurityGroup, error) {
	ingress := ec2.SecurityGroupIngressArray{}
	for _, l := range args.Listeners {
		ingress = append(ingress, openVPNRule(l, args.IPv6))
	}
	return ec2.NewSecurityGroup(ctx, n.name+"-group", &ec2.SecurityGroupArgs{
		VpcId:       vpc.ID(),
		Description: pulumi.String("OpenVPN from anywhere, SSH from the operator"),
		Ingress:     append(ingress, sshRule(args.Admins)),
		Egress: ec2.SecurityGroupEgressArray{&ec2.SecurityGroupEgressArgs{
			Protocol: pulumi.String("-1"), FromPort: pulumi.Int(0), ToPort: pulumi.Int(0),
			CidrBlocks:     pulumi.ToStringArray([]string{"0.0.0.0/0"}),
			Ipv6CidrBlocks: pulumi.ToStringArray([]string{"::/0"}),
		}},
		Tags: nameTag(n.name),
	}, pulumi.Parent(n), n.hints)
}

func openVPNRule(l spec.Listener, ipv6 bool) *ec2.SecurityGroupIngressArgs {
	var v6 []string
	if ipv6 {
		v6 = []string{"::/0"}
	}
	return &ec2.SecurityGroupIngressArgs{
		Description: pulumi.String("OpenVPN"),
		Protocol:    pulumi.String(string(l.Protocol)), FromPort: pulumi.Int(int(l.Port)), ToPort: pulumi.Int(int(l.Port)),
		CidrBlocks:     pulumi.ToStringArray([]string{"0.0.0.0/0"}),
		Ipv6CidrBlocks: pulumi.ToStringArray(v6),
	}
}

func sshRule(admins []netip.Prefix) *ec2.SecurityGroupIngressArgs {
	var v4, v6 []string
	for _, admin := range admins {
		if admin.Addr().Is4() {
			v4 = append(v4, admin.String())
		} else {
			v6 = append(v6, admin.String())
		}
	}
	return &ec2.SecurityGroupIngressArgs{
		Description: pulumi.String("SSH"),
		Protocol:    pulumi.String("tcp"), FromPort: pulumi.Int(22), ToPort: pulumi.Int(22),
		CidrBlocks:     pulumi.ToStringArray(v4),
		Ipv6CidrBlocks: pulumi.ToStringArray(v6),
	}
}

// firstSubnet6 returns the first /64 of the VPC's IPv6 block.
func firstSubnet6(block string) (string, error) {
	prefix, err := netip.ParsePrefix(block)
	if err != nil || !prefix.Addr().Is6() || prefix.Bits() > 64 {
		return "", fmt.Errorf("reading the VPC's IPv6 block %q: it is not an IPv6 network that contains a /64", block)
	}
	return netip.PrefixFrom(prefix.Addr(), 64).String(), nil
}

// vpcBits6 is the length of a VPC's IPv6 block, which AWS chooses.
const vpcBits6 = 56

// serverAddress6 returns the server's address in the subnet. It does not change with
// the server, because profiles contain it.
func serverAddress6(subnet string) (string, error) {
	prefix, err := netip.ParsePrefix(subnet)
	if err != nil || !prefix.Addr().Is6() {
		return "", fmt.Errorf("reading the subnet's IPv6 block %q: it is not an IPv6 network", subnet)
	}
	address := prefix.Masked().Addr().As16()
	address[14], address[15] = 0x11, 0x94
	return netip.AddrFrom16(address).String(), nil
}

func nameTag(name string) pulumi.StringMap { return pulumi.StringMap{"Name": pulumi.String(name)} }
