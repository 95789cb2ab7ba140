package vpn

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/golden"
)

// everything has a resource of each type that the survey looks for, twice: one
// that the state knows, and one that it does not.
func everything() Live {
	return Live{
		Instances: []string{"i-0123456789abcdef0", "i-00000000000000001"},
		Elastic:   []string{"eipalloc-0123456789abcdef0", "eipalloc-00000000000000002"},
		Others: []string{
			"vpc/vpc-0123456789abcdef0", "vpc/vpc-00000000000000003", "internet-gateway/igw-00000000000000004",
			"route-table/rtb-00000000000000005", "subnet/subnet-00000000000000006", "security-group/sg-00000000000000007",
			"key-pair/key-0123456789abcdef0", "key-pair/key-00000000000000008",
		},
	}
}

func TestLeftoversAreNamedWithTheirCommands(t *testing.T) {
	state, err := ReadState([]byte(exported))
	require.NoError(t, err)
	golden.Require(t, "leftovers.golden", strings.Join(leftovers(Region{Code: "us-east-1", Unknown: everything().without(state)}), "\n")+"\n")
}

func TestAStackThatKnowsItsResourcesHasNoLeftovers(t *testing.T) {
	state, err := ReadState([]byte(exported))
	require.NoError(t, err)
	live := Live{
		Instances: []string{"i-0123456789abcdef0"}, Elastic: []string{"eipalloc-0123456789abcdef0"},
		Others: []string{"vpc/vpc-0123456789abcdef0", "key-pair/key-0123456789abcdef0"},
	}
	require.Empty(t, leftovers(Region{Code: "us-east-1", Unknown: live.without(state)}))
}

// Every preview and update names what it finds.
func TestEachRunNamesLeftovers(t *testing.T) {
	for _, preview := range []bool{true, false} {
		cloud, err := runProgram(t, preview, map[string]any{"clients": []string{"phone"}}, func(c *recorder) {
			c.answers = answering("aws:ec2/getEips:getEips", properties(
				"allocationIds", []any{"eipalloc-00000000000000002"}, "publicIps", []any{"203.0.113.9"}))
		})
		require.NoError(t, err)
		require.Len(t, cloud.warnings, 1)
		require.Contains(t, cloud.warnings[0], "aws ec2 --region us-east-1 release-address --allocation-id eipalloc-00000000000000002")
	}
}
