package bridge

import (
	"context"
	"errors"
	"slices"

	"tripvpn/lab/cloud/ec2"
)

type routeTable struct{}

// RouteTableInputs are the inputs of aws:ec2/routeTable:RouteTable.
type RouteTableInputs struct {
	Tagging
	VpcId  string       `pulumi:"vpcId"`
	Routes []RouteEntry `pulumi:"routes,optional"`
}

// RouteEntry is a route that is written in its table.
type RouteEntry struct {
	CidrBlock     *string `pulumi:"cidrBlock,optional"`
	Ipv6CidrBlock *string `pulumi:"ipv6CidrBlock,optional"`
	GatewayId     *string `pulumi:"gatewayId,optional"`
}

// RouteTableState is the state of aws:ec2/routeTable:RouteTable.
type RouteTableState struct {
	RouteTableInputs
	Arn     string `pulumi:"arn"`
	OwnerId string `pulumi:"ownerId"`
}

func (e RouteEntry) route() (ec2.Route, error) {
	return ec2.ParseRoute(value(e.CidrBlock), value(e.Ipv6CidrBlock), value(e.GatewayId))
}

func (i RouteTableInputs) routes() ([]ec2.Route, error) {
	var routes []ec2.Route
	for _, entry := range i.Routes {
		route, err := entry.route()
		if err != nil {
			return nil, err
		}
		routes = append(routes, route)
	}
	return routes, nil
}

func (routeTable) check(RouteTableInputs, *RouteTableState) error { return nil }

func (routeTable) preview(in RouteTableInputs, old RouteTableState) RouteTableState {
	old.RouteTableInputs = in
	return old
}

func (routeTable) create(ctx context.Context, r *ec2.Region, in RouteTableInputs) (string, error) {
	routes, err := in.routes()
	if err != nil {
		return "", err
	}
	t, err := r.CreateRouteTable(in.VpcId, in.TagsAll)
	if err != nil {
		return "", err
	}
	for _, route := range routes {
		if err := r.CreateRoute(ctx, t.ID, route); err != nil {
			return "", errors.Join(err, r.DeleteRouteTable(t.ID))
		}
	}
	return t.ID, nil
}

func (routeTable) read(r *ec2.Region, id string, old RouteTableState) (RouteTableState, error) {
	t, err := r.DescribeRouteTable(id)
	in := old.RouteTableInputs
	in.Tagging, in.Routes = in.split(t.Tags), []RouteEntry{}
	for _, route := range t.Routes {
		in.Routes = append(in.Routes, entryOf(route))
	}
	return RouteTableState{
		RouteTableInputs: in,
		Arn:              r.ARN("route-table/" + id),
		OwnerId:          ec2.AccountID,
	}, err
}

func entryOf(route ec2.Route) RouteEntry {
	destination := route.Destination.String()
	entry := RouteEntry{GatewayId: &route.GatewayID}
	if route.Destination.Addr().Is4() {
		entry.CidrBlock = &destination
	} else {
		entry.Ipv6CidrBlock = &destination
	}
	return entry
}

// update does not change the routes if the program does not list any, as upstream
// does.
func (routeTable) update(ctx context.Context, r *ec2.Region, id string, in RouteTableInputs, _ RouteTableState) error {
	wanted, err := in.routes()
	if err != nil {
		return err
	}
	t, err := r.DescribeRouteTable(id)
	if err != nil {
		return err
	}
	if in.Routes != nil {
		if err := replaceRoutes(ctx, r, t, wanted); err != nil {
			return err
		}
	}
	return r.TagRouteTable(id, in.TagsAll)
}

func replaceRoutes(ctx context.Context, r *ec2.Region, t ec2.Table, wanted []ec2.Route) error {
	for _, route := range t.Routes {
		if !slices.Contains(wanted, route) {
			if err := r.DeleteRoute(ctx, t.ID, route.Destination); err != nil {
				return err
			}
		}
	}
	for _, route := range wanted {
		if !slices.Contains(t.Routes, route) {
			if err := r.CreateRoute(ctx, t.ID, route); err != nil {
				return err
			}
		}
	}
	return nil
}

func (routeTable) delete(_ context.Context, r *ec2.Region, id string, _ RouteTableState) error {
	return r.DeleteRouteTable(id)
}
