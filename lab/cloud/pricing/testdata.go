package pricing

import (
	"fmt"
	"maps"
)

// region is a region's part of the test data. All prices are invented.
type region struct {
	code   string
	name   string             // "EU (Ireland)"
	prefix string             // of types of use: "EU-"
	hourly map[string]float64 // of instance types
	ipv4   float64            // an hour of an address, in use or not
	gp3    float64            // a month of a GB
	egress []rate             // a GB to the Internet
}

var regions = []region{
	{
		code: "us-east-1", name: "US East (N. Virginia)",
		hourly: map[string]float64{"t3.nano": 0.0060, "t3.micro": 0.0120, "t4g.nano": 0.0050, "t4g.micro": 0.0100},
		ipv4:   0.0040, gp3: 0.1000,
		egress: []rate{{"0", "10240", 0.1000}, {"10240", "51200", 0.0900}, {"51200", "Inf", 0.0800}},
	},
	{
		code: "eu-west-1", name: "EU (Ireland)", prefix: "EU-",
		hourly: map[string]float64{"t3.nano": 0.0070, "t3.micro": 0.0140, "t4g.nano": 0.0060, "t4g.micro": 0.0120},
		ipv4:   0.0040, gp3: 0.1100,
		egress: []rate{{"0", "10240", 0.1100}, {"10240", "51200", 0.1000}, {"51200", "Inf", 0.0900}},
	},
}

// list is a price list that is being filled.
type list []product

func (l *list) add(service, family, unit string, rates []rate, attributes ...map[string]string) {
	all := map[string]string{}
	for _, a := range attributes {
		maps.Copy(all, a)
	}
	*l = append(*l, newProduct(fmt.Sprintf("TESTDATA%08d", len(*l)+1), service, family, unit, all, rates))
}

type attributes = map[string]string

// testData returns all products.
func testData() []product {
	var l list
	for _, r := range regions {
		at := attributes{"regionCode": r.code, "location": r.name, "locationType": "AWS Region"}
		for _, name := range []string{"t3.nano", "t3.micro", "t4g.nano", "t4g.micro"} {
			l.addInstance(at, name, r.hourly[name])
		}
		l.addVolumes(at, r)
		l.addAddresses(at, r)
		l.addTraffic(r)
	}
	// The free traffic of an account is a product without a region.
	l.add("AWSDataTransfer", "Data Transfer", "GB", []rate{{"0", "100", 0}}, attributes{
		"transferType": "AWS Outbound", "fromLocation": "Global", "fromLocationType": "Other", "toLocation": "External", "toLocationType": "Other",
		"usagetype": "Global-DataTransfer-Out-Bytes",
	})
	return l
}

// addInstance adds a type on demand with Linux, and products that differ from it
// in one attribute each.
func (l *list) addInstance(at attributes, name string, usd float64) {
	linux := attributes{
		"instanceType": name, "operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "licenseModel": "No License required",
		"capacitystatus": "Used", "marketoption": "OnDemand", "operation": "RunInstances",
	}
	for _, other := range []struct {
		difference attributes
		factor     float64
	}{
		{nil, 1},
		{attributes{"operatingSystem": "Windows"}, 2},
		{attributes{"tenancy": "Dedicated"}, 1.1},
		{attributes{"preInstalledSw": "SQL Web"}, 10},
		{attributes{"licenseModel": "Bring your own license"}, 1},
		{attributes{"capacitystatus": "AllocatedCapacityReservation"}, 0},
		{attributes{"marketoption": "CapacityBlock"}, 0},
		{attributes{"locationType": "AWS Outposts"}, 0},
	} {
		l.add("AmazonEC2", "Compute Instance", "Hrs", flat(usd*other.factor), at, linux, other.difference)
	}
}

func (l *list) addVolumes(at attributes, r region) {
	gp3 := attributes{"volumeApiName": "gp3", "usagetype": r.prefix + "EBS:VolumeUsage.gp3"}
	l.add("AmazonEC2", "Storage", "GB-Mo", flat(r.gp3), at, gp3)
	l.add("AmazonEC2", "Storage", "GB-Mo", flat(2*r.gp3), at, attributes{"volumeApiName": "gp2", "usagetype": r.prefix + "EBS:VolumeUsage.gp2"})
	l.add("AmazonEC2", "System Operation", "IOPS-Mo", flat(0.0070), at, gp3, attributes{"usagetype": r.prefix + "EBS:VolumeP-IOPS.gp3"})
}

func (l *list) addAddresses(at attributes, r region) {
	group := attributes{"group": "VPCPublicIPv4Address"}
	l.add("AmazonVPC", "", "Hrs", flat(r.ipv4), at, group, attributes{
		"groupDescription": "Hourly charge for In-use Public IPv4 Addresses", "usagetype": r.prefix + "PublicIPv4:InUseAddress",
	})
	l.add("AmazonVPC", "", "Hrs", flat(r.ipv4), at, group, attributes{
		"groupDescription": "Hourly charge for Idle Public IPv4 Addresses", "usagetype": r.prefix + "PublicIPv4:IdleAddress",
	})
}

func (l *list) addTraffic(r region) {
	from := attributes{"fromRegionCode": r.code, "fromLocation": r.name, "fromLocationType": "AWS Region"}
	out := attributes{"transferType": "AWS Outbound", "toLocation": "External", "toLocationType": "Other"}
	l.add("AWSDataTransfer", "Data Transfer", "GB", r.egress, from, out, attributes{"usagetype": r.prefix + "DataTransfer-Out-Bytes"})
	l.add("AWSDataTransfer", "Data Transfer", "GB", flat(0.0033), from, out, attributes{"transferType": "InterRegion Outbound"})
	l.add("AWSDataTransfer", "Data Transfer", "GB", flat(0.0200), from, out, attributes{
		"transferType": "InterRegion Outbound", "toLocation": "South America (Sao Paulo)", "toRegionCode": "sa-east-1", "toLocationType": "AWS Region",
	})
}
