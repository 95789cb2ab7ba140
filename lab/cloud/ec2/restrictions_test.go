package ec2_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

// short is the error of a call alone.
func short[T any](_ T, err error) error { return err }

func TestEachActionCanBeDenied(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	i, a := w.launchEnding("stop")
	table := "rtbassoc-0123456789abcdef0"
	in, out := []ec2.RuleSpec{udp(1, 1, "0.0.0.0/0")}, []ec2.RuleSpec{{Egress: true, Protocol: "all", From: ec2.AnyPort, To: ec2.AnyPort, Peer: "0.0.0.0/0"}}
	calls := map[string][]func() error{
		"AllocateAddress":               {func() error { return short(w.AllocateAddress(nil)) }},
		"AssociateAddress":              {func() error { return short(w.AssociateAddress(ctx, a.AllocationID, i.ID)) }},
		"AssociateRouteTable":           {func() error { return short(w.AssociateRouteTable(ctx, w.table.ID, w.subnet.ID)) }},
		"AttachInternetGateway":         {func() error { return w.AttachInternetGateway(ctx, w.gateway.ID, w.vpc.ID) }},
		"AuthorizeSecurityGroupEgress":  {func() error { return w.AuthorizeSecurityGroup(ctx, w.group.ID, out) }},
		"AuthorizeSecurityGroupIngress": {func() error { return w.AuthorizeSecurityGroup(ctx, w.group.ID, in) }},
		"CreateInternetGateway":         {func() error { return short(w.CreateInternetGateway(nil)) }},
		"CreateRoute":                   {func() error { return w.CreateRoute(ctx, w.table.ID, ec2.Route{}) }},
		"CreateRouteTable":              {func() error { return short(w.CreateRouteTable(w.vpc.ID, nil)) }},
		"CreateSecurityGroup":           {func() error { return short(w.CreateSecurityGroup(ec2.GroupSpec{VpcID: w.vpc.ID})) }},
		"CreateSubnet":                  {func() error { return short(w.CreateSubnet(ec2.SubnetSpec{VpcID: w.vpc.ID})) }},
		"CreateTags": {
			func() error { return w.TagVpc(w.vpc.ID, nil) }, func() error { return w.TagInternetGateway(w.gateway.ID, nil) },
			func() error { return w.TagRouteTable(w.table.ID, nil) }, func() error { return w.TagSecurityGroup(w.group.ID, nil) },
			func() error { return w.TagKeyPair(w.key.Name, nil) }, func() error { return w.TagAddress(a.AllocationID, nil) },
		},
		"CreateVpc":             {func() error { return short(w.CreateVpc(ec2.VpcSpec{CIDR: "10.87.0.0/16"})) }},
		"DeleteInternetGateway": {func() error { return w.DeleteInternetGateway(w.gateway.ID) }},
		"DeleteKeyPair":         {func() error { return w.DeleteKeyPair(w.key.Name) }},
		"DeleteRoute":           {func() error { return w.DeleteRoute(ctx, w.table.ID, w.vpc.Block) }},
		"DeleteRouteTable":      {func() error { return w.DeleteRouteTable(w.table.ID) }},
		"DeleteSecurityGroup":   {func() error { return w.DeleteSecurityGroup(w.group.ID) }},
		"DeleteSubnet":          {func() error { return w.DeleteSubnet(w.subnet.ID) }},
		"DeleteVpc":             {func() error { return w.DeleteVpc(w.vpc.ID) }},
		"DescribeAddresses": {
			func() error { return short(w.DescribeAddress(a.AllocationID)) }, func() error { return short(w.DescribeAssociation(a.AssociationID)) },
		},
		"DescribeImages":                {func() error { return short(w.DescribeImages(ec2.ImageQuery{})) }},
		"DescribeInstances":             {func() error { return short(w.DescribeInstance(i.ID)) }},
		"DescribeInstanceTypeOfferings": {func() error { return short(w.Offerings()) }},
		"DescribeInternetGateways":      {func() error { return short(w.DescribeInternetGateway(w.gateway.ID)) }},
		"DescribeKeyPairs":              {func() error { return short(w.DescribeKeyPair(w.key.Name)) }},
		"DescribeRouteTables": {
			func() error { return short(w.DescribeRouteTable(w.table.ID)) }, func() error { return short(w.DescribeRouteTableAssociation(table)) },
		},
		"DescribeSecurityGroups": {func() error { return short(w.DescribeSecurityGroup(w.group.ID)) }},
		"DescribeSubnets":        {func() error { return short(w.DescribeSubnet(w.subnet.ID)) }},
		"DescribeVpcs":           {func() error { return short(w.DescribeVpc(w.vpc.ID)) }},
		"DetachInternetGateway":  {func() error { return w.DetachInternetGateway(ctx, w.gateway.ID, w.vpc.ID) }},
		"DisassociateAddress":    {func() error { return w.DisassociateAddress(ctx, a.AssociationID) }},
		"DisassociateRouteTable": {func() error { return w.DisassociateRouteTable(ctx, table) }},
		"ImportKeyPair":          {func() error { return short(w.ImportKeyPair(ec2.KeySpec{Name: "other", PublicKey: publicKey})) }},
		"ModifyInstanceAttribute": {
			func() error { return w.ModifyInstance(ctx, i.ID, i.GroupIDs, ec2.Settings{}, nil) },
			func() error { return w.ModifyInstanceType(i.ID, "t3.micro") },
		},
		"ModifySubnetAttribute":        {func() error { return w.ModifySubnet(w.subnet.ID, true, nil) }},
		"ReleaseAddress":               {func() error { return w.ReleaseAddress(a.AllocationID) }},
		"ReplaceRouteTableAssociation": {func() error { return w.ReplaceRouteTableAssociation(ctx, table, w.table.ID) }},
		"RevokeSecurityGroupEgress":    {func() error { return w.RevokeSecurityGroup(ctx, w.group.ID, out) }},
		"RevokeSecurityGroupIngress":   {func() error { return w.RevokeSecurityGroup(ctx, w.group.ID, in) }},
		"RunInstances":                 {func() error { return short(w.RunInstance(ctx, w.spec())) }},
		"StartInstances":               {func() error { return w.StartInstance(ctx, i.ID) }},
		"StopInstances":                {func() error { return w.StopInstance(ctx, i.ID) }},
		"TerminateInstances":           {func() error { return w.TerminateInstance(ctx, i.ID) }},
	}
	inventory := w.cloud.Inventory()
	for action, variants := range calls {
		w.cloud.Restrict(ec2.Restrictions{Denied: []string{action}})
		for _, call := range variants {
			before := w.Attempts(action)
			refused(t, call(), "UnauthorizedOperation", "You are not authorized to perform this operation. "+
				"User: arn:aws:iam::123456789012:user/operator is not authorized to perform: ec2:"+action)
			require.Equal(t, before+1, w.Attempts(action), action)
		}
	}
	require.Equal(t, inventory, w.cloud.Inventory(), "nothing has happened")
	require.Empty(t, w.datacenter.Calls())
}

func TestWhatADenialSays(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	w.cloud.Restrict(ec2.Restrictions{Denied: []string{"StopInstances", "DescribeInstances"}})
	refused(t, w.StopInstance(t.Context(), i.ID), "UnauthorizedOperation", "is not authorized to perform: ec2:StopInstances "+
		"on resource: arn:aws:ec2:us-east-1:123456789012:instance/"+i.ID+
		" because no identity-based policy allows the ec2:StopInstances action")
	_, err := w.DescribeInstance(i.ID)
	refused(t, err, "UnauthorizedOperation", "is not authorized to perform: ec2:DescribeInstances "+
		"because no identity-based policy allows the ec2:DescribeInstances action")
	w.cloud.Restrict(ec2.Restrictions{})
	require.NoError(t, w.StopInstance(t.Context(), i.ID))
}

func TestAFailedLaunchIsCleanedUpWithoutPermission(t *testing.T) {
	w := newWorld(t)
	w.cloud.Restrict(ec2.Restrictions{Denied: []string{"TerminateInstances"}})
	before := w.cloud.Inventory()
	broken := errors.New("no root file system")
	w.datacenter.Fail("launch", broken)
	_, err := w.RunInstance(t.Context(), w.spec())
	require.ErrorIs(t, err, broken)
	require.NotContains(t, err.Error(), "UnauthorizedOperation")
	require.Equal(t, before, w.cloud.Inventory())
}

func TestNoCapacity(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	out := func(zones ...string) {
		var none []ec2.Offering
		for _, zone := range zones {
			none = append(none, ec2.Offering{Type: "t3.nano", Zone: zone})
		}
		w.cloud.Restrict(ec2.Restrictions{NoCapacity: none})
	}
	words := "We currently do not have sufficient t3.nano capacity in the Availability Zone you requested (us-east-1b). " +
		"Our system will be working on provisioning additional capacity."
	out("us-east-1b")
	_, err := w.RunInstance(t.Context(), w.spec())
	refused(t, err, "InsufficientInstanceCapacity", words+" You can currently get t3.nano capacity by not specifying an "+
		"Availability Zone in your request or choosing us-east-1c.")
	out("us-east-1b", "us-east-1c")
	_, err = w.RunInstance(t.Context(), w.spec())
	refused(t, err, "InsufficientInstanceCapacity", words)
	require.NotContains(t, err.Error(), "You can currently")
	require.Len(t, w.datacenter.Machines(), 1)

	require.NoError(t, w.StopInstance(t.Context(), i.ID))
	refused(t, w.StartInstance(t.Context(), i.ID), "InsufficientInstanceCapacity", "Insufficient capacity.")
	require.Equal(t, ec2.Stopped, w.describe(i.ID).State)
	require.NoError(t, w.ModifyInstanceType(i.ID, "t3.micro"))
	require.NoError(t, w.StartInstance(t.Context(), i.ID), "of another type there is")
	out("us-east-1c")
	w.launch()
}

func TestTheFreePlan(t *testing.T) {
	w := newWorld(t)
	i := w.launch()
	w.cloud.Restrict(ec2.Restrictions{FreePlan: true})
	s := w.spec()
	_, err := w.RunInstance(t.Context(), s)
	words := "The specified instance type is not eligible for Free Tier. For a list of Free Tier instance types, run " +
		"'describe-instance-types' with the filter 'free-tier-eligible=true'."
	refused(t, err, "InvalidParameterCombination", words)
	for _, name := range []string{"t3.micro", "t3.small", "c7i-flex.large", "m7i-flex.large"} {
		s.Type = name
		_, err := w.RunInstance(t.Context(), s)
		require.NoError(t, err, name)
	}
	s.ImageID = imageNamed(t, w.Region, "debian-13-arm64-*")
	for _, name := range []string{"t4g.micro", "t4g.small"} {
		s.Type = name
		_, err := w.RunInstance(t.Context(), s)
		require.NoError(t, err, name)
	}
	require.NoError(t, w.StopInstance(t.Context(), i.ID))
	refused(t, w.StartInstance(t.Context(), i.ID), "InvalidParameterCombination", words)
}

func TestTheQuotaOfVCPUs(t *testing.T) {
	w := newWorld(t)
	w.cloud.Restrict(ec2.Restrictions{VCPUs: 5})
	first := w.launch()
	w.launch()
	words := "You have requested more vCPU capacity than your current vCPU limit of 5 allows for the instance bucket that " +
		"the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an " +
		"adjustment to this limit."
	_, err := w.RunInstance(t.Context(), w.spec())
	refused(t, err, "VcpuLimitExceeded", words)
	s := w.spec()
	s.Type = "t2.nano"
	_, err = w.RunInstance(t.Context(), s)
	require.NoError(t, err, "it has one")
	require.NoError(t, w.StopInstance(t.Context(), first.ID))
	w.launch()
	refused(t, w.StartInstance(t.Context(), first.ID), "VcpuLimitExceeded", words)
	other, err := w.cloud.Region("eu-west-1")
	require.NoError(t, err)
	require.Zero(t, other.Attempts("RunInstances"))
}

func TestFiveVpcsARegion(t *testing.T) {
	w := newWorld(t)
	for range ec2.MaxVpcs - 1 {
		_, err := w.CreateVpc(ec2.VpcSpec{CIDR: "10.87.0.0/16"})
		require.NoError(t, err)
	}
	_, err := w.CreateVpc(ec2.VpcSpec{CIDR: "10.87.0.0/16"})
	refused(t, err, "VpcLimitExceeded", "The maximum number of VPCs has been reached.")
	other, err := w.cloud.Region("eu-west-1")
	require.NoError(t, err)
	_, err = other.CreateVpc(ec2.VpcSpec{CIDR: "10.87.0.0/16"})
	require.NoError(t, err)
}
