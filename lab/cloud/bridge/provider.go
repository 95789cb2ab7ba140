// Package bridge puts the packages ec2, pricing, route53 and s3 behind the
// interface of the aws provider: upstream's type tokens, property names,
// defaults and rules of replacement, as pulumi-aws v6 has them. It owns no
// state and no rule of AWS's, and it must not know an input that it does
// nothing about: what is not listed here is refused.
//
// Differences from the real provider:
//
//   - It serves the resources and functions that the program uses, with those
//     of their inputs and outputs that are of use to it.
//   - An optional input that is taken out of the program is a change; the
//     provider keeps the value where it could have been EC2's choice.
//   - A preview refuses what EC2's form forbids, but looks nothing up.
//   - A refresh misses what is gone, but of what was changed by hand the next up
//     repairs only an instance's type, its CPU credits and whether it runs: other
//     inputs are compared with inputs.
//   - An update that fails keeps the old inputs; the provider keeps the new ones.
//   - An instance that does not stop is cut off, also where "force" is not set.
//   - A resource that fails half way is removed again; the provider keeps it as
//     tainted.
//   - Changes of user data, of root volumes and of IPv6 blocks in place are
//     refused.
//   - A record set has the type A or AAAA. Another spelling of its name, in
//     upper case or with a final dot, replaces it, and fails because the old one
//     is there; the provider takes both for the same.
//     A preview passes one without records or a TTL, which upstream refuses.
//   - A zone is looked up by its name, and there are no private ones.
//   - Of the provider's settings there are the region, the default tags and
//     maxRetries. Only a lack of capacity is retried, and without waiting. Its
//     advice on credentials is cut short.
//   - The id of a product is its provider's region; upstream's is a hash.
//   - Importing is not supported.
package bridge

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/route53"
)

// Version is the version of the provider that this one stands in for.
const Version = "6.83.2"

// Provider makes a provider of an account. A provider belongs to one region,
// which it learns when it is configured: every provider resource of a program
// needs one of its own. The engine opens a connection for each, so serving a
// fresh one per connection is right.
func Provider(cloud *ec2.Cloud) p.Provider {
	config := &Config{cloud: cloud}
	ec2Service := service[*ec2.Region]{"EC2", backend}
	s3Service := service[storage]{"S3", buckets}
	route53Service := service[*route53.Zones]{"Route53", zones}
	provider := infer.Provider(infer.Options{
		Config: infer.Config(config),
		Resources: []infer.InferredResource{
			serve(ec2Service, vpc{}, "ec2/vpc", "Vpc"),
			serve(ec2Service, subnet{}, "ec2/subnet", "Subnet"),
			serve(ec2Service, internetGateway{}, "ec2/internetGateway", "InternetGateway"),
			serve(ec2Service, routeTable{}, "ec2/routeTable", "RouteTable"),
			serve(ec2Service, routeTableAssociation{}, "ec2/routeTableAssociation", "RouteTableAssociation"),
			serve(ec2Service, securityGroup{}, "ec2/securityGroup", "SecurityGroup"),
			serve(ec2Service, keyPair{}, "ec2/keyPair", "KeyPair"),
			serve(ec2Service, instance{}, "ec2/instance", "Instance"),
			serve(ec2Service, power{}, "ec2transitgateway/instanceState", "InstanceState"),
			serve(ec2Service, eip{}, "ec2/eip", "Eip"),
			serve(ec2Service, eipAssociation{}, "ec2/eipAssociation", "EipAssociation"),
			serve(route53Service, record{}, "route53/record", "Record"),
			serve(s3Service, bucket{}, "s3/bucketV2", "BucketV2"),
			serve(s3Service, publicAccessBlock{}, "s3/bucketPublicAccessBlock", "BucketPublicAccessBlock"),
			serve(s3Service, lifecycle{}, "s3/bucketLifecycleConfigurationV2", "BucketLifecycleConfigurationV2"),
		},
		Functions: []infer.InferredFunction{
			infer.Function(GetAmi{}), infer.Function(GetInstanceTypeOfferings{}), infer.Function(GetZone{}),
			infer.Function(GetInstances{}), infer.Function(GetEips{}), infer.Function(GetResources{}),
			infer.Function(GetRegions{}), infer.Function(GetRecords{}), infer.Function(GetProduct{}),
		},
	})
	provider.CheckConfig = withCredentials(config, strictConfig(provider.CheckConfig))
	provider.DiffConfig = keepingProvider(provider.DiffConfig)
	provider.Check = withNames(withTagsAll(config, provider.Check))
	provider.Diff = asUpstream(provider.Diff)
	provider.Create = whenConfigured(config, stalling(config, provider.Create))
	provider.Read = whenConfigured(config, provider.Read)
	provider.Update = whenConfigured(config, withKnownOutputs(provider.Update))
	provider.Delete = whenConfiguredDelete(config, provider.Delete)
	provider.Invoke = whenConfigured(config, withID(config, provider.Invoke))
	return provider
}

// backend is the region that the provider is configured for.
func backend(ctx context.Context) *ec2.Region {
	return infer.GetConfig[*Config](ctx).region
}

// zones are those of the account, whatever the region.
func zones(ctx context.Context) *route53.Zones {
	return infer.GetConfig[*Config](ctx).cloud.Zones()
}
