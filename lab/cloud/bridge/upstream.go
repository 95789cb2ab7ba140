package bridge

import (
	"context"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"tripvpn/lab/cloud/ec2"
)

type (
	checkFunc  = func(context.Context, p.CheckRequest) (p.CheckResponse, error)
	diffFunc   = func(context.Context, p.DiffRequest) (p.DiffResponse, error)
	updateFunc = func(context.Context, p.UpdateRequest) (p.UpdateResponse, error)
	invokeFunc = func(context.Context, p.InvokeRequest) (p.InvokeResponse, error)
)

// followed are the inputs that are compared with the state, as upstream compares
// all: what was changed without the program is a difference.
var followed = map[tokens.Type][]string{
	"aws:ec2/instance:Instance":                         {"instanceType", "creditSpecification"},
	"aws:ec2transitgateway/instanceState:InstanceState": {"state"},
}

// withFollowed takes the followed inputs that the program still sets from the
// state, as if the program had set them so before. Those whose changes are
// ignored stay.
func withFollowed(req p.DiffRequest) p.DiffRequest {
	for _, key := range followed[req.Urn.Type()] {
		actual, known := req.State.GetOk(key)
		if _, set := req.Inputs.GetOk(key); set && known && !slices.Contains(req.IgnoreChanges, key) {
			req.OldInputs = req.OldInputs.Set(key, actual)
		}
	}
	return req
}

// asUpstream turns infer's difference into upstream's.
func asUpstream(diff diffFunc) diffFunc {
	return func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		req = withFollowed(req)
		// The engine has already applied ignoreChanges, by taking the old input. infer
		// would take the output of that name, which need not be the same.
		req.IgnoreChanges = nil
		req.Inputs = inOldOrder(req.OldInputs, req.Inputs)
		resp, err := diff(ctx, req)
		if err != nil {
			return resp, err
		}
		replaced := false
		for path, change := range resp.DetailedDiff {
			if forces(req, path) {
				change.Kind = replacing(change.Kind)
				resp.DetailedDiff[path] = change
			}
			replaced = replaced || replacing(change.Kind) == change.Kind
		}
		resp.DeleteBeforeReplace = replaced && keepsName(req)
		return resp, nil
	}
}

// forces reports whether a change at a path, "ami" or "rootBlockDevice.encrypted",
// makes a new resource.
func forces(req p.DiffRequest, path string) bool {
	if req.Urn.Type() == "aws:ec2/instance:Instance" && path == "instanceType" {
		return otherArchitecture(req.OldInputs.Get(path), req.Inputs.Get(path))
	}
	return slices.ContainsFunc(forceNew[req.Urn.Type()], func(key string) bool {
		return path == key || strings.HasPrefix(path, key+".") || strings.HasPrefix(key, path+".")
	})
}

// otherArchitecture reports whether two instance types are known to differ in
// their architectures (CustomizeDiff in internal/service/ec2/ec2_instance.go).
func otherArchitecture(from, to property.Value) bool {
	if !from.IsString() || !to.IsString() {
		return false
	}
	before, knownBefore := ec2.LookupInstanceType(from.AsString())
	after, knownAfter := ec2.LookupInstanceType(to.AsString())
	return knownBefore && knownAfter && before.Architecture != after.Architecture
}

func replacing(kind p.DiffKind) p.DiffKind {
	switch kind {
	case p.Add:
		return p.AddReplace
	case p.Delete:
		return p.DeleteReplace
	case p.Update:
		return p.UpdateReplace
	}
	return kind
}

// withKnownOutputs keeps the outputs that an update does not change known in its
// preview: infer makes all of them unknown when one input changes, and leaves out
// the values that EC2 chose for inputs.
func withKnownOutputs(update updateFunc) updateFunc {
	return func(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
		req.IgnoreChanges = nil // as in asUpstream
		resp, err := update(ctx, req)
		if err != nil || !req.DryRun {
			return resp, err
		}
		for key, old := range req.State.All {
			if _, input := req.Inputs.GetOk(key); !input && key != "tagsAll" {
				resp.Properties = resp.Properties.Set(key, old)
			}
		}
		return resp, nil
	}
}

// withID adds the ID to the result of a function, because infer refuses a result
// called id. Upstream uses the region's name if there is nothing better.
func withID(config *Config, invoke invokeFunc) invokeFunc {
	return func(ctx context.Context, req p.InvokeRequest) (p.InvokeResponse, error) {
		resp, err := invoke(ctx, req)
		if err != nil || len(resp.Failures) > 0 {
			return resp, err
		}
		id := property.New(config.Region)
		switch req.Token {
		case "aws:route53/getRecords:getRecords":
			return resp, nil // upstream has none
		case "aws:ec2/getAmi:getAmi":
			id = resp.Return.Get("imageId")
		case "aws:route53/getZone:getZone":
			id = resp.Return.Get("zoneId")
		case "aws:resourcegroupstaggingapi/getResources:getResources", "aws:index/getRegions:getRegions":
			id = property.New("aws") // the partition
		}
		resp.Return = resp.Return.Set("id", id)
		return resp, nil
	}
}
