package vpn

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const handOverType = "tripvpn:vpn:HandOver"

// HandOver is the bucket for pages that travellers open by a link. Nobody can read it
// without a signature; S3 encrypts what is in it, as it does in every bucket since 2023
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html).
type HandOver struct {
	pulumi.ResourceState

	Bucket pulumi.StringOutput // its name
	Region string
}

// pageDays is the age in days at which S3 deletes a page. S3 rounds up to the next midnight
// (UTC), so no page is deleted before its link ends.
const pageDays = 1

// NewHandOver creates the bucket of the trip called name in a region. It is deleted with
// the pages in it.
func NewHandOver(ctx *pulumi.Context, name string, region Region) (*HandOver, error) {
	name += "-" + region.Code + "-pages"
	h := &HandOver{Region: region.Code}
	err := ctx.RegisterComponentResource(handOverType, name, h, pulumi.Provider(region.Provider))
	if err != nil {
		return nil, err
	}
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(true),
		Tags:         nameTag(name),
	}, pulumi.Parent(h), region.Hints)
	if err != nil {
		return nil, err
	}
	block, err := s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.Bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, pulumi.Parent(h), region.Hints)
	if err != nil {
		return nil, err
	}
	lifecycle, err := s3.NewBucketLifecycleConfigurationV2(ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.Bucket,
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:         pulumi.String("pages"),
			Status:     pulumi.String("Enabled"),
			Filter:     s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
			Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(pageDays)},
		}},
	}, pulumi.Parent(h), region.Hints)
	if err != nil {
		return nil, err
	}
	h.Bucket = pulumi.All(bucket.Bucket, block.ID(), lifecycle.ID()).
		ApplyT(func(v []any) string { return v[0].(string) }).(pulumi.StringOutput) // known once all three exist
	return h, ctx.RegisterResourceOutputs(h, pulumi.Map{})
}

// exportHandOver exports the bucket, for tripvpn hand-over.
func exportHandOver(ctx *pulumi.Context, h *HandOver) {
	ctx.Export("handOver", pulumi.StringMap{"bucket": h.Bucket, "region": pulumi.String(h.Region)})
}
