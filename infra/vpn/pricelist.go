package vpn

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/pricing"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

const trafficGB = 100 // an example

// LogCosts logs a line about the price of each region's server, from AWS's price
// list. What cannot be found there is called unknown in the line; it is not an
// error.
func LogCosts(ctx *pulumi.Context, c config.Config, s Survey, now time.Time) error {
	for _, region := range surveyCosts(ctx, c, s) {
		if err := ctx.Log.Info(region.line(now, c.Until), nil); err != nil {
			return err
		}
	}
	return nil
}

// surveyCosts makes all queries at the same time, because each takes as long as
// an answer from us-east-1.
func surveyCosts(ctx *pulumi.Context, c config.Config, s Survey) []costs {
	all := make([]costs, len(s.Regions))
	var queries sync.WaitGroup
	for i, region := range s.Regions {
		fixed := []query{instanceQuery(region.Code, c.InstanceType), addressQuery(region.Code), diskQuery(region.Code, region.Image.diskGiB())}
		all[i] = costs{region: region.Code, fixed: make([]quote, len(fixed))}
		for j, q := range fixed {
			queries.Go(func() { all[i].fixed[j] = q.ask(ctx, s.Global) })
		}
		queries.Go(func() { all[i].traffic = trafficQuery(region.Code).ask(ctx, s.Global) })
	}
	queries.Wait()
	return all
}

// query is a query of the price list. Its filters must describe a single product,
// because the provider refuses any other answer
// (internal/service/pricing/product_data_source.go of the AWS provider).
type query struct {
	name    string // of the part, for the operator
	service string
	filters []pricing.GetProductFilter
	unit    string  // as the price list spells it
	units   float64 // a month
}

// ask returns the price of the query's units.
func (q query) ask(ctx *pulumi.Context, global *aws.Provider) quote {
	answer, err := pricing.GetProduct(ctx, &pricing.GetProductArgs{ServiceCode: q.service, Filters: q.filters}, pulumi.Provider(global))
	if err != nil {
		_ = ctx.Log.Debug(fmt.Sprintf("looking up the price of %s: %v", q.name, err), nil)
		return quote{name: q.name, unknown: unknownReason(err)}
	}
	found, err := parsePrice(answer.Result, q.unit)
	if err != nil {
		return quote{name: q.name, unknown: fmt.Sprintf("its entry in the price list is not understood: %v", err)}
	}
	return quote{name: q.name, usd: found.of(q.units)}
}

// unknownReason returns the reason of a failed query in a few words. The errors
// are AWS's, and those of product_data_source.go.
func unknownReason(err error) string {
	for _, reason := range []struct{ part, words string }{
		{"AccessDenied", "the credentials lack pricing:GetProducts"},
		{"did not return any elements", "the price list has no entry"},
		{"not precise enough", "the price list has several entries"},
	} {
		if strings.Contains(err.Error(), reason.part) {
			return reason.words
		}
	}
	return "the price list did not answer; pulumi --debug logs why"
}

// instanceQuery is the query of an hour of the instance type with Linux, on
// demand, on shared hardware. The filters exclude the products of the same type
// with another licence, with software, in a reservation or a Capacity Block. They
// are those of the example in the provider's documentation of aws_pricing_product
// and of Karpenter (pkg/providers/pricing/pricing.go).
func instanceQuery(region, instanceType string) query {
	return query{
		name: "the instance type " + instanceType, service: "AmazonEC2", unit: "Hrs", units: hoursPerMonth,
		filters: filters("regionCode", region, "locationType", "AWS Region", "instanceType", instanceType, "operatingSystem", "Linux",
			"tenancy", "Shared", "preInstalledSw", "NA", "licenseModel", "No License required",
			"capacitystatus", "Used", "marketoption", "OnDemand"),
	}
}

// addressQuery is the query of an hour of a public IPv4 address in use. Its group
// of products has no family, and also contains addresses that are idle, of a
// stopped server, at the same price. The filters are those of SpareCores/sc-crawler
// (src/sc_crawler/vendors/aws.py).
func addressQuery(region string) query {
	return query{
		name: "the public IPv4 address", service: "AmazonVPC", unit: "Hrs", units: hoursPerMonth,
		filters: filters("regionCode", region, "locationType", "AWS Region", "group", "VPCPublicIPv4Address",
			"groupDescription", "Hourly charge for In-use Public IPv4 Addresses"),
	}
}

// diskQuery is the query of a month of a root volume. The family excludes
// provisioned IOPS and throughput of the same volume type.
// The list's GB are GiB.
func diskQuery(region string, gib int) query {
	return query{
		name: "the disk", service: "AmazonEC2", unit: "GB-Mo", units: float64(gib),
		filters: filters("regionCode", region, "locationType", "AWS Region", "productFamily", "Storage", "volumeApiName", diskType),
	}
}

// trafficQuery is the query of traffic from EC2 to the Internet. The 100 GB that
// are free each month in each account are not in the answer: they are a product of
// their own, from the location "Global" and from no region. The filters are those
// of SpareCores/sc-crawler, and a single region and destination.
func trafficQuery(region string) query {
	return query{
		name: fmt.Sprintf("%d GB of traffic to the Internet", trafficGB), service: "AWSDataTransfer", unit: "GB", units: trafficGB,
		filters: filters("fromRegionCode", region, "transferType", "AWS Outbound", "toLocation", "External"),
	}
}

// filters returns filters from pairs of a field and a value.
func filters(pairs ...string) []pricing.GetProductFilter {
	var all []pricing.GetProductFilter
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, pricing.GetProductFilter{Field: pairs[i], Value: pairs[i+1]})
	}
	return all
}
