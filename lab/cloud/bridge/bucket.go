package bridge

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/apierror"
	"tripvpn/lab/cloud/s3"
)

// storage is S3, as the provider of a region sees it.
type storage struct {
	*s3.Buckets
	region string
}

func buckets(ctx context.Context) storage {
	config := infer.GetConfig[*Config](ctx)
	return storage{config.cloud.Buckets(), config.Region}
}

type bucket struct{}

// BucketInputs are the inputs of aws:s3/bucketV2:BucketV2.
type BucketInputs struct {
	Tagging
	Bucket       string `pulumi:"bucket"`
	ForceDestroy *bool  `pulumi:"forceDestroy,optional"`
}

// BucketState is the state of aws:s3/bucketV2:BucketV2.
type BucketState struct {
	BucketInputs
	Arn    string `pulumi:"arn"`
	Region string `pulumi:"region"`
}

func (bucket) check(BucketInputs, *BucketState) error { return nil }

func (bucket) preview(in BucketInputs, old BucketState) BucketState {
	old.BucketInputs = in
	return old
}

// create returns the name, which is a bucket's ID upstream.
func (bucket) create(_ context.Context, s storage, in BucketInputs) (string, error) {
	return in.Bucket, s.CreateBucket(in.Bucket, s.region, in.TagsAll)
}

func (bucket) read(s storage, id string, old BucketState) (BucketState, error) {
	found, err := s.HeadBucket(id)
	force := value(old.ForceDestroy)
	old.ForceDestroy, old.Arn, old.Region = &force, "arn:aws:s3:::"+id, found.Region
	old.Tagging = old.split(found.Tags)
	return old, err
}

func (bucket) update(_ context.Context, s storage, id string, in BucketInputs, _ BucketState) error {
	return s.Change(id, func(b *s3.Bucket) { b.Tags = in.TagsAll })
}

// delete empties the bucket first, if the state says so.
func (bucket) delete(_ context.Context, s storage, id string, old BucketState) error {
	if value(old.ForceDestroy) {
		if err := s.DeleteObjects(id); err != nil {
			return err
		}
	}
	return s.DeleteBucket(id)
}

type publicAccessBlock struct{}

// PublicAccessBlockInputs are the inputs of
// aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock.
type PublicAccessBlockInputs struct {
	Bucket                string `pulumi:"bucket"`
	BlockPublicAcls       *bool  `pulumi:"blockPublicAcls,optional"`
	BlockPublicPolicy     *bool  `pulumi:"blockPublicPolicy,optional"`
	IgnorePublicAcls      *bool  `pulumi:"ignorePublicAcls,optional"`
	RestrictPublicBuckets *bool  `pulumi:"restrictPublicBuckets,optional"`
}

// PublicAccessBlockState is its state.
type PublicAccessBlockState struct{ PublicAccessBlockInputs }

func (publicAccessBlock) check(PublicAccessBlockInputs, *PublicAccessBlockState) error { return nil }

func (publicAccessBlock) preview(in PublicAccessBlockInputs, _ PublicAccessBlockState) PublicAccessBlockState {
	return PublicAccessBlockState{in}
}

func (publicAccessBlock) create(_ context.Context, s storage, in PublicAccessBlockInputs) (string, error) {
	return in.Bucket, in.put(s)
}

func (publicAccessBlock) read(s storage, id string, old PublicAccessBlockState) (PublicAccessBlockState, error) {
	found, err := s.HeadBucket(id)
	if err == nil && found.Block == nil {
		err = apierror.New("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
	}
	if err == nil {
		b := *found.Block
		old.BlockPublicAcls, old.BlockPublicPolicy = &b.BlockACLs, &b.BlockPolicy
		old.IgnorePublicAcls, old.RestrictPublicBuckets = &b.IgnoreACLs, &b.RestrictBuckets
	}
	return old, err
}

func (publicAccessBlock) update(_ context.Context, s storage, _ string, in PublicAccessBlockInputs, _ PublicAccessBlockState) error {
	return in.put(s)
}

func (publicAccessBlock) delete(_ context.Context, s storage, id string, _ PublicAccessBlockState) error {
	return s.Change(id, func(b *s3.Bucket) { b.Block = nil })
}

func (in PublicAccessBlockInputs) put(s storage) error {
	return s.Change(in.Bucket, func(b *s3.Bucket) {
		b.Block = &s3.PublicAccessBlock{
			BlockACLs: value(in.BlockPublicAcls), BlockPolicy: value(in.BlockPublicPolicy),
			IgnoreACLs: value(in.IgnorePublicAcls), RestrictBuckets: value(in.RestrictPublicBuckets),
		}
	})
}

type lifecycle struct{}

// LifecycleInputs are the inputs of
// aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2.
type LifecycleInputs struct {
	Bucket string          `pulumi:"bucket"`
	Rules  []LifecycleRule `pulumi:"rules"`
}

// LifecycleRule is a rule of a lifecycle.
type LifecycleRule struct {
	ID         string               `pulumi:"id"`
	Status     string               `pulumi:"status"`
	Filter     *LifecycleFilter     `pulumi:"filter,optional"`
	Expiration *LifecycleExpiration `pulumi:"expiration,optional"`
}

// LifecycleFilter says to which objects a rule applies.
type LifecycleFilter struct {
	Prefix *string `pulumi:"prefix,optional"`
}

// LifecycleExpiration says at which age objects end.
type LifecycleExpiration struct {
	Days *int `pulumi:"days,optional"`
}

// LifecycleState is its state.
type LifecycleState struct{ LifecycleInputs }

func (lifecycle) check(LifecycleInputs, *LifecycleState) error { return nil }

func (lifecycle) preview(in LifecycleInputs, _ LifecycleState) LifecycleState {
	return LifecycleState{in}
}

func (lifecycle) create(_ context.Context, s storage, in LifecycleInputs) (string, error) {
	return in.Bucket, in.put(s)
}

func (lifecycle) read(s storage, id string, old LifecycleState) (LifecycleState, error) {
	found, err := s.HeadBucket(id)
	if err == nil && len(found.Rules) == 0 {
		err = apierror.New("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
	}
	return old, err
}

func (lifecycle) update(_ context.Context, s storage, _ string, in LifecycleInputs, _ LifecycleState) error {
	return in.put(s)
}

func (lifecycle) delete(_ context.Context, s storage, id string, _ LifecycleState) error {
	return s.Change(id, func(b *s3.Bucket) { b.Rules = nil })
}

func (in LifecycleInputs) put(s storage) error {
	var rules []s3.Rule
	for _, rule := range in.Rules {
		r := s3.Rule{ID: rule.ID, Status: rule.Status}
		if rule.Filter != nil {
			r.Prefix = value(rule.Filter.Prefix)
		}
		if rule.Expiration != nil {
			r.Days = value(rule.Expiration.Days)
		}
		rules = append(rules, r)
	}
	return s.Change(in.Bucket, func(b *s3.Bucket) { b.Rules = rules })
}
