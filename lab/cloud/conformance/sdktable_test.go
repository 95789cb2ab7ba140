package conformance

import (
	"reflect"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awsec2 "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2transitgateway"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/pricing"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	awsroute53 "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	awss3 "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-command/sdk/go/command/remote"
	p "github.com/pulumi/pulumi-go-provider"
	tlssdk "github.com/pulumi/pulumi-tls/sdk/v5/go/tls"

	"tripvpn/lab/cloud/bridge"
	"tripvpn/lab/cloud/command"
	"tripvpn/lab/cloud/serve"
	"tripvpn/lab/cloud/tls"
)

var awsPlugin = serve.Plugin{
	Name: "aws", Version: bridge.Version, New: func() p.Provider { return bridge.Provider(nil) },
}

// sdk are the SDK's structs of everything that the stand-ins serve.
var sdk = map[string]map[string]sdkStructs{
	awsPlugin.Name: {
		"aws:ec2/vpc:Vpc":                                     resourceStructs[awsec2.Vpc](awsec2.VpcArgs{}),
		"aws:ec2/subnet:Subnet":                               resourceStructs[awsec2.Subnet](awsec2.SubnetArgs{}),
		"aws:ec2/internetGateway:InternetGateway":             resourceStructs[awsec2.InternetGateway](awsec2.InternetGatewayArgs{}),
		"aws:ec2/routeTable:RouteTable":                       resourceStructs[awsec2.RouteTable](awsec2.RouteTableArgs{}),
		"aws:ec2/routeTableAssociation:RouteTableAssociation": resourceStructs[awsec2.RouteTableAssociation](awsec2.RouteTableAssociationArgs{}),
		"aws:ec2/securityGroup:SecurityGroup":                 resourceStructs[awsec2.SecurityGroup](awsec2.SecurityGroupArgs{}),
		"aws:ec2/keyPair:KeyPair":                             resourceStructs[awsec2.KeyPair](awsec2.KeyPairArgs{}),
		"aws:ec2/instance:Instance":                           resourceStructs[awsec2.Instance](awsec2.InstanceArgs{}),
		"aws:ec2/eip:Eip":                                     resourceStructs[awsec2.Eip](awsec2.EipArgs{}),
		"aws:ec2/eipAssociation:EipAssociation":               resourceStructs[awsec2.EipAssociation](awsec2.EipAssociationArgs{}),
		"aws:ec2transitgateway/instanceState:InstanceState":   resourceStructs[ec2transitgateway.InstanceState](ec2transitgateway.InstanceStateArgs{}),
		"aws:route53/record:Record":                           resourceStructs[awsroute53.Record](awsroute53.RecordArgs{}),
		"aws:s3/bucketV2:BucketV2":                            resourceStructs[awss3.BucketV2](awss3.BucketV2Args{}),
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": resourceStructs[awss3.BucketPublicAccessBlock](
			awss3.BucketPublicAccessBlockArgs{}),
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": resourceStructs[awss3.BucketLifecycleConfigurationV2](
			awss3.BucketLifecycleConfigurationV2Args{}),

		"aws:ec2/getAmi:getAmi": functionStructs[awsec2.LookupAmiArgs, awsec2.LookupAmiResult](),
		"aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": functionStructs[
			awsec2.GetInstanceTypeOfferingsArgs, awsec2.GetInstanceTypeOfferingsResult](),
		"aws:ec2/getInstances:getInstances": functionStructs[awsec2.GetInstancesArgs, awsec2.GetInstancesResult](),
		"aws:ec2/getEips:getEips":           functionStructs[awsec2.GetEipsArgs, awsec2.GetEipsResult](),
		"aws:resourcegroupstaggingapi/getResources:getResources": functionStructs[
			resourcegroupstaggingapi.GetResourcesArgs, resourcegroupstaggingapi.GetResourcesResult](),
		"aws:index/getRegions:getRegions":   functionStructs[aws.GetRegionsArgs, aws.GetRegionsResult](),
		"aws:pricing/getProduct:getProduct": functionStructs[pricing.GetProductArgs, pricing.GetProductResult](),
		"aws:route53/getZone:getZone":       functionStructs[awsroute53.LookupZoneArgs, awsroute53.LookupZoneResult](),
		"aws:route53/getRecords:getRecords": functionStructs[awsroute53.GetRecordsArgs, awsroute53.GetRecordsResult](),
	},
	tls.Name: {
		"tls:index/privateKey:PrivateKey":               resourceStructs[tlssdk.PrivateKey](tlssdk.PrivateKeyArgs{}),
		"tls:index/certRequest:CertRequest":             resourceStructs[tlssdk.CertRequest](tlssdk.CertRequestArgs{}),
		"tls:index/selfSignedCert:SelfSignedCert":       resourceStructs[tlssdk.SelfSignedCert](tlssdk.SelfSignedCertArgs{}),
		"tls:index/locallySignedCert:LocallySignedCert": resourceStructs[tlssdk.LocallySignedCert](tlssdk.LocallySignedCertArgs{}),
	},
	command.Name: {
		"command:remote:Command":      resourceStructs[remote.Command](remote.CommandArgs{}),
		"command:remote:CopyToRemote": resourceStructs[remote.CopyToRemote](remote.CopyToRemoteArgs{}),
	},
}

// sdkConfig are the SDK's structs of the providers' own inputs.
var sdkConfig = map[string]reflect.Type{awsPlugin.Name: aws.ProviderArgs{}.ElementType()}
