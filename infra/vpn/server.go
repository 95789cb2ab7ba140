package vpn

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2transitgateway"
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
	"tripvpn/internal/spec"
	"tripvpn/templates"
)

const serverType = "tripvpn:vpn:Server"

// Server is an EC2 instance with an Elastic IP and an SSH host key from the stack.
type Server struct {
	pulumi.ResourceState

	Instance *ec2.Instance
	Address  pulumi.StringOutput // the Elastic IP
	Address6 pulumi.StringOutput // IPv6
	HostKey  pulumi.StringOutput // the SSH host key: type and base64, no comment
	Ready    []pulumi.Resource   // once they exist, the instance runs and has the address

	name, addressName string
	hints             pulumi.ResourceOption
}

// ServerArgs are the arguments of NewServer.
type ServerArgs struct {
	// Required
	Region       Region
	Network      *Network
	InstanceType string
	Image        string            // the setting that Region.Image follows from
	CPUCredits   config.CPUCredits // empty for a type without CPU credits
	AdminKey     *tls.PrivateKey   // may log in over SSH

	// Optional
	AddressSerial       int  // another number gives another address (default 0)
	TerminateOnShutdown bool // a shutdown terminates the instance (by default it stops)
}

// NewServer creates the server called name in its network.
func NewServer(ctx *pulumi.Context, name string, args ServerArgs) (*Server, error) {
	s := &Server{name: name, hints: args.Region.Hints}
	err := ctx.RegisterComponentResource(serverType, name, s, pulumi.Provider(args.Region.Provider))
	if err != nil {
		return nil, err
	}
	hostKey, err := tls.NewPrivateKey(ctx, name+"-host", ed25519Key, pulumi.Parent(s))
	if err != nil {
		return nil, err
	}
	s.HostKey = hostKey.PublicKeyOpenssh.ApplyT(withoutNewline).(pulumi.StringOutput)
	// Pulumi generates the name, as it does for groups, so a key pair that a
	// killed run left behind does not conflict.
	keyPair, err := ec2.NewKeyPair(ctx, name+"-ssh", &ec2.KeyPairArgs{
		PublicKey: args.AdminKey.PublicKeyOpenssh.ApplyT(withoutNewline).(pulumi.StringOutput),
		Tags:      nameTag(name),
	}, pulumi.Parent(s), s.hints)
	if err != nil {
		return nil, err
	}
	address, err := s.newAddress(ctx, args)
	if err != nil {
		return nil, err
	}
	if s.Instance, err = s.newInstance(ctx, args, keyPair, userData(hostKey), address); err != nil {
		return nil, err
	}
	s.Address6 = s.Instance.Ipv6Addresses.Index(pulumi.Int(0))
	if err := s.associate(ctx, address); err != nil {
		return nil, err
	}
	if err := s.keepRunning(ctx); err != nil {
		return nil, err
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"address": s.Address})
}

// newInstance ignores what applies only to a new server: another image with its
// volume, and user data, which only the first boot would read. The tag tells which
// image the server was built with.
//
// The instance depends on the address, although it does not use it, so that it
// terminates first: while it shuts down, it notifies its clients. A replaced instance
// is deleted before the new one is created, because both have the same IPv6 address.
func (s *Server) newInstance(
	ctx *pulumi.Context, args ServerArgs, keyPair *ec2.KeyPair, userData pulumi.StringOutput, address *ec2.Eip,
) (*ec2.Instance, error) {
	instance := &ec2.InstanceArgs{
		Ami:                 pulumi.String(args.Region.Image.ID),
		InstanceType:        pulumi.String(args.InstanceType),
		SubnetId:            args.Network.Subnet.ID(),
		Ipv6Addresses:       pulumi.StringArray{args.Network.Address6},
		VpcSecurityGroupIds: pulumi.StringArray{args.Network.Group.ID()},
		KeyName:             keyPair.KeyName,
		UserData:            userData,
		// User data contains the host's private key, so only the host itself
		// may read it from the metadata service.
		MetadataOptions: &ec2.InstanceMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		RootBlockDevice: &ec2.InstanceRootBlockDeviceArgs{
			Encrypted:  pulumi.Bool(true),
			VolumeType: pulumi.String(diskType),
			VolumeSize: pulumi.Int(args.Region.Image.diskGiB()),
		},
		InstanceInitiatedShutdownBehavior: pulumi.String("stop"),
		Tags:                              pulumi.StringMap{"Name": pulumi.String(s.name), tagImage: pulumi.String(args.Image)},
	}
	if args.TerminateOnShutdown {
		instance.InstanceInitiatedShutdownBehavior = pulumi.String("terminate")
	}
	if args.CPUCredits != "" {
		instance.CreditSpecification = &ec2.InstanceCreditSpecificationArgs{CpuCredits: pulumi.String(string(args.CPUCredits))}
	}
	return ec2.NewInstance(ctx, s.name+"-instance", instance,
		pulumi.Parent(s), s.hints, pulumi.DependsOn([]pulumi.Resource{address}), pulumi.DeleteBeforeReplace(true),
		pulumi.IgnoreChanges([]string{"ami", "userData", "rootBlockDevice.volumeSize", `tags["` + tagImage + `"]`}))
}

// newAddress creates the address separately, so that a replaced instance keeps
// it. The serial is part of the resource's name: another serial is another
// resource, created before the old one is released.
func (s *Server) newAddress(ctx *pulumi.Context, args ServerArgs) (*ec2.Eip, error) {
	s.addressName = s.name + "-address"
	if args.AddressSerial > 0 {
		s.addressName += "-" + strconv.Itoa(args.AddressSerial)
	}
	// An address needs the gateway, and must be released before it.
	address, err := ec2.NewEip(ctx, s.addressName, &ec2.EipArgs{
		Domain: pulumi.String("vpc"),
		Tags:   nameTag(s.name),
	}, pulumi.Parent(s), s.hints, pulumi.DependsOn([]pulumi.Resource{args.Network.Routes}))
	if err != nil {
		return nil, err
	}
	s.Address = address.PublicIp
	return address, nil
}

// associate assigns the address to the instance, instead of any earlier one. The
// association ends with the instance, not before: see newInstance.
func (s *Server) associate(ctx *pulumi.Context, address *ec2.Eip) error {
	association, err := ec2.NewEipAssociation(ctx, s.addressName, &ec2.EipAssociationArgs{
		AllocationId: address.ID(),
		InstanceId:   s.Instance.ID(),
	}, pulumi.Parent(s), s.hints, pulumi.DeletedWith(s.Instance))
	s.Ready = append(s.Ready, association)
	return err
}

// keepRunning starts an instance that was stopped, and logs that: a stopped one is
// otherwise no difference.
func (s *Server) keepRunning(ctx *pulumi.Context) error {
	starts, err := ctx.RegisterResourceHook(s.name+"-starts", func(args *pulumi.ResourceHookArgs) error {
		return ctx.Log.Warn(fmt.Sprintf("the server %s (%s) was stopped, and is started again", s.name, args.ID), nil)
	}, &pulumi.ResourceHookOptions{OnDryRun: true})
	if err != nil {
		return err
	}
	running, err := ec2transitgateway.NewInstanceState(ctx, s.name+"-running", &ec2transitgateway.InstanceStateArgs{
		InstanceId: s.Instance.ID(),
		State:      pulumi.String("running"),
	}, pulumi.Parent(s), s.hints, pulumi.DeletedWith(s.Instance),
		pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeUpdate: []*pulumi.ResourceHook{starts}}))
	s.Ready = append(s.Ready, running)
	return err
}

func userData(hostKey *tls.PrivateKey) pulumi.StringOutput {
	return pulumi.All(secretSSH(hostKey), hostKey.PublicKeyOpenssh).ApplyT(func(values []any) (string, error) {
		return templates.UserData{
			LoginUser:     spec.LoginUser,
			HostKey:       values[0].(string),
			HostPublicKey: withoutNewline(values[1].(string)),
		}.Render()
	}).(pulumi.StringOutput)
}
