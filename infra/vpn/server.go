package vpn

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/templates"
)

const serverType = "tripvpn:vpn:Server"

// Server is the machine: an instance with the SSH host key that we gave it,
// behind an Elastic IP.
type Server struct {
	pulumi.ResourceState

	Instance *ec2.Instance
	Address  pulumi.StringOutput // the Elastic IP
	HostKey  pulumi.StringOutput // the SSH host key: type and base64, no comment
	Ready    pulumi.Resource     // once it exists, the address leads to the instance

	name string
}

// ServerArgs are what a server needs to know.
type ServerArgs struct {
	// Required
	Region       Region
	Network      *Network
	InstanceType string
	AdminKey     *tls.PrivateKey // who may log in
}

// NewServer makes the machine called name in its network.
func NewServer(ctx *pulumi.Context, name string, args ServerArgs) (*Server, error) {
	s := &Server{name: name}
	err := ctx.RegisterComponentResource(serverType, name, s, pulumi.Provider(args.Region.Provider))
	if err != nil {
		return nil, err
	}
	hostKey, err := tls.NewPrivateKey(ctx, name+"-host", ed25519Key, pulumi.Parent(s))
	if err != nil {
		return nil, err
	}
	s.HostKey = hostKey.PublicKeyOpenssh.ApplyT(withoutNewline).(pulumi.StringOutput)
	keyPair, err := ec2.NewKeyPair(ctx, name+"-admin", &ec2.KeyPairArgs{
		KeyName:   pulumi.String(name),
		PublicKey: args.AdminKey.PublicKeyOpenssh.ApplyT(withoutNewline).(pulumi.StringOutput),
		Tags:      nameTag(name),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, err
	}
	if s.Instance, err = s.newInstance(ctx, args, keyPair, userData(hostKey)); err != nil {
		return nil, err
	}
	if err := s.newAddress(ctx, args.Network); err != nil {
		return nil, err
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"address": s.Address})
}

// newInstance ignores a newer image, which is no reason to lose a running
// server, and newer user data, which only a first boot would read.
func (s *Server) newInstance(ctx *pulumi.Context, args ServerArgs, keyPair *ec2.KeyPair, userData pulumi.StringOutput) (*ec2.Instance, error) {
	instance := &ec2.InstanceArgs{
		Ami:                 pulumi.String(args.Region.AMI),
		InstanceType:        pulumi.String(args.InstanceType),
		SubnetId:            args.Network.Subnet.ID(),
		VpcSecurityGroupIds: pulumi.StringArray{args.Network.Group.ID()},
		KeyName:             keyPair.KeyName,
		UserData:            userData,
		// User data holds the host's private key, so nobody but the host
		// itself may ask the metadata service for it.
		MetadataOptions: &ec2.InstanceMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		RootBlockDevice: &ec2.InstanceRootBlockDeviceArgs{
			Encrypted:  pulumi.Bool(true),
			VolumeType: pulumi.String("gp3"),
			VolumeSize: pulumi.Int(8), // GiB
		},
		Tags: nameTag(s.name),
	}
	if burstable(args.InstanceType) {
		instance.CreditSpecification = &ec2.InstanceCreditSpecificationArgs{CpuCredits: pulumi.String("standard")}
	}
	return ec2.NewInstance(ctx, s.name+"-instance", instance,
		pulumi.Parent(s), pulumi.IgnoreChanges([]string{"ami", "userData"}))
}

// newAddress makes the address apart from the instance, so that an instance
// that has to be replaced keeps it.
func (s *Server) newAddress(ctx *pulumi.Context, network *Network) error {
	// Addresses need the gateway, and are let go before it.
	eip, err := ec2.NewEip(ctx, s.name+"-address", &ec2.EipArgs{
		Domain: pulumi.String("vpc"),
		Tags:   nameTag(s.name),
	}, pulumi.Parent(s), pulumi.DependsOn([]pulumi.Resource{network.Routes}))
	if err != nil {
		return err
	}
	association, err := ec2.NewEipAssociation(ctx, s.name+"-address", &ec2.EipAssociationArgs{
		AllocationId: eip.ID(),
		InstanceId:   s.Instance.ID(),
	}, pulumi.Parent(s))
	s.Address, s.Ready = eip.PublicIp, association
	return err
}

func userData(hostKey *tls.PrivateKey) pulumi.StringOutput {
	return pulumi.All(secretSSH(hostKey), hostKey.PublicKeyOpenssh).ApplyT(func(values []any) (string, error) {
		return templates.UserData{
			HostKey:       values[0].(string),
			HostPublicKey: withoutNewline(values[1].(string)),
		}.Render()
	}).(pulumi.StringOutput)
}
