package vpn

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

func TestTheBucketForPagesIsClosedAndEmptiesItself(t *testing.T) {
	bothWays(t, twoRegions, func(t *testing.T, cloud *recorder) {
		bucket := cloud.ofType(t, "aws:s3/bucketV2:BucketV2", 1)[0]
		require.True(t, bucket.Inputs["forceDestroy"].BoolValue(), "destroy deletes the pages, too")
		block := cloud.ofType(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", 1)[0]
		for _, key := range []resource.PropertyKey{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
			require.True(t, block.Inputs[key].BoolValue(), key)
		}
		lifecycle := cloud.ofType(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", 1)[0]
		rule := lifecycle.Inputs["rules"].ArrayValue()[0].ObjectValue()
		require.Equal(t, "Enabled", rule["status"].StringValue())
		require.Equal(t, 1.0, rule["expiration"].ObjectValue()["days"].NumberValue())
		require.False(t, cloud.exports["handOver"].ContainsSecrets())
	})
}

func TestThereIsNoBucketUnlessAskedFor(t *testing.T) {
	cloud, err := runProgram(t, false, map[string]any{"name": "darrell", "clients": []string{"phone"}})
	require.NoError(t, err)
	cloud.ofType(t, "aws:s3/bucketV2:BucketV2", 0)
	require.NotContains(t, cloud.exports, resource.PropertyKey("handOver"))
}
