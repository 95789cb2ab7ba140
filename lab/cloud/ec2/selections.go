package ec2

import "slices"

// SelectInstances lists the instances of DescribeInstances that satisfy all
// filters, see
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html.
func (r *Region) SelectInstances(filters ...Filter) ([]Instance, error) {
	if err := r.authorize("DescribeInstances", ""); err != nil {
		return nil, err
	}
	return selected(r.DescribeInstances(), filters, attributes[Instance]{
		named: map[string]func(Instance) string{
			"availability-zone":   func(i Instance) string { return i.Zone },
			"image-id":            func(i Instance) string { return i.ImageID },
			"instance-state-name": func(i Instance) string { return i.State },
			"instance-type":       func(i Instance) string { return i.Type },
			"key-name":            func(i Instance) string { return i.KeyName },
			"subnet-id":           func(i Instance) string { return i.SubnetID },
			"vpc-id":              func(i Instance) string { return i.VpcID },
		},
		tags: func(i Instance) map[string]string { return i.Tags },
	})
}

// SelectAddresses lists the Elastic IPs of DescribeAddresses that satisfy all
// filters, see
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html.
func (r *Region) SelectAddresses(filters ...Filter) ([]Address, error) {
	if err := r.authorize("DescribeAddresses", ""); err != nil {
		return nil, err
	}
	return selected(r.DescribeAddresses(), filters, attributes[Address]{
		named: map[string]func(Address) string{
			"allocation-id":  func(a Address) string { return a.AllocationID },
			"association-id": func(a Address) string { return a.AssociationID },
			"instance-id":    func(a Address) string { return a.InstanceID },
			"public-ip":      func(a Address) string { return a.Public.String() },
		},
		tags: func(a Address) map[string]string { return a.Tags },
	})
}

// DescribeRegions lists the names of the regions that satisfy all filters, in
// order: of those that the account has enabled, or of all, see
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html.
func (c *Cloud) DescribeRegions(all bool, filters ...Filter) ([]string, error) {
	regions := slices.DeleteFunc(c.Regions(), func(name string) bool { return !all && c.OptInStatus(name) == NotOptedIn })
	return selected(regions, filters, attributes[string]{named: map[string]func(string) string{
		"endpoint":      func(name string) string { return "ec2." + name + ".amazonaws.com" },
		"opt-in-status": c.OptInStatus,
		"region-name":   func(name string) string { return name },
	}})
}
