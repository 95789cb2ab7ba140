package ec2

import (
	"context"
	"maps"
	"net/netip"
	"slices"
)

// Table is a route table. Its routes to its own VPC are not listed.
type Table struct {
	ID           string
	VpcID        string
	Routes       []Route
	Associations map[string]string // association id → subnet id
	Tags         map[string]string
}

// Route leads to an internet gateway.
type Route struct {
	Destination netip.Prefix
	GatewayID   string
}

// ParseRoute reads the destination of a route: exactly one of an IPv4 and an
// IPv6 network.
func ParseRoute(cidr, cidr6, gatewayID string) (Route, error) {
	if (cidr == "") == (cidr6 == "") {
		return Route{}, refuse("MissingParameter", "The request must contain exactly one destination CIDR block")
	}
	parse, text := parseNetwork4, cidr
	if cidr == "" {
		parse, text = parseNetwork6, cidr6
	}
	destination, err := parse(text)
	return Route{Destination: destination, GatewayID: gatewayID}, err
}

// CreateRouteTable makes a table without routes.
func (r *Region) CreateRouteTable(vpcID string, tags map[string]string) (Table, error) {
	if err := r.authorize("CreateRouteTable", "route-table/*"); err != nil {
		return Table{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.vpc(vpcID); err != nil {
		return Table{}, err
	}
	return r.addTable(vpcID, tags).clone(), nil
}

func (r *Region) addTable(vpcID string, tags map[string]string) *Table {
	t := &Table{ID: newID("rtb"), VpcID: vpcID, Associations: map[string]string{}, Tags: maps.Clone(tags)}
	r.tables[t.ID] = t
	return t
}

// DescribeRouteTable finds a table.
func (r *Region) DescribeRouteTable(id string) (Table, error) {
	return describe(r, "DescribeRouteTables", r.table, id)
}

// TagRouteTable replaces a table's tags.
func (r *Region) TagRouteTable(id string, tags map[string]string) error {
	return tag(r, "route-table", r.table, id, func(t *Table) { t.Tags = maps.Clone(tags) })
}

// DeleteRouteTable removes a table that no subnet is associated with.
func (r *Region) DeleteRouteTable(id string) error {
	if err := r.authorize("DeleteRouteTable", "route-table/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.table(id)
	if err != nil {
		return err
	}
	if len(t.Associations) > 0 || r.vpcs[t.VpcID].MainTable == id {
		return refuse("DependencyViolation", "The routeTable '%s' has dependencies and cannot be deleted.", id)
	}
	delete(r.tables, id)
	return nil
}

// CreateRoute adds a route to a table.
func (r *Region) CreateRoute(ctx context.Context, tableID string, route Route) error {
	if err := r.authorize("CreateRoute", "route-table/"+tableID); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.table(tableID)
	if err != nil {
		return err
	}
	if err := r.checkRoute(t, route); err != nil {
		return err
	}
	if t.find(route.Destination) >= 0 {
		return refuse("RouteAlreadyExists", "The route identified by %s already exists.", route.Destination)
	}
	t.Routes = append(t.Routes, route)
	return r.filterVpc(ctx, t.VpcID)
}

// DeleteRoute removes a route from a table.
func (r *Region) DeleteRoute(ctx context.Context, tableID string, destination netip.Prefix) error {
	if err := r.authorize("DeleteRoute", "route-table/"+tableID); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.table(tableID)
	if err != nil {
		return err
	}
	at := t.find(destination)
	if at < 0 {
		return refuse("InvalidRoute.NotFound", "no route with destination-cidr-block %s in route table %s", destination, tableID)
	}
	t.Routes = slices.Delete(t.Routes, at, at+1)
	return r.filterVpc(ctx, t.VpcID)
}

func (r *Region) checkRoute(t *Table, route Route) error {
	v := r.vpcs[t.VpcID]
	if within(route.Destination, v.Block) || within(route.Destination, v.Block6) {
		return refuse("InvalidParameterValue", "The destination CIDR block %s is equal to or more specific than one "+
			"of this VPC's CIDR blocks. This route can target only an interface or an instance.", route.Destination)
	}
	g, ok := r.gateways[route.GatewayID]
	if !ok {
		return refuse("InvalidGatewayID.NotFound", "The gateway ID '%s' does not exist", route.GatewayID)
	}
	if g.VpcID != t.VpcID {
		return refuse("InvalidParameterValue", "route table %s and network gateway %s belong to different networks",
			t.ID, g.ID)
	}
	return nil
}

func (t *Table) find(destination netip.Prefix) int {
	return slices.IndexFunc(t.Routes, func(r Route) bool { return r.Destination == destination })
}

func (r *Region) table(id string) (*Table, error) {
	t, ok := r.tables[id]
	if !ok {
		return nil, refuse("InvalidRouteTableID.NotFound", "The routeTable ID '%s' does not exist", id)
	}
	return t, nil
}

func (t *Table) clone() Table {
	c := *t
	c.Routes, c.Associations, c.Tags = slices.Clone(t.Routes), maps.Clone(t.Associations), maps.Clone(t.Tags)
	return c
}
