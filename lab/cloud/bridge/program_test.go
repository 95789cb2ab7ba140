package bridge_test

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2transitgateway"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Public keys that nobody has the other halves of.
const (
	publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f operator\n"
	otherKey  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA operator\n"
)

// server describes one region's server, much as the program does.
type server struct {
	region       string
	instanceType string
	architecture string // "amd64" if empty
	zone         string // instead of the first that offers the type
	admin        string
	userData     string
	key          string
	ami          string // instead of Debian's
	reversed     bool   // rules and routes are listed in reverse
	defaultTags  map[string]string
	maxRetries   int    // zero: the provider's default
	power        string // "running" or "stopped": also an InstanceState
	change       func(*ec2.InstanceArgs)
}

func standard(region string) server {
	return server{region: region, instanceType: "t3.nano", admin: "192.0.2.10/32", userData: "#cloud-config\n", key: publicKey}
}

// servers is a program of servers.
func servers(all ...server) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, s := range all {
			if err := s.run(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

func (s server) run(ctx *pulumi.Context) error {
	provider, err := aws.NewProvider(ctx, s.region, s.provider())
	if err != nil {
		return err
	}
	with := pulumi.Provider(provider)
	image, zone, err := s.survey(ctx, with)
	if err != nil {
		return err
	}
	vpc, subnet, err := s.network(ctx, with, zone)
	if err != nil {
		return err
	}
	routes, err := s.routes(ctx, with, vpc, subnet)
	if err != nil {
		return err
	}
	group, err := s.group(ctx, with, vpc)
	if err != nil {
		return err
	}
	key, err := ec2.NewKeyPair(ctx, s.region, &ec2.KeyPairArgs{PublicKey: pulumi.String(s.key)}, with)
	if err != nil {
		return err
	}
	machine, err := s.instance(ctx, with, image, subnet, group, key, pulumi.DependsOn([]pulumi.Resource{routes}))
	if err != nil {
		return err
	}
	address, err := ec2.NewEip(ctx, s.region, &ec2.EipArgs{Domain: pulumi.String("vpc")}, with)
	if err != nil {
		return err
	}
	_, err = ec2.NewEipAssociation(ctx, s.region, &ec2.EipAssociationArgs{
		AllocationId: address.AllocationId, InstanceId: machine.ID(),
	}, with, pulumi.DependsOn([]pulumi.Resource{routes}))
	if err != nil {
		return err
	}
	if s.power != "" {
		_, err = ec2transitgateway.NewInstanceState(ctx, s.region, &ec2transitgateway.InstanceStateArgs{
			InstanceId: machine.ID(), State: pulumi.String(s.power),
		}, with)
	}
	ctx.Export(s.region, pulumi.Map{
		"address": address.PublicIp, "instance": machine.ID(), "zone": machine.AvailabilityZone, "key": key.KeyName,
		"userData": machine.UserData,
	})
	return err
}

func (s server) provider() *aws.ProviderArgs {
	args := &aws.ProviderArgs{Region: pulumi.String(s.region)}
	if s.defaultTags != nil {
		args.DefaultTags = &aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(s.defaultTags)}
	}
	if s.maxRetries != 0 {
		args.MaxRetries = pulumi.Int(s.maxRetries)
	}
	return args
}

// survey finds the image, and the first zone that offers the instance type.
func (s server) survey(ctx *pulumi.Context, with pulumi.InvokeOption) (image, zone string, err error) {
	offerings, err := ec2.GetInstanceTypeOfferings(ctx, &ec2.GetInstanceTypeOfferingsArgs{
		LocationType: pulumi.StringRef("availability-zone"),
		Filters:      []ec2.GetInstanceTypeOfferingsFilter{{Name: "instance-type", Values: []string{s.instanceType}}},
	}, with)
	if err != nil {
		return "", "", err
	}
	if len(offerings.Locations) == 0 {
		return "", "", fmt.Errorf("no zone of %q offers %q", s.region, s.instanceType)
	}
	zone = cmp.Or(s.zone, offerings.Locations[0])
	if s.ami != "" {
		return s.ami, zone, nil
	}
	found, err := ec2.LookupAmi(ctx, &ec2.LookupAmiArgs{
		Owners: []string{"136693071363"}, MostRecent: pulumi.BoolRef(true),
		Filters: []ec2.GetAmiFilter{{Name: "name", Values: []string{"debian-13-" + cmp.Or(s.architecture, "amd64") + "-*"}}},
	}, with)
	if err != nil {
		return "", "", err
	}
	return found.ImageId, zone, nil
}

func (s server) instance(
	ctx *pulumi.Context, with pulumi.ResourceOption, image string, subnet *ec2.Subnet, group *ec2.SecurityGroup,
	key *ec2.KeyPair, after pulumi.ResourceOption,
) (*ec2.Instance, error) {
	args := &ec2.InstanceArgs{
		Ami:                 pulumi.String(image),
		InstanceType:        pulumi.String(s.instanceType),
		SubnetId:            subnet.ID(),
		VpcSecurityGroupIds: pulumi.StringArray{group.ID()},
		KeyName:             key.KeyName,
		UserData:            pulumi.ToSecret(pulumi.String(s.userData)).(pulumi.StringOutput),
		MetadataOptions: &ec2.InstanceMetadataOptionsArgs{
			HttpTokens: pulumi.String("required"), HttpPutResponseHopLimit: pulumi.Int(1),
		},
		CreditSpecification: &ec2.InstanceCreditSpecificationArgs{CpuCredits: pulumi.String("standard")},
		RootBlockDevice: &ec2.InstanceRootBlockDeviceArgs{
			VolumeType: pulumi.String("gp3"), VolumeSize: pulumi.Int(8), Encrypted: pulumi.Bool(true),
		},
		Tags: pulumi.StringMap{"Name": pulumi.String(s.region)},
	}
	if s.change != nil {
		s.change(args)
	}
	return ec2.NewInstance(ctx, s.region, args, with, after, pulumi.IgnoreChanges([]string{"ami"}))
}

func (s server) network(ctx *pulumi.Context, with pulumi.ResourceOption, zone string) (*ec2.Vpc, *ec2.Subnet, error) {
	vpc, err := ec2.NewVpc(ctx, s.region, &ec2.VpcArgs{
		CidrBlock: pulumi.String("10.86.0.0/16"), AssignGeneratedIpv6CidrBlock: pulumi.Bool(true),
	}, with)
	if err != nil {
		return nil, nil, err
	}
	subnet, err := ec2.NewSubnet(ctx, s.region, &ec2.SubnetArgs{
		VpcId: vpc.ID(), CidrBlock: pulumi.String("10.86.0.0/24"), AvailabilityZone: pulumi.String(zone),
		Ipv6CidrBlock: vpc.Ipv6CidrBlock.ApplyT(func(block string) string {
			return block[:len(block)-len("/56")] + "/64"
		}).(pulumi.StringOutput),
		AssignIpv6AddressOnCreation: pulumi.Bool(true),
	}, with)
	return vpc, subnet, err
}

func (s server) routes(
	ctx *pulumi.Context, with pulumi.ResourceOption, vpc *ec2.Vpc, subnet *ec2.Subnet,
) (*ec2.RouteTableAssociation, error) {
	gateway, err := ec2.NewInternetGateway(ctx, s.region, &ec2.InternetGatewayArgs{VpcId: vpc.ID()}, with)
	if err != nil {
		return nil, err
	}
	routes := ec2.RouteTableRouteArray{
		&ec2.RouteTableRouteArgs{CidrBlock: pulumi.String("0.0.0.0/0"), GatewayId: gateway.ID()},
		&ec2.RouteTableRouteArgs{Ipv6CidrBlock: pulumi.String("::/0"), GatewayId: gateway.ID()},
	}
	if s.reversed {
		slices.Reverse(routes)
	}
	table, err := ec2.NewRouteTable(ctx, s.region, &ec2.RouteTableArgs{VpcId: vpc.ID(), Routes: routes}, with)
	if err != nil {
		return nil, err
	}
	return ec2.NewRouteTableAssociation(ctx, s.region, &ec2.RouteTableAssociationArgs{
		SubnetId: subnet.ID(), RouteTableId: table.ID(),
	}, with)
}

func (s server) group(ctx *pulumi.Context, with pulumi.ResourceOption, vpc *ec2.Vpc) (*ec2.SecurityGroup, error) {
	ingress := ec2.SecurityGroupIngressArray{
		&ec2.SecurityGroupIngressArgs{
			Protocol: pulumi.String("udp"), FromPort: pulumi.Int(1194), ToPort: pulumi.Int(1194),
			CidrBlocks: pulumi.ToStringArray([]string{"0.0.0.0/0"}), Ipv6CidrBlocks: pulumi.ToStringArray([]string{"::/0"}),
		},
		&ec2.SecurityGroupIngressArgs{
			Protocol: pulumi.String("tcp"), FromPort: pulumi.Int(22), ToPort: pulumi.Int(22),
			CidrBlocks: pulumi.ToStringArray([]string{s.admin}),
		},
	}
	if s.reversed {
		slices.Reverse(ingress)
	}
	return ec2.NewSecurityGroup(ctx, s.region, &ec2.SecurityGroupArgs{
		VpcId:       vpc.ID(),
		Description: pulumi.String("OpenVPN from anywhere, SSH from the operator"),
		Ingress:     ingress,
		Egress: ec2.SecurityGroupEgressArray{&ec2.SecurityGroupEgressArgs{
			Protocol: pulumi.String("-1"), FromPort: pulumi.Int(0), ToPort: pulumi.Int(0),
			CidrBlocks: pulumi.ToStringArray([]string{"0.0.0.0/0"}), Ipv6CidrBlocks: pulumi.ToStringArray([]string{"::/0"}),
		}},
	}, with)
}
