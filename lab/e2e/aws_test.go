package e2e

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/ec2"
)

// awsCommand matches the commands of the AWS CLI that the program prints: region,
// action and the first ID.
var awsCommand = regexp.MustCompile(`^aws ec2 --region (\S+) ([a-z-]+(?: instance-terminated)?) --[a-z-]+ (\S+)`)

// runsAWS runs commands of the AWS CLI on the lab's account.
func (c *trip) runsAWS(t *testing.T, commands []string) {
	t.Helper()
	for _, command := range commands {
		parts := awsCommand.FindStringSubmatch(command)
		require.NotNil(t, parts, command)
		region, err := c.world.Cloud.Region(parts[1])
		require.NoError(t, err)
		switch action, id := parts[2], parts[3]; action {
		case "terminate-instances":
			err = region.TerminateInstance(t.Context(), id)
		case "wait instance-terminated": // the stand-in's call returns when it is
		case "release-address":
			err = region.ReleaseAddress(id)
		case "delete-key-pair":
			err = region.DeleteKeyPair(id)
		case "delete-security-group":
			err = region.DeleteSecurityGroup(id)
		case "delete-subnet":
			err = region.DeleteSubnet(id)
		case "delete-route-table":
			err = region.DeleteRouteTable(id)
		case "detach-internet-gateway":
			var gateway ec2.Gateway
			if gateway, err = region.DescribeInternetGateway(id); err == nil {
				err = region.DetachInternetGateway(t.Context(), id, gateway.VpcID)
			}
		case "delete-internet-gateway":
			err = region.DeleteInternetGateway(id)
		case "delete-vpc":
			err = region.DeleteVpc(id)
		default:
			t.Fatalf("the lab has no %q", command)
		}
		require.NoError(t, err, command)
	}
}
