package bridge_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/route53"
)

const (
	getAmi       = "aws:ec2/getAmi:getAmi"
	getInstances = "aws:ec2/getInstances:getInstances"
	getEips      = "aws:ec2/getEips:getEips"
	getResources = "aws:resourcegroupstaggingapi/getResources:getResources"
	getRegions   = "aws:index/getRegions:getRegions"
	getRecords   = "aws:route53/getRecords:getRecords"
	getOfferings = "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"
	getProduct   = "aws:pricing/getProduct:getProduct"
)

func (a *attached) call(token tokens.Type, args props) resource.PropertyMap {
	a.t.Helper()
	result, failures, err := a.invoke(token, args)
	require.NoError(a.t, err)
	require.Empty(a.t, failures)
	require.Equal(a.t, token != getRecords, result["id"].IsString(), "every function but one has an id")
	return result
}

// listed are the strings of a list.
func listed(v resource.PropertyValue) []string {
	var texts []string
	for _, element := range v.ArrayValue() {
		texts = append(texts, element.StringValue())
	}
	return texts
}

func filter(name, value string) []any {
	return []any{props{"name": name, "values": []any{value}}}
}

func TestImagesAreFound(t *testing.T) {
	a := configured(t, props{})
	newest := a.call(getAmi, props{
		"owners": []any{"136693071363"}, "mostRecent": true, "filters": filter("name", "debian-*-arm64-*"),
	})
	require.Regexp(t, "^debian-13-arm64-", newest["name"].StringValue())
	require.Equal(t, "arm64", newest["architecture"].StringValue())
	require.Equal(t, "/dev/xvda", newest["rootDeviceName"].StringValue())
	require.Equal(t, newest["imageId"], newest["id"])
	again := a.call(getAmi, props{"filters": filter("image-id", newest["imageId"].StringValue())})
	require.Equal(t, newest["name"], again["name"])
}

func TestTheDiskOfAnImageIsKnown(t *testing.T) {
	a := configured(t, props{})
	own := a.call(getAmi, props{"owners": []any{"self"}, "filters": filter("name", "own-debian-13-amd64")})
	require.Equal(t, ec2.AccountID, own["ownerId"].StringValue())
	disk := own["blockDeviceMappings"].ArrayValue()[0].ObjectValue()
	require.Equal(t, "/dev/xvda", disk["deviceName"].StringValue())
	require.Equal(t, "20", disk["ebs"].ObjectValue()["volume_size"].StringValue())
	debian := a.call(getAmi, props{"filters": filter("name", "debian-13-amd64-*")})
	require.Equal(t, "8", debian["blockDeviceMappings"].ArrayValue()[0].ObjectValue()["ebs"].ObjectValue()["volume_size"].StringValue())

	inputs := with(a.instance(), "ami", own["imageId"].StringValue())
	_, err := a.try(instanceType, with(inputs, "rootBlockDevice", props{"volumeSize": 8}), false)
	require.ErrorContains(t, err, "api error InvalidBlockDeviceMapping: Volume of size 8GB is smaller than snapshot")
	a.create(instanceType, with(inputs, "rootBlockDevice", props{"volumeSize": 20}))
}

func TestDeprecatedImagesAreFoundIfAskedFor(t *testing.T) {
	a := configured(t, props{})
	a.cloud.DeprecateImages("debian-13-*")
	args := props{"owners": []any{"136693071363"}, "mostRecent": true, "filters": filter("name", "debian-*-amd64-*")}
	require.Regexp(t, "^debian-12-", a.call(getAmi, args)["name"].StringValue())
	require.Regexp(t, "^debian-13-", a.call(getAmi, with(args, "includeDeprecated", true))["name"].StringValue())
	_, _, err := a.invoke(getAmi, with(args, "filters", filter("name", "debian-13-amd64-*")))
	require.ErrorContains(t, err, "Your query returned no results.")
}

func TestOfferingsAreFound(t *testing.T) {
	a := configured(t, props{})
	offerings := a.call(getOfferings, props{
		"locationType": "availability-zone", "filters": filter("instance-type", "t4g.nano"),
	})
	require.Equal(t, []string{"us-east-1b", "us-east-1c"}, listed(offerings["locations"]))
	require.Equal(t, []string{"t4g.nano", "t4g.nano"}, listed(offerings["instanceTypes"]))
	require.Equal(t, "us-east-1", offerings["id"].StringValue())
	nowhere := a.call(getOfferings, props{
		"locationType": "availability-zone", "filters": filter("instance-type", "t9.huge"),
	})
	require.Empty(t, listed(nowhere["locations"]))
}

func TestInstancesAndAddressesAreFoundByTags(t *testing.T) {
	a := configured(t, props{})
	tags := props{"trip": "lisbon", "Name": "server"}
	machine := a.create(instanceType, with(a.instance(), "tags", tags))
	address := a.create(eipType, props{"tags": tags})
	a.create(eipType, props{"tags": props{"trip": "porto"}})
	a.create(associationType, props{"allocationId": address.id, "instanceId": machine.id})

	found := a.call(getEips, props{"tags": props{"trip": "lisbon"}})
	require.Equal(t, []string{address.id}, listed(found["allocationIds"]))
	require.Equal(t, []string{address.text("publicIp")}, listed(found["publicIps"]))
	require.Len(t, listed(a.call(getEips, props{})["publicIps"]), 2)
	found = a.call(getEips, props{"tags": props{"trip": "*"}, "filters": filter("instance-id", machine.id)})
	require.Equal(t, []string{address.id}, listed(found["allocationIds"]))

	instances := a.call(getInstances, props{"instanceTags": props{"trip": "lisbon"}})
	require.Equal(t, []string{machine.id}, listed(instances["ids"]))
	require.Equal(t, []string{address.text("publicIp")}, listed(instances["publicIps"]))
	require.Equal(t, []string{machine.text("privateIp")}, listed(instances["privateIps"]))
	require.Empty(t, listed(a.call(getInstances, props{"instanceTags": props{"trip": "porto"}})["ids"]))

	require.Empty(t, listed(a.call(getInstances, props{"filters": filter("subnet-id", "subnet-0")})["ids"]))

	a.datacenter.PowerOff(machine.id)
	require.Empty(t, listed(a.call(getInstances, props{})["ids"]), "those that run, unless states are given")
	require.Equal(t, []string{machine.id}, listed(a.call(getInstances, props{"instanceStateNames": []any{"stopped"}})["ids"]))
	require.NoError(t, a.delete(instanceType, machine))
	ended := a.call(getInstances, props{"instanceStateNames": []any{"shutting-down", "terminated"}})
	require.Equal(t, []string{machine.id}, listed(ended["ids"]), "EC2 remembers it")
	require.Empty(t, listed(ended["privateIps"]))
	require.Empty(t, listed(ended["publicIps"]))
}

func TestResourcesAreFoundByTagsAndType(t *testing.T) {
	a := configured(t, props{})
	tags := props{"trip": "lisbon", "Name": "server"}
	vpc := a.create(vpcType, props{"cidrBlock": "10.87.0.0/16", "tags": tags})
	key := a.create(keyType, props{"publicKey": publicKey, "tags": tags})
	a.create(vpcType, props{"cidrBlock": "10.88.0.0/16", "tags": props{"trip": "porto"}})
	arns := func(args props) []string {
		var arns []string
		for _, mapping := range a.call(getResources, args)["resourceTagMappingLists"].ArrayValue() {
			arns = append(arns, mapping.ObjectValue()["resourceArn"].StringValue())
		}
		return arns
	}
	lisbon := []any{props{"key": "trip", "values": []any{"lisbon"}}, props{"key": "Name", "values": []any{"server"}}}
	require.Equal(t, []string{
		"arn:aws:ec2:us-east-1:123456789012:key-pair/" + key.text("keyPairId"), "arn:aws:ec2:us-east-1:123456789012:vpc/" + vpc.id,
	}, arns(props{"tagFilters": lisbon}))
	require.Equal(t, []string{"arn:aws:ec2:us-east-1:123456789012:vpc/" + vpc.id},
		arns(props{"tagFilters": lisbon, "resourceTypeFilters": []any{"ec2:vpc", "ec2:subnet"}}))
	require.Len(t, arns(props{"tagFilters": []any{props{"key": "trip"}}}), 3)
	found := a.call(getResources, props{"tagFilters": lisbon, "resourceTypeFilters": []any{"ec2:vpc"}})
	require.Equal(t, bag(tags), found["resourceTagMappingLists"].ArrayValue()[0].ObjectValue()["tags"].ObjectValue())
	require.Equal(t, "aws", found["id"].StringValue(), "the partition")
}

func TestRegionsAreFoundByStatus(t *testing.T) {
	a := configured(t, props{})
	names := func(args props) []string { return listed(a.call(getRegions, args)["names"]) }
	require.NotContains(t, names(props{}), "me-south-1")
	require.Contains(t, names(props{"allRegions": true}), "me-south-1")
	require.Contains(t, names(props{"allRegions": true}), "us-east-1")
	require.Contains(t, names(props{"allRegions": true, "filters": filter("opt-in-status", "not-opted-in")}), "me-south-1")
	require.Empty(t, names(props{"allRegions": true, "filters": filter("opt-in-status", "opted-in")}))
	require.Equal(t, []string{"us-east-1", "us-east-2"}, names(props{"filters": filter("region-name", "us-east-*")}))
	require.Equal(t, "aws", a.call(getRegions, props{})["id"].StringValue(), "the partition")
}

func TestRecordSetsAreFoundByName(t *testing.T) {
	a := configured(t, props{})
	for _, name := range []string{"vpn.example.org", "vpn2.example.org"} {
		a.create(recordType, a.record(name, "203.0.113.9", "203.0.113.10"))
	}
	ttl := 30
	a.change(route53.Create, route53.RecordSet{Name: "vpn.example.org", Type: "AAAA", TTL: &ttl, Values: []string{"2001:db8::1"}})
	found := func(args props) []any {
		var sets []any
		for _, set := range a.call(getRecords, with(args, "zoneId", a.zone()))["resourceRecordSets"].ArrayValue() {
			sets = append(sets, set.Mappable())
		}
		return sets
	}
	record := func(value string) any { return props{"value": value} }
	require.Equal(t, []any{
		props{"name": "vpn.example.org.", "type": "A", "ttl": 60.0, "resourceRecords": []any{record("203.0.113.10"), record("203.0.113.9")}},
		props{"name": "vpn.example.org.", "type": "AAAA", "ttl": 30.0, "resourceRecords": []any{record("2001:db8::1")}},
	}, found(props{"nameRegex": `^vpn\.example\.org\.$`}))
	require.Empty(t, found(props{"nameRegex": `^vpn\.example\.org$`}), "a name has its final dot")
	require.Len(t, found(props{}), 3)
}

// product returns the arguments for a look-up of a product by pairs of a field
// and a value.
func product(service string, pairs ...string) props {
	filters := []any{}
	for i := 0; i < len(pairs); i += 2 {
		filters = append(filters, props{"field": pairs[i], "value": pairs[i+1]})
	}
	return props{"serviceCode": service, "filters": filters}
}

func TestAProductIsFound(t *testing.T) {
	a := configured(t, props{})
	found := a.call(getProduct, product("AmazonEC2", "regionCode", "eu-west-1", "productFamily", "Storage", "volumeApiName", "gp3"))
	require.Contains(t, found["result"].StringValue(), `"regionCode":"eu-west-1"`)
	require.Contains(t, found["result"].StringValue(), `"pricePerUnit":{"USD":"0.1100000000"}`)
}

func TestThePriceListRefuses(t *testing.T) {
	address := product("AmazonVPC", "regionCode", "us-east-1", "usagetype", "PublicIPv4:InUseAddress")
	a := configured(t, props{})
	a.call(getProduct, address)
	a.cloud.Prices().Deny()
	_, _, err := a.invoke(getProduct, address)
	require.ErrorContains(t, err, "reading Pricing Products: api error AccessDeniedException: "+
		"User: arn:aws:iam::123456789012:user/operator is not authorized to perform: pricing:GetProducts "+
		"because no identity-based policy allows the pricing:GetProducts action")

	elsewhere := attach(t)
	require.NoError(t, elsewhere.configure(props{"region": "eu-west-1"}))
	_, _, err = elsewhere.invoke(getProduct, address)
	require.ErrorContains(t, err, "lookup api.pricing.eu-west-1.amazonaws.com: no such host")
}

func TestFunctionsRefuse(t *testing.T) {
	a := configured(t, props{})
	for name, c := range map[string]struct {
		token tokens.Type
		args  props
		words string
	}{
		"no image":                 {getAmi, props{"filters": filter("name", "windows-*")}, "Your query returned no results."},
		"several images":           {getAmi, props{"filters": filter("name", "debian-*")}, "Your query returned more than one result."},
		"a filter that is not":     {getAmi, props{"filters": filter("colour", "blue")}, "The filter 'colour' is invalid"},
		"instances by filter":      {getInstances, props{"filters": filter("colour", "blue")}, "reading EC2 Instances: api error InvalidParameterValue: The filter 'colour' is invalid"},
		"instances in no state":    {getInstances, props{"instanceStateNames": []any{"off"}}, "expected instance_state_names to be one of"},
		"addresses by filter":      {getEips, props{"filters": filter("colour", "blue")}, "reading EC2 EIPs: api error InvalidParameterValue: The filter 'colour' is invalid"},
		"regions by filter":        {getRegions, props{"filters": filter("colour", "blue")}, "reading Regions: api error InvalidParameterValue: The filter 'colour' is invalid"},
		"records of no zone":       {getRecords, props{"zoneId": "Z0"}, "listing Route 53 Records (Z0): couldn't find resource"},
		"records by no expression": {getRecords, props{"zoneId": "Z0", "nameRegex": "("}, `name_regex "(": error parsing regexp`},
		"offerings by region":      {getOfferings, props{}, "does not support offerings by anything but locationType"},
		"offerings by some filter": {getOfferings, props{"locationType": "availability-zone", "filters": filter("price", "low")}, `filter "price"`},
		"no product":               {getProduct, product("AmazonEC2", "volumeApiName", "gp9"), "Pricing product query did not return any elements"},
		"no service":               {getProduct, product("AmazonEC9", "volumeApiName", "gp3"), "Pricing product query did not return any elements"},
		"several products":         {getProduct, product("AmazonEC2", "volumeApiName", "gp3"), "Pricing product query not precise enough. Returned 4 elements"},
		"no filter of products":    {getProduct, product("AmazonEC2"), "without filters"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := a.invoke(c.token, c.args)
			require.ErrorContains(t, err, c.words)
		})
	}
	_, failures, err := a.invoke(getProduct, with(product("AmazonEC2", "volumeApiName", "gp3"), "region", "us-east-1"))
	require.NoError(t, err)
	require.Len(t, failures, 1, "a setting of a later version is refused")
	_, failures, err = a.invoke(getAmi, props{"executableUsers": []any{"self"}})
	require.NoError(t, err)
	require.Len(t, failures, 1, "an argument that is not supported is refused")
	for _, args := range []props{
		{"resourceArnLists": []any{"arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0123456789abcdef0"}},
		{"includeComplianceDetails": true}, {"excludeCompliantResources": true},
	} {
		_, failures, err := a.invoke(getResources, args)
		require.NoError(t, err)
		require.Len(t, failures, 1, args)
	}
}
