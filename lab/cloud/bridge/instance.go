package bridge

import (
	"context"
	"fmt"

	"tripvpn/lab/cloud/ec2"
)

type instance struct{}

// InstanceInputs are the inputs of aws:ec2/instance:Instance.
type InstanceInputs struct {
	Tagging
	Ami                               string               `pulumi:"ami"`
	InstanceType                      string               `pulumi:"instanceType"`
	SubnetId                          *string              `pulumi:"subnetId,optional"`
	VpcSecurityGroupIds               []string             `pulumi:"vpcSecurityGroupIds,optional"`
	Ipv6Addresses                     []string             `pulumi:"ipv6Addresses,optional"`
	KeyName                           *string              `pulumi:"keyName,optional"`
	UserData                          *string              `pulumi:"userData,optional"`
	MetadataOptions                   *MetadataOptions     `pulumi:"metadataOptions,optional"`
	CreditSpecification               *CreditSpecification `pulumi:"creditSpecification,optional"`
	RootBlockDevice                   *RootBlockDevice     `pulumi:"rootBlockDevice,optional"`
	InstanceInitiatedShutdownBehavior *string              `pulumi:"instanceInitiatedShutdownBehavior,optional"`
}

// MetadataOptions are those of the metadata service.
type MetadataOptions struct {
	HttpEndpoint            *string `pulumi:"httpEndpoint,optional"`
	HttpPutResponseHopLimit *int    `pulumi:"httpPutResponseHopLimit,optional"`
	HttpTokens              *string `pulumi:"httpTokens,optional"`
}

// CreditSpecification is the use of CPU credits.
type CreditSpecification struct {
	CpuCredits *string `pulumi:"cpuCredits,optional"`
}

// RootBlockDevice is the root volume. It is deleted with its instance.
type RootBlockDevice struct {
	Encrypted  *bool   `pulumi:"encrypted,optional"`
	VolumeSize *int    `pulumi:"volumeSize,optional"` // GiB
	VolumeType *string `pulumi:"volumeType,optional"`
}

// InstanceState is the state of aws:ec2/instance:Instance.
type InstanceState struct {
	InstanceInputs
	Arn              string `pulumi:"arn"`
	AvailabilityZone string `pulumi:"availabilityZone"`
	InstanceState    string `pulumi:"instanceState"`
	PrivateIp        string `pulumi:"privateIp"`
}

func (i InstanceInputs) spec() ec2.InstanceSpec {
	return ec2.InstanceSpec{
		ImageID: i.Ami, Type: i.InstanceType, SubnetID: value(i.SubnetId), Address6: i.address6(), GroupIDs: i.VpcSecurityGroupIds,
		KeyName: value(i.KeyName), UserData: decodeUserData(value(i.UserData)),
		Volume: i.RootBlockDevice.volume(), Settings: i.settings(), Tags: i.TagsAll,
	}
}

// address6 is the only IPv6 address that check allows, or empty.
func (i InstanceInputs) address6() string {
	for _, address := range i.Ipv6Addresses {
		return address
	}
	return ""
}

// settings leave out credits that the type does not have, as upstream does.
func (i InstanceInputs) settings() ec2.Settings {
	s := ec2.Settings{Shutdown: value(i.InstanceInitiatedShutdownBehavior)}
	if t, known := ec2.LookupInstanceType(i.InstanceType); t.Burstable || !known {
		s.Credits = i.CreditSpecification.credits()
	}
	if m := i.MetadataOptions; m != nil {
		s.Endpoint, s.Tokens, s.HopLimit = value(m.HttpEndpoint), value(m.HttpTokens), value(m.HttpPutResponseHopLimit)
	}
	return s
}

// changes are the settings that an update asks for. Credits are those that are
// not in the state yet.
func (i InstanceInputs) changes(old InstanceState) ec2.Settings {
	s := i.settings()
	if s.Credits == old.CreditSpecification.credits() {
		s.Credits = ""
	}
	return s
}

func (c *CreditSpecification) credits() string {
	if c == nil {
		return ""
	}
	return value(c.CpuCredits)
}

func (d *RootBlockDevice) volume() ec2.Volume {
	if d == nil {
		return ec2.Volume{}
	}
	return ec2.Volume{Type: value(d.VolumeType), SizeGiB: value(d.VolumeSize), Encrypted: value(d.Encrypted)}
}

func (instance) check(in InstanceInputs, old *InstanceState) error {
	if old != nil {
		if err := in.checkInPlace(*old); err != nil {
			return err
		}
	}
	if len(in.Ipv6Addresses) > 1 {
		return unsupported("several IPv6 addresses of an instance")
	}
	return in.spec().Check()
}

// checkInPlace refuses changes of what the instance booted from. Values that
// are unknown in a preview are empty.
func (i InstanceInputs) checkInPlace(old InstanceState) error {
	if value(i.UserData) != "" && *hashUserData(i.UserData) != value(old.UserData) {
		return unsupported("changing user data in place")
	}
	was, is := old.RootBlockDevice.volume(), i.RootBlockDevice.volume()
	if is.SizeGiB != 0 && is.SizeGiB != was.SizeGiB || is.Type != "" && is.Type != was.Type {
		return unsupported("changing a root volume in place")
	}
	return nil
}

// preview keeps credits that the program no longer sets, which upstream does not
// take for a change.
func (instance) preview(in InstanceInputs, old InstanceState) InstanceState {
	if in.CreditSpecification == nil {
		in.CreditSpecification = old.CreditSpecification
	}
	old.InstanceInputs = in
	old.UserData = hashUserData(in.UserData)
	return old
}

func (instance) create(ctx context.Context, r *ec2.Region, in InstanceInputs) (string, error) {
	var i ec2.Instance
	err := retrying(ctx, "RunInstances", func() (err error) {
		i, err = r.RunInstance(ctx, in.spec())
		return err
	})
	return i.ID, err
}

func (instance) read(r *ec2.Region, id string, old InstanceState) (InstanceState, error) {
	i, err := r.DescribeInstance(id)
	if i.State == ec2.Terminated {
		err = errTerminated
	}
	state := InstanceState{
		InstanceInputs:   described(old.InstanceInputs, i),
		Arn:              r.ARN("instance/" + id),
		AvailabilityZone: i.Zone,
		InstanceState:    i.State,
		PrivateIp:        text(i.Address),
	}
	return state, err
}

// described updates the inputs that are also outputs. Where the type has no
// credits, upstream leaves them as they were.
func described(in InstanceInputs, i ec2.Instance) InstanceInputs {
	in.Ami, in.InstanceType, in.SubnetId, in.KeyName = i.ImageID, i.Type, &i.SubnetID, &i.KeyName
	in.VpcSecurityGroupIds, in.Tagging = i.GroupIDs, in.split(i.Tags)
	in.InstanceInitiatedShutdownBehavior = &i.Settings.Shutdown
	in.Ipv6Addresses = appendKnown([]string{}, i.Address6)
	if i.Settings.Credits != "" {
		in.CreditSpecification = &CreditSpecification{CpuCredits: &i.Settings.Credits}
	}
	in.MetadataOptions = &MetadataOptions{
		HttpEndpoint: &i.Settings.Endpoint, HttpPutResponseHopLimit: &i.Settings.HopLimit, HttpTokens: &i.Settings.Tokens,
	}
	in.RootBlockDevice = &RootBlockDevice{
		Encrypted: &i.Root.Encrypted, VolumeSize: &i.Root.SizeGiB, VolumeType: &i.Root.Type,
	}
	return in
}

// update changes tags and groups first, then the type, then all else, in
// upstream's order.
func (instance) update(ctx context.Context, r *ec2.Region, id string, in InstanceInputs, old InstanceState) error {
	i, err := r.DescribeInstance(id)
	if err != nil {
		return err
	}
	if in.VpcSecurityGroupIds != nil {
		i.GroupIDs = in.VpcSecurityGroupIds
	}
	if err := r.ModifyInstance(ctx, id, i.GroupIDs, ec2.Settings{}, in.TagsAll); err != nil {
		return err
	}
	if in.InstanceType != old.InstanceType {
		if err := changeType(ctx, r, id, in.InstanceType); err != nil {
			return fmt.Errorf("changing its type: %w", err)
		}
	}
	return r.ModifyInstance(ctx, id, i.GroupIDs, in.changes(old), in.TagsAll)
}

// changeType stops the instance if it runs, and starts it in any case
// (modifyInstanceAttributeWithStopStart in internal/service/ec2/ec2_instance.go).
func changeType(ctx context.Context, r *ec2.Region, id, name string) error {
	if err := stopInstance(ctx, r, id); err != nil {
		return err
	}
	if err := r.ModifyInstanceType(id, name); err != nil {
		return fmt.Errorf("modifying EC2 Instance (%s) InstanceType (%s) attribute: %w", id, name, err)
	}
	return startInstance(ctx, r, id)
}

func (instance) delete(ctx context.Context, r *ec2.Region, id string, _ InstanceState) error {
	return r.TerminateInstance(ctx, id)
}
