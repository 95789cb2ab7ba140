package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// account answers like the aws command, for an account with one instance and one address
// in its second region.
const account = `case "$*" in
*describe-regions*) printf 'us-east-1\tus-west-2\n' ;;
*"get-resources --region us-east-1"*) ;;
*"get-resources --region us-west-2 --tag-filters Key=tripvpn:stack,Values=example "*)
	echo arn:aws:ec2:us-west-2:123456789012:instance/i-0123456789abcdef0
	echo arn:aws:ec2:us-west-2:123456789012:elastic-ip/eipalloc-0123456789abcdef0 ;;
*"describe-instances --region us-west-2 --filters Name=instance-id,Values=i-0123456789abcdef0 "*) echo "$STATE" ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
`

func inState(state string) string { return "STATE=" + state + "\n" + account }

func TestTaggedResourcesOfAllRegions(t *testing.T) {
	a := newRun(t)
	const instance, address = "arn:aws:ec2:us-west-2:123456789012:instance/i-0123456789abcdef0",
		"arn:aws:ec2:us-west-2:123456789012:elastic-ip/eipalloc-0123456789abcdef0"
	for state, want := range map[string][]string{
		"running":    {instance, address},
		"terminated": {address},
		"":           {address}, // AWS has forgotten the instance
	} {
		program(t, "aws", inState(state))
		found, err := a.tagged(t.Context(), "example")
		require.NoError(t, err)
		require.Equal(t, want, found, state)
	}
	program(t, "aws", "echo 'Unable to locate credentials' >&2; exit 253")
	require.ErrorContains(t, a.findNothing(t.Context()), "Unable to locate credentials")
}

func TestTheWarningOfThePreviewIsFound(t *testing.T) {
	a := newRun(t)
	program(t, "aws", "")
	program(t, "pulumi", "")
	require.NoError(t, a.makeStack(t.Context()))
	require.NoError(t, a.findNothingAfter(t.Context()))
	program(t, "pulumi", `case "$*" in *preview*) echo "warning: AWS has resources with the tags of this stack that the stack does not know: vpc-1";; esac`)
	require.ErrorContains(t, a.findNothingAfter(t.Context()), "destroy left resources in us-east-1")
}
