package vpn

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"tripvpn/internal/golden"
)

// testPrices answers a query of the price list with an invented price.
func testPrices(query resource.PropertyMap) (string, error) {
	fields := map[string]string{}
	for _, filter := range query["filters"].ArrayValue() {
		fields[filter.ObjectValue()["field"].StringValue()] = filter.ObjectValue()["value"].StringValue()
	}
	switch service := query["serviceCode"].StringValue(); {
	case service == "AmazonEC2" && fields["instanceType"] != "":
		return testProduct("Hrs", "0.0070"), nil
	case service == "AmazonVPC":
		return testProduct("Hrs", "0.0020"), nil
	case service == "AmazonEC2" && fields["volumeApiName"] == diskType:
		return testProduct("GB-Mo", "0.1000"), nil
	case service == "AWSDataTransfer":
		return testProduct("GB", "0.1100"), nil
	}
	return "", fmt.Errorf("there is no price for %v", query)
}

func testProduct(unit, usd string) string {
	return fmt.Sprintf(`{"terms":{"OnDemand":{"S.T":{"priceDimensions":{"S.T.R":{"unit":%q,"beginRange":"0","endRange":"Inf","pricePerUnit":{"USD":%q}}}}}}}`,
		unit, usd)
}

func TestEveryPreviewAndUpdateLogsTheCosts(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		golden.Require(t, "costs.golden", strings.Join(cloud.infos, "\n")+"\n")
	})
}

func TestCostsAreThoseUntilTheLastDay(t *testing.T) {
	settings := map[string]any{"clients": []string{"phone"}, "until": "2026-12-24"}
	cloud, err := runProgram(t, true, settings, func(c *recorder) { c.now = time.Date(2026, 12, 23, 0, 0, 0, 0, time.UTC) })
	require.NoError(t, err)
	require.Len(t, cloud.infos, 1)
	require.Contains(t, cloud.infos[0], "0.24 USD a day, 7.37 USD a month, 0.48 USD until 2026-12-24;")
}

// A price list that does not answer neither fails the program nor leads to a
// guess.
func TestUnknownPricesAreCalledUnknown(t *testing.T) {
	denied := "operation error Pricing: GetProducts, https response error StatusCode: 400, api error AccessDeniedException: " +
		"User: arn:aws:iam::123456789012:user/darrell is not authorized to perform: pricing:GetProducts"
	for failure, want := range map[string]string{
		denied: "the prices are not known (the credentials lack pricing:GetProducts)",
		"Pricing product query did not return any elements":                  "the prices are not known (the price list has no entry)",
		"Pricing product query not precise enough. Returned 2 elements":      "the prices are not known (the price list has several entries)",
		"dial tcp: lookup api.pricing.us-east-1.amazonaws.com: no such host": "the prices are not known (the price list did not answer; pulumi --debug logs why)",
	} {
		for _, preview := range []bool{false, true} {
			cloud, err := runProgram(t, preview, map[string]any{"clients": []string{"phone"}}, func(c *recorder) {
				c.prices = func(resource.PropertyMap) (string, error) { return "", errors.New(failure) }
			})
			require.NoError(t, err)
			require.Equal(t, []string{"us-east-1: " + want}, cloud.infos)
			require.Empty(t, cloud.warnings)
			require.Empty(t, cloud.errors)
		}
	}
}

func TestAnEntryThatIsNotUnderstoodIsUnknown(t *testing.T) {
	cloud, err := runProgram(t, true, map[string]any{"clients": []string{"phone"}}, func(c *recorder) {
		c.prices = func(query resource.PropertyMap) (string, error) {
			if query["serviceCode"].StringValue() == "AmazonVPC" {
				return testProduct("Quantity", "1"), nil
			}
			return testPrices(query)
		}
	})
	require.NoError(t, err)
	require.Len(t, cloud.infos, 1)
	require.Contains(t, cloud.infos[0], "the price of the public IPv4 address is not known "+
		`(its entry in the price list is not understood: a price per "Quantity" instead of "Hrs")`)
}

// The price is that of the disk that the program creates, which may be larger for an
// AMI.
func TestThePricedDiskIsTheServers(t *testing.T) {
	lines := map[string]bool{}
	for image, wanted := range map[string]struct {
		snapshot string
		disk     int
	}{"debian-13": {"2", leastDiskGiB}, "ami-0123456789abcdef0": {"20", 20}} {
		cloud, err := runProgram(t, true, map[string]any{"clients": []string{"phone"}, "image": image}, func(c *recorder) {
			c.answers = answering("aws:ec2/getAmi:getAmi", properties(
				"imageId", "ami-0123456789abcdef0", "architecture", "arm64", "name", "debian-13", "rootDeviceName", "/dev/xvda",
				"blockDeviceMappings", []any{map[string]any{"deviceName": "/dev/xvda", "ebs": map[string]any{"volume_size": wanted.snapshot}}}))
		})
		require.NoError(t, err)
		disk := cloud.ofType(t, "aws:ec2/instance:Instance", 1)[0].Inputs["rootBlockDevice"].ObjectValue()
		require.Equal(t, diskType, disk["volumeType"].StringValue())
		require.EqualValues(t, wanted.disk, disk["volumeSize"].NumberValue())
		lines[cloud.infos[0]] = true
	}
	require.Len(t, lines, 2, "a larger disk costs more")
}
