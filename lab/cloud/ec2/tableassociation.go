package ec2

import (
	"context"
	"net/netip"
)

// TableAssociation says which table a subnet's traffic follows. A subnet
// without one follows its VPC's main table.
type TableAssociation struct {
	ID       string
	TableID  string
	SubnetID string
}

// AssociateRouteTable makes a subnet follow a table of its VPC.
func (r *Region) AssociateRouteTable(ctx context.Context, tableID, subnetID string) (TableAssociation, error) {
	if err := r.authorize("AssociateRouteTable", "route-table/"+tableID); err != nil {
		return TableAssociation{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, sub, err := r.tableAndSubnet(tableID, subnetID)
	if err != nil {
		return TableAssociation{}, err
	}
	if _, taken := r.association(func(_, subnet string) bool { return subnet == subnetID }); taken {
		return TableAssociation{}, refuse("Resource.AlreadyAssociated",
			"the specified association for route table %s conflicts with an existing association", tableID)
	}
	id := newID("rtbassoc")
	t.Associations[id] = subnetID
	return TableAssociation{ID: id, TableID: tableID, SubnetID: subnetID}, r.filterVpc(ctx, sub.VpcID)
}

// ReplaceRouteTableAssociation makes the subnet follow another table. EC2
// would give the association a new id, of which an update cannot tell the
// engine.
func (r *Region) ReplaceRouteTableAssociation(ctx context.Context, id, tableID string) error {
	if err := r.authorize("ReplaceRouteTableAssociation", "route-table/"+tableID); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old, err := r.associationByID(id)
	if err != nil {
		return err
	}
	t, sub, err := r.tableAndSubnet(tableID, old.SubnetID)
	if err != nil {
		return err
	}
	delete(r.tables[old.TableID].Associations, id)
	t.Associations[id] = old.SubnetID
	return r.filterVpc(ctx, sub.VpcID)
}

// DescribeRouteTableAssociation finds an association.
func (r *Region) DescribeRouteTableAssociation(id string) (TableAssociation, error) {
	if err := r.authorize("DescribeRouteTables", ""); err != nil {
		return TableAssociation{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.associationByID(id)
}

// DisassociateRouteTable makes the subnet follow the main table again.
func (r *Region) DisassociateRouteTable(ctx context.Context, id string) error {
	if err := r.authorize("DisassociateRouteTable", "route-table/*"); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a, err := r.associationByID(id)
	if err != nil {
		return err
	}
	t := r.tables[a.TableID]
	delete(t.Associations, id)
	return r.filterVpc(ctx, t.VpcID)
}

func (r *Region) tableAndSubnet(tableID, subnetID string) (*Table, *Subnet, error) {
	t, err := r.table(tableID)
	if err != nil {
		return nil, nil, err
	}
	sub, err := r.subnet(subnetID)
	if err != nil {
		return nil, nil, err
	}
	if sub.VpcID != t.VpcID {
		return nil, nil, refuse("InvalidParameterValue", "Route table %s and subnet %s belong to different networks",
			tableID, subnetID)
	}
	return t, sub, nil
}

func (r *Region) associationByID(id string) (TableAssociation, error) {
	a, ok := r.association(func(association, _ string) bool { return association == id })
	if !ok {
		return TableAssociation{}, refuse("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
	}
	return a, nil
}

func (r *Region) association(match func(id, subnetID string) bool) (TableAssociation, bool) {
	for _, t := range r.tables {
		for id, subnetID := range t.Associations {
			if match(id, subnetID) {
				return TableAssociation{ID: id, TableID: t.ID, SubnetID: subnetID}, true
			}
		}
	}
	return TableAssociation{}, false
}

// reach lists the networks that a subnet's machines can exchange packets with:
// their VPC, and what a route leads to through an attached gateway.
func (r *Region) reach(sub *Subnet) []netip.Prefix {
	v := r.vpcs[sub.VpcID]
	table := r.tables[v.MainTable]
	if a, ok := r.association(func(_, subnet string) bool { return subnet == sub.ID }); ok {
		table = r.tables[a.TableID]
	}
	reach := []netip.Prefix{v.Block}
	if v.Block6.IsValid() {
		reach = append(reach, v.Block6)
	}
	for _, route := range table.Routes {
		if g, ok := r.gateways[route.GatewayID]; ok && g.VpcID == v.ID {
			reach = append(reach, route.Destination)
		}
	}
	return reach
}
