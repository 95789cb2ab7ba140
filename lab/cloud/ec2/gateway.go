package ec2

import (
	"context"
	"maps"
)

// Gateway is an internet gateway.
type Gateway struct {
	ID    string
	VpcID string // empty while it is attached to nothing
	Tags  map[string]string
}

// CreateInternetGateway makes a gateway that is attached to nothing yet.
func (r *Region) CreateInternetGateway(tags map[string]string) (Gateway, error) {
	if err := r.authorize("CreateInternetGateway", "internet-gateway/*"); err != nil {
		return Gateway{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g := &Gateway{ID: newID("igw"), Tags: maps.Clone(tags)}
	r.gateways[g.ID] = g
	return g.clone(), nil
}

// DescribeInternetGateway finds a gateway.
func (r *Region) DescribeInternetGateway(id string) (Gateway, error) {
	return describe(r, "DescribeInternetGateways", r.gateway, id)
}

// TagInternetGateway replaces a gateway's tags.
func (r *Region) TagInternetGateway(id string, tags map[string]string) error {
	return tag(r, "internet-gateway", r.gateway, id, func(g *Gateway) { g.Tags = maps.Clone(tags) })
}

// AttachInternetGateway attaches the gateway to a VPC, which can have one.
func (r *Region) AttachInternetGateway(ctx context.Context, id, vpcID string) error {
	if err := r.authorize("AttachInternetGateway", "internet-gateway/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g, err := r.gateway(id)
	if err != nil {
		return err
	}
	if _, err := r.vpc(vpcID); err != nil {
		return err
	}
	if g.VpcID != "" {
		return refuse("Resource.AlreadyAssociated", "resource %s is already attached to network %s", id, g.VpcID)
	}
	if r.gatewayOf(vpcID) != nil {
		return refuse("InvalidParameterValue", "Network %s already has an internet gateway attached", vpcID)
	}
	g.VpcID = vpcID
	return r.filterVpc(ctx, vpcID)
}

// DetachInternetGateway detaches the gateway from its VPC, unless the VPC still has
// public addresses.
func (r *Region) DetachInternetGateway(ctx context.Context, id, vpcID string) error {
	if err := r.authorize("DetachInternetGateway", "internet-gateway/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g, err := r.gateway(id)
	if err != nil {
		return err
	}
	if g.VpcID != vpcID || vpcID == "" {
		return refuse("Gateway.NotAttached", "resource %s is not attached to network %s", id, vpcID)
	}
	for _, a := range r.addresses {
		if i, ok := r.instances[a.InstanceID]; ok && i.VpcID == vpcID {
			return refuse("DependencyViolation", "Network %s has some mapped public address(es). "+
				"Please unmap those public address(es) before detaching the gateway.", vpcID)
		}
	}
	g.VpcID = ""
	return r.filterVpc(ctx, vpcID)
}

// DeleteInternetGateway removes a gateway that is attached to nothing. Routes
// to it stay behind and lead nowhere.
func (r *Region) DeleteInternetGateway(id string) error {
	if err := r.authorize("DeleteInternetGateway", "internet-gateway/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g, err := r.gateway(id)
	if err != nil {
		return err
	}
	if g.VpcID != "" {
		return refuse("DependencyViolation", "The internetGateway '%s' has dependencies and cannot be deleted.", id)
	}
	delete(r.gateways, id)
	return nil
}

func (r *Region) gatewayOf(vpcID string) *Gateway {
	for _, g := range r.gateways {
		if g.VpcID == vpcID {
			return g
		}
	}
	return nil
}

func (r *Region) gateway(id string) (*Gateway, error) {
	g, ok := r.gateways[id]
	if !ok {
		return nil, refuse("InvalidInternetGatewayID.NotFound", "The internetGateway ID '%s' does not exist", id)
	}
	return g, nil
}

func (g *Gateway) clone() Gateway {
	c := *g
	c.Tags = maps.Clone(g.Tags)
	return c
}
